import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {createContext, runInContext} from 'node:vm';

import ts from 'typescript';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {blocksOf, brokenPromise, pages, textOf} from './support/pages';

/** In the project, for Node to find the package by its name; of this run alone. */
const scratch = path.join(ROOT, '.cache', `code_blocks-${process.pid}`);

/** What a reader gets who pastes the block into a file beside this package. */
function run(code: string, name: string): {status: number | null, output: string, stdout: string} {
  const file = path.join(scratch, name);
  writeFileSync(file, code);
  const loader = name.endsWith('.mts') ? ['--import', 'tsx'] : [];
  const {status, stdout, stderr} = spawnSync(process.execPath, [...loader, file], {cwd: ROOT, encoding: 'utf8'});
  return {status, output: stdout + stderr, stdout};
}

function hasTfjsNode(): boolean {
  return run(`import 'tfjs-explicit-layers/node';\nimport '@tensorflow/tfjs-node';\n`, 'probe.mjs').status === 0;
}

/** A page's backends start in a page alone. */
const needsPage = (code: string) => /tfjs-backend-web/.test(code);

const fileName = (page: string, i: number, ending: string) => `${page.replace(/\W/g, '_')}_${i + 1}.${ending}`;

describe('the code of README and docs', () => {
  let canLoadTfjsNode = false;
  beforeAll(() => {
    mkdirSync(scratch, {recursive: true});
    canLoadTfjsNode = hasTfjsNode();
  });
  afterAll(() => rmSync(scratch, {recursive: true, force: true}));

  for (const page of pages()) {
    blocksOf(textOf(page)).forEach(({language, code}, i) => {
      const title = `${page} block ${i + 1}`;
      if (language === 'js' || (language === 'ts' && !needsPage(code))) {
        it(`${title} runs, and prints what it says`, () => {
          if (code.includes('tfjs-node') && !canLoadTfjsNode) pending('tfjs-node is not set up here');
          const {status, output, stdout} = run(code, fileName(page, i, `m${language}`));
          if (status !== 0) fail(output);
          expect(status).toBe(0);
          const broken = brokenPromise(code, stdout);
          if (broken !== null) fail(`It says "${broken}" and prints:\n${output}`);
        }, 300_000);
      } else if (language === 'ts') {
        it(`${title} compiles`, () => expect(compile(code, fileName(page, i, 'ts'))).toEqual([]), 300_000);
      } else if (language === 'html') {
        it(`${title} runs in the order of its scripts`, () => expect(() => runScripts(code)).not.toThrow(), 300_000);
      } else if (language === 'sh') {
        it(`${title} has commands that exist`, () => {
          const unknown = code.split('\n').map((line) => unknownPart(line, textOf(page)));
          expect(unknown.filter((part) => part !== null)).toEqual([]);
        }, 300_000);
      } else {
        it(`${title} is of a kind that can be checked`, () =>
          fail(`\`\`\`${language}: only js, ts, html and sh are run or compiled.`));
      }
    });
  }

  it('notices a wrong promise', () => {
    const code = 'console.log([1, 2]);  // [1, 2]\nconsole.log(3);  // 4';
    expect(brokenPromise(code, '[ 1, 2 ]\n4\n')).toBeNull();
    expect(brokenPromise(code, '[ 1, 2 ]\n3\n')).toBe('4');
  });

  it('notices a command that is not there', () => {
    expect(unknownPart('npx tfjs-explicit-layers verify --backend cpu', '')).toBeNull();
    expect(unknownPart('npx tfjs-explicit-layers verify --device cpu', '')).toContain('--device');
    expect(unknownPart('npm run nothing', '')).toContain('nothing');
    expect(unknownPart('rm -rf x', '')).toContain('rm -rf x');
  });
});

/** The scripts of a page, in one that cannot draw: files of packages, and what stands between the tags. */
function runScripts(html: string): void {
  const canvas = {getContext: () => null, addEventListener: () => undefined};
  const globals = {
    console: {...console, warn: () => undefined, error: () => undefined}, performance, setTimeout, clearTimeout, URL,
    TextDecoder, TextEncoder, document: {createElement: () => canvas},
  };
  const page = createContext({...globals, window: globals});
  for (const [, file, code] of html.matchAll(/<script(?: src="(.*?)")?>([\s\S]*?)<\/script>/g)) {
    const own = file?.replace(/^node_modules\/tfjs-explicit-layers\//, '');
    runInContext(own === undefined ? code! : textOf(own), page);
  }
}

function compile(code: string, name: string): string[] {
  const file = path.join(scratch, name);
  writeFileSync(file, code);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true, skipLibCheck: true, noEmit: true, moduleDetection: ts.ModuleDetectionKind.Force,
  });
  return ts.getPreEmitDiagnostics(program).map(({messageText}) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const own = JSON.parse(textOf('package.json')) as {[field: string]: Record<string, string>};
const packages = ['tfjs-explicit-layers', ...['dependencies', 'devDependencies', 'peerDependencies']
  .flatMap((field) => Object.keys(own[field]!))];

/** What a line of a shell block names that there is not; null where all of it is known. */
function unknownPart(line: string, page: string): string | null {
  const words = line.replace(/(^|\s)#.*/, '').trim().replace(/^\w+=\S+ /, '').split(/\s+/);
  const [program, first, second] = words;
  if (line.trim() === '' || program === '') return null;
  if (program === 'npm' && ['start', 'test'].includes(first!)) return null;
  if (program === 'npm' && first === 'run') return own['scripts']![second!] ? null : `there is no script ${second}`;
  if (program === 'npm' && first === 'init') return null;
  if (program === 'npm' && ['install', 'ls'].includes(first!)) {
    const missing = words.slice(2)
      .filter((word) => !word.startsWith('-') && !packages.includes(word.replace(/(.)@.*/, '$1')));
    return missing.length === 0 ? null : `not known: ${missing.join(' ')}`;
  }
  if (program === 'npx' && first === 'tfjs-explicit-layers') return unknownFlag(second!, words.slice(3));
  if (program === 'node' && page.includes(`\`${first}\``)) return null;
  if (program === 'node' || program === 'bash') return existsSync(path.join(ROOT, first!)) ? null : `no file ${first}`;
  return `not a command that is looked into: ${line}`;
}

function unknownFlag(command: string, words: string[]): string | null {
  if (command.startsWith('-')) return ['--help', '--version'].includes(command) ? null : `there is no ${command}`;
  const help = ['tools/cli.mjs', command, '--help'];
  const {status, stdout} = spawnSync(process.execPath, help, {cwd: ROOT, encoding: 'utf8'});
  if (status !== 0) return `there is no command ${command}`;
  const missing = words.filter((word) => word.startsWith('-') && !stdout.includes(word.replace(/=.*/, '')));
  return missing.length === 0 ? null : `${command} has no ${missing.join(' ')}`;
}
