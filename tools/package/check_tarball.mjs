import {readFileSync} from 'node:fs';
import path from 'node:path';
import {checkSize} from './bundle.mjs';
import {scriptFile} from './context.mjs';
import {attw, publint, ROOT} from './pack.mjs';
import {step} from './run.mjs';

const UMD_KILOBYTES = 37;

/** @param {string} tarball */
export async function checkTarball(tarball) {
  await step('publint', () => publint(tarball));
  await step('attw', () => attw(tarball));
  await step('script tag file', () => checkSize(scriptFile, readFileSync(path.join(ROOT, scriptFile)), UMD_KILOBYTES));
}
