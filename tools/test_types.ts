/**
 * Every block of code in README.md and docs, compiled as strict TypeScript by each way that TypeScript has to find a
 * package, against the built dist: npm run test:types
 */
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {Command} from 'commander';
import ts from 'typescript';

import {blocksOf, pages, textOf} from '../spec/docs/support/pages';
import {ROOT} from './bootstrap/root.mjs';
import {RESOLUTIONS} from './package/resolutions.mjs';

/** JavaScript is held to the same rules as TypeScript: readers paste it into files of either kind. */
const LANGUAGES = ['js', 'ts'];
/** In the project, so that the packages of its node_modules are found; of this run alone. */
const scratch = path.join(ROOT, '.cache', `types-${process.pid}`);

/** Writes each block to a file of its own. @returns what a reader calls each file */
function writeBlocks(): Map<string, string> {
  const titles = new Map<string, string>();
  for (const page of pages()) {
    blocksOf(textOf(page)).forEach(({language, code}, i) => {
      if (!LANGUAGES.includes(language)) return;
      const file = path.join(scratch, `${page.replace(/\W/g, '_')}_${i + 1}.ts`);
      writeFileSync(file, code);
      titles.set(path.normalize(file), `${page} block ${i + 1}`);
    });
  }
  return titles;
}

/** The folder of a user who has this library installed. */
function makeProject(): void {
  mkdirSync(path.join(scratch, 'node_modules'), {recursive: true});
  writeFileSync(path.join(scratch, 'package.json'), JSON.stringify({name: 'user', private: true, type: 'module'}));
  // Node 10's way knows no package that names itself.
  symlinkSync(ROOT, path.join(scratch, 'node_modules', 'tfjs-explicit-layers'), 'junction');
}

function errorsOf(titles: Map<string, string>, options: {[option: string]: string}): string[] {
  const {options: compilerOptions, errors} = ts.convertCompilerOptionsFromJson({
    ...options, target: 'es2022', lib: ['es2022', 'dom'], types: ['node'], typeRoots: [path.join(ROOT, 'node_modules', '@types')],
    strict: true, skipLibCheck: true, noEmit: true, moduleDetection: 'force',
  }, scratch);
  const program = ts.createProgram([...titles.keys()], compilerOptions);
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(({file, start, messageText}) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n    ');
    if (!file) return text;
    const {line} = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${titles.get(path.normalize(file.fileName)) ?? file.fileName}, line ${line + 1}: ${text}`;
  });
}

new Command('npm run test:types --')
  .description('Compiles the code of README and docs as strict TypeScript, by each way of module resolution, against dist.')
  .addHelpText('after', '\nExamples:\n  npm run build && npm run test:types')
  .showHelpAfterError().allowExcessArguments(false).parse();

try {
  makeProject();
  const titles = writeBlocks();
  const seen = new Set<string>();
  for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
    const errors = errorsOf(titles, options);
    const others = errors.filter((error) => !seen.has(error));
    others.forEach((error) => seen.add(error));
    others.forEach((error) => console.error(`  ${error}`));
    const again = errors.length > others.length ? `, ${errors.length - others.length} of them named above` : '';
    console.log(`${resolution}: ${titles.size} blocks, ${errors.length} errors${again}`);
    if (errors.length > 0 || titles.size === 0) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, {recursive: true, force: true});
}
