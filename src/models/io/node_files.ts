import type * as Fs from 'node:fs/promises';
import type * as Os from 'node:os';
import type * as Path from 'node:path';
import type * as Url from 'node:url';

/** What of Node works on files. */
export interface NodeFiles {
  fs: typeof Fs;
  os: typeof Os;
  path: typeof Path;
  url: typeof Url;
}

/** True in Node, also where another program hosts it. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

/** Node's own modules, loaded when they are first needed and out of a bundler's sight: pages have none. */
export async function nodeFiles(): Promise<NodeFiles> {
  const load = (name: string) => import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`);
  const [fs, os, path, url] = await Promise.all(['fs/promises', 'os', 'path', 'url'].map(load));
  return {fs, os, path, url} as NodeFiles;
}
