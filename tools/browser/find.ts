import {accessSync, constants, statSync} from 'node:fs';
import path from 'node:path';

/** A busy machine is no failure. */
export const PATIENCE_MS = 10 * 60_000;

/** Why there is no browser, and what to do. */
export class NoBrowserError extends Error {}

/** How a browser is found on a machine. */
export interface BrowserNames {
  kind: string;
  /** The environment variable that names its file. */
  variable: string;
  /** What it is called on PATH. */
  names: string[];
  /** Debian's package. */
  debian: string;
}

/**
 * The file that the variable names, or the first of the usual names on PATH.
 * @throws {NoBrowserError}
 */
export function findProgram({kind, variable, names, debian}: BrowserNames, env: NodeJS.ProcessEnv): string {
  const given = env[variable];
  if (given) {
    if (isProgram(given)) return given;
    throw new NoBrowserError(`${variable} is ${given}, which is not a program. Name the file of a ${orChrome(kind)}.`);
  }
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const found = names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
  if (found) return found;
  throw new NoBrowserError(`There is no ${kind}: none of ${names.join(', ')} is on PATH.\n` +
    `Run apt-get install ${debian} (Debian), or set ${variable} to the file of any ${orChrome(kind)}.`);
}

function orChrome(kind: string): string {
  return kind === 'Chromium' ? 'Chromium or Chrome' : kind;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
