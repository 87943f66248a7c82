import {createRequire} from 'node:module';
import path from 'node:path';

/** Where a package lies, whose package.json may be none of its exports. */
export function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  return entry.slice(0, entry.lastIndexOf(path.normalize(name)) + name.length);
}
