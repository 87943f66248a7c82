import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** In the project, for Node to find the package by its name; of this run alone. */
const scratch = path.join(root, '.cache', `code_blocks-${process.pid}`);

/** The JavaScript blocks of a page, in order. */
function blocksOf(page: string): string[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(match => match[1]!);
}

function pages(): string[] {
  const docs = readdirSync(path.join(root, 'docs'), {recursive: true}) as string[];
  return ['README.md', ...docs.filter(name => name.endsWith('.md')).map(name => path.join('docs', name))];
}

/** What a reader gets who pastes the block into a file beside this package. */
function run(code: string, name: string): {status: number | null, output: string} {
  const file = path.join(scratch, name);
  writeFileSync(file, code);
  const {status, stdout, stderr} = spawnSync(process.execPath, [file], {cwd: root, encoding: 'utf8'});
  return {status, output: stdout + stderr};
}

function hasTfjsNode(): boolean {
  return run(`import 'tfjs-explicit-layers/node';\nimport '@tensorflow/tfjs-node';\n`, 'probe.mjs').status === 0;
}

describe('the code of README and docs', () => {
  let canLoadTfjsNode = false;
  beforeAll(() => {
    mkdirSync(scratch, {recursive: true});
    canLoadTfjsNode = hasTfjsNode();
  });
  afterAll(() => rmSync(scratch, {recursive: true, force: true}));

  for (const page of pages()) {
    blocksOf(page).forEach((code, i) => {
      it(`${page} block ${i + 1} runs`, () => {
        if (code.includes('tfjs-node') && !canLoadTfjsNode) pending('tfjs-node is not set up here');
        const {status, output} = run(code, `${page.replace(/\W/g, '_')}_${i + 1}.mjs`);
        if (status !== 0) fail(output);
        expect(status).toBe(0);
      }, 60_000);
    });
  }
});
