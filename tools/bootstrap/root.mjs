import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** The project's own folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/**
 * Where this project keeps what it knows between runs; not under version control.
 * @param {string} root
 */
export function stateFolder(root) {
  return path.join(root, '.cache');
}
