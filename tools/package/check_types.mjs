import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from './pack.mjs';
import {RESOLUTIONS} from './resolutions.mjs';
import {run, step} from './run.mjs';

/**
 * @param {string} folder
 * @param {string} label
 */
export async function checkTypes(folder, label) {
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    for (const file of resolution === 'node16' ? ['types.ts', 'types.mts'] : ['types.ts']) {
      writeFileSync(path.join(folder, file), readFileSync(path.join(folder, 'types.ts')));
      await step(`${label}, TypeScript ${resolution}, ${file}`, async () => {
        await run(process.execPath, [tsc, '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', ...flags, file],
          {cwd: folder});
      });
    }
  }
}
