/** Imports of src point one way, between folders as CONTRIBUTING.md says, and between files in no circle. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../tools/bootstrap/root.mjs';

const SRC = path.join(ROOT, 'src');
/** Compiled to something else, with imports of its own. */
const ASSEMBLY = path.join('backends', 'wasm', 'assembly');

const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'})
  .filter((file) => file.endsWith('.ts') && !file.startsWith(ASSEMBLY));

/** What a file of src imports of src, types left out where they are alone. */
function importsOf(file: string, withTypes: boolean): string[] {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s(?<type>type\s)?(?:[^;']*?\sfrom\s)?'(?<from>\.[^']+)'/gm);
  return [...found].filter(({groups}) => withTypes || !groups!['type']).map(({groups}) => {
    const place = path.join(path.dirname(file), groups!['from']!);
    return existsSync(path.join(SRC, `${place}.ts`)) ? `${place}.ts` : path.join(place, 'index.ts');
  }).filter((imported) => existsSync(path.join(SRC, imported)));
}

const folderOf = (file: string) => file.split(path.sep)[0]!.replace(/\.ts$/, '');

describe('dependencies of src', () => {
  const line = /Dependencies point one way: `([^`]+)`/.exec(readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8'))![1]!;
  const ranks = new Map(line.split(/\s*->\s*/).flatMap((group, rank) => group.split(/,\s*/).map((name) => [name, rank] as const)));

  it('are told for folders that are there', () => {
    expect(ranks.size).toBeGreaterThan(9);
    for (const folder of ranks.keys()) expect(files.map(folderOf)).toContain(folder);
  });

  it('point one way between folders', () => {
    let looked = 0;
    for (const file of files) {
      const own = ranks.get(folderOf(file));
      for (const imported of own === undefined ? [] : importsOf(file, true)) {
        const other = ranks.get(folderOf(imported));
        if (other === undefined || folderOf(imported) === folderOf(file)) continue;
        looked++;
        expect(other).withContext(`${file} imports ${imported}`).toBeGreaterThan(own!);
      }
    }
    expect(looked).toBeGreaterThan(100);
  });

  it('leave the reference alone', () => {
    for (const file of files.filter((name) => folderOf(name) === 'reference')) {
      expect(importsOf(file, true).filter((imported) => folderOf(imported) !== 'reference')).withContext(file).toEqual([]);
    }
  });

  it("reach tfjs's private parts through tfjs_private.ts alone", () => {
    const opened = new RegExp([
      'tf\\.(engine|backend|env)\\(\\) as ', 'engine(\\(\\))?\\.state\\b',
      '\\b(layer|model|optimizer|wrapper|weight|variable|tensor|backend) as unknown as',
    ].join('|'));
    const found = files.filter((file) => opened.test(readFileSync(path.join(SRC, file), 'utf8')));
    expect(found).toEqual(['tfjs_private.ts']);
  });

  it('have no circle of files', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
      if (done.has(file)) return;
      done.add(file);
      for (const imported of importsOf(file, false)) visit(imported, [...way, file]);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
    expect(done.size).toBe(files.length);
  });
});
