import path from 'node:path';
import {ensureDependencies} from './bootstrap.mjs';
import {BootstrapError} from './bootstrap/npm.mjs';
import {ROOT} from './bootstrap/root.mjs';

const CONFIG = path.join(ROOT, 'demo', 'vite.config.ts');
const SITE = path.join('out', 'demo', 'site');

/**
 * Builds the demo site and, unless only that was asked for, serves it until the user stops it.
 * @param {string[]} args
 */
async function main(args) {
  await ensureDependencies();
  const {Command, InvalidArgumentError} = await import('commander');
  const port = (/** @type {string} */ text) => {
    if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text);
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535; 0 takes any that is free.');
  };
  await new Command('npm run demo --')
    .addHelpText('after', '\nExamples:\n  npm run demo -- --port 8080\n  npm run demo -- --build')
    .description('Builds the demo, a static site, and serves it locally.').showHelpAfterError()
    .option('--build', `only build: the site is ${SITE}, to be copied to any static host`, false)
    .option('--port <n>', 'the port; if taken, the next free one', port, 4173)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .action(run)
    .parseAsync(args, {from: 'user'});
}

/** @param {{build: boolean, port: number}} flags */
async function run({build: onlyBuild, port}) {
  const vite = await import('vite');
  console.log('Building the demo ...');
  await vite.build({configFile: CONFIG});
  console.log(`Built: ${SITE}`);
  if (onlyBuild) return;
  const server = await vite.preview({configFile: CONFIG, preview: {host: '127.0.0.1', port}});
  console.log(`Open ${server.resolvedUrls?.local[0]} (Ctrl-C stops it)`);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof BootstrapError ? error.message : error);
  process.exitCode = 1;
});
