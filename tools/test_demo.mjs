/** Builds the demo and drives it in Chromium: npm run test:demo */
import {spawnSync} from 'node:child_process';
import {Command} from 'commander';
import {ROOT} from './bootstrap/root.mjs';

const {filter} = new Command('npm run test:demo --')
  .description('Builds the demo and drives its pages in headless Chromium; pictures go to out/demo.')
  .option('--filter <text>', 'only specs whose full title matches this regular expression')
  .addHelpText('after', '\nExamples:\n  npm run test:demo\n  npm run test:demo -- --filter convolution')
  .showHelpAfterError().allowExcessArguments(false).parse().opts();

/** @param {string[]} args */
const node = (...args) => spawnSync(process.execPath, args, {cwd: ROOT, stdio: 'inherit'}).status ?? 1;

const jasmine = ['--import', 'tsx', 'node_modules/jasmine/bin/jasmine.js', '--config=demo/test/jasmine.json'];
process.exitCode = node('tools/demo.mjs', '--build') || node(...jasmine, ...filter ? [`--filter=${filter}`] : []);
