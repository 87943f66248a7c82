import {accessSync, constants, statSync} from 'node:fs';
import path from 'node:path';

import {chromium} from 'playwright-core';
import type {Browser} from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** WebGPU without a graphics card; a page that keeps quiet about anything but itself. */
const FLAGS = [
  '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader',
  // The page itself is drawn without the graphics: in software each frame would cost more than what it shows.
  '--use-angle=swiftshader', '--disable-gpu-compositing', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** A busy machine is no failure. */
const PATIENCE_MS = 10 * 60_000;

/** Why there is no browser to be had, and what to do. */
export class NoBrowserError extends Error {}

/**
 * The path of a Chromium: CHROME_PATH, or the first of its usual names on PATH.
 * @throws {NoBrowserError}
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['CHROME_PATH'];
  if (given) {
    if (isProgram(given)) return given;
    throw new NoBrowserError(`CHROME_PATH is ${given}, which is no program. Name the file of a Chromium or Chrome.`);
  }
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const found = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
  if (found) return found;
  throw new NoBrowserError(`There is no Chromium: none of ${NAMES.join(', ')} is on PATH.\n` +
    'To have one: apt-get install chromium (Debian), or any Chromium or Chrome, its file named in CHROME_PATH.');
}

/** Starts it without a window, its graphics in software. */
export function launchChromium(executablePath = findChromium()): Promise<Browser> {
  return chromium.launch({executablePath, args: FLAGS, timeout: PATIENCE_MS});
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
