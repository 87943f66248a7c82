import {mkdtempSync, readFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {makeFolder} from './folder.mjs';
import {ROOT} from './pack.mjs';
import {lastLine, run} from './run.mjs';

export const work = mkdtempSync(path.join(os.tmpdir(), 'explicit-layers-package-'));
const {devDependencies, unpkg} = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const version = devDependencies['@tensorflow/tfjs-core'].replace('^', '');

/** The file for a script tag. */
export const scriptFile = path.posix.normalize(unpkg);

/** @param {string} name */
export const peer = name => `@tensorflow/${name}@${version}`;

/** @param {string} name */
export const folderFor = name => makeFolder(path.join(work, name));

/**
 * @param {string} folder
 * @param {string} file
 * @param {string} [node]
 */
export const runFile = (folder, file, node = process.execPath) => run(node, [file], {cwd: folder}).then(lastLine);
