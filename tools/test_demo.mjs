/** Builds the demo and drives it in Chromium: npm run test:demo */
import {spawnSync} from 'node:child_process';
import {Command} from 'commander';
import {ROOT} from './bootstrap/root.mjs';

const {filter, pictures} = new Command('npm run test:demo --')
  .description('Builds the demo and drives its pages in headless Chromium; pictures go to out/demo.')
  .option('--filter <text>', 'only specs whose full title matches this regular expression')
  .option('--pictures [names...]', 'instead make the pictures of the docs, docs/images/demo_*.png, or only these')
  .addHelpText('after', '\nExamples:\n  npm run test:demo -- --filter convolution\n  npm run test:demo -- --pictures tiny train')
  .showHelpAfterError().allowExcessArguments(false).parse().opts();

/** @param {string[]} args */
const node = (...args) => spawnSync(process.execPath, args, {cwd: ROOT, stdio: 'inherit'}).status ?? 1;

const jasmine = ['--import', 'tsx', 'node_modules/jasmine/bin/jasmine.js', '--config=demo/test/jasmine.json'];
const work = pictures ? ['--import', 'tsx', 'demo/test/pictures.ts', ...pictures === true ? [] : pictures] :
  [...jasmine, ...filter ? [`--filter=${filter}`] : []];
process.exitCode = node('tools/demo.mjs', '--build') || node(...work);
