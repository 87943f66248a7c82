/** npm scripts that only run programs of other packages, with a help of their own: node tools/scripts.mjs NAME [arguments]. */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {ROOT} from './bootstrap/root.mjs';

/**
 * `steps`: the programs, one after the other, each a package of node_modules or a file of this project; the last one
 * gets the user's arguments.
 * @type {{[name: string]: {does: string, steps: string[][], examples: string[], more?: string}}}
 */
const SCRIPTS = {
  build: {
    does: 'Bundles src/ and its types into dist/.',
    steps: [['tsdown', '--logLevel', 'warn'], ['tools/build_wrappers.mjs']],
    examples: ['npm run build'],
  },
  lint: {
    does: 'Checks all code with ESLint. Arguments are passed on to it.',
    steps: [['eslint', '.']],
    examples: ['npm run lint', 'npm run lint -- --fix'],
    more: 'npx eslint --help',
  },
  typecheck: {
    does: 'Checks the types of src, spec, tools, bench and examples, then of the demo.',
    steps: [['typescript:tsc', '-p', '.'], ['typescript:tsc', '-p', 'demo']],
    examples: ['npm run typecheck'],
  },
  docs: {
    does: 'Builds the demo and the documentation into out/docs, a static site.',
    steps: [['tools/demo.mjs', '--build'], ['typedoc', '--options', 'tools/docs/typedoc.config.mjs']],
    examples: ['npm run docs', 'npm run docs && npm run docs:check'],
  },
  'docs:check': {
    does: 'Follows every link inside the site that npm run docs has built.',
    steps: [['linkinator', 'out/docs', '--recurse', '--check-fragments', '--skip', '^https?://(?!localhost)',
      '--verbosity', 'error']],
    examples: ['npm run docs && npm run docs:check'],
  },
};

/**
 * The file that runs a program. A package that has several is written package:program.
 * @param {string} program
 */
function fileOf(program) {
  if (program.endsWith('.mjs')) return path.join(ROOT, program);
  const [name = '', bin = name] = program.split(':');
  const folder = createRequire(import.meta.url).resolve.paths(name)?.map((modules) => path.join(modules, name)).find(isPackage);
  if (folder === undefined) throw new Error(`${name} is not installed: npm install`);
  const {bin: bins} = readPackage(folder);
  return path.join(folder, typeof bins === 'string' ? bins : bins[bin]);
}

/** @param {string} folder */
const readPackage = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** @param {string} folder */
function isPackage(folder) {
  try {
    return Boolean(readPackage(folder));
  } catch {
    return false;
  }
}

/**
 * @param {string} name
 * @param {string[]} args
 * @returns {number} the exit code
 */
function main(name, args) {
  const script = SCRIPTS[name];
  if (!script) throw new Error(`There is no script ${name}, only ${Object.keys(SCRIPTS).join(', ')}.`);
  if (args.includes('--help') || args.includes('-h')) {
    const more = script.more ? `\n\nThe options of ESLint: ${script.more}` : '';
    console.log(`Usage: npm run ${name}\n\n${script.does}${more}\n\nExamples:\n  ${script.examples.join('\n  ')}`);
    return 0;
  }
  for (const [i, [program = '', ...own]] of script.steps.entries()) {
    const given = i === script.steps.length - 1 ? args : [];
    const {status, error} = spawnSync(process.execPath, [fileOf(program), ...own, ...given], {cwd: ROOT, stdio: 'inherit'});
    if (error) throw error;
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

try {
  process.exitCode = main(process.argv[2] ?? '', process.argv.slice(3));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
