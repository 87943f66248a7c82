import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import path from 'node:path';

import {build} from 'esbuild';
import type {Plugin} from 'vite';

/** Writes a service worker that keeps every file of the site, so that it works without a network after loading. */
export function offline(folder: string): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    async writeBundle({dir}, bundle) {
      const files = Object.keys(bundle).map((url) => ({url, revision: hash(readFileSync(path.join(dir!, url)))}));
      await build({
        entryPoints: [path.join(folder, 'service_worker.ts')],
        outfile: path.join(dir!, 'service_worker.js'),
        bundle: true,
        minify: true,
        define: {FILES: JSON.stringify(files), 'process.env.NODE_ENV': '"production"'},
      });
    },
  };
}

function hash(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}
