import {existsSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from '../bootstrap/root.mjs';

/** @typedef {import('./shards.mjs').Shard} Shard */
/** @typedef {{files: {[file: string]: {mutants: {status: string}[]}}}} Report what Stryker writes, as far as it is read here */

const SURVIVED = ['Survived', 'NoCoverage'];

/**
 * Where Stryker keeps what it found out about a shard.
 * @param {{name: string}} shard
 */
export function memoryOf(shard) {
  return `.cache/mutation/${shard.name.replaceAll('/', '_')}.json`;
}

/**
 * What became of each change.
 * @param {Shard} shard
 */
export function statusesOf(shard) {
  return Object.values(read(shard)?.files ?? {}).flatMap(({mutants}) => mutants.map(({status}) => status));
}

/**
 * The day on which a file of the project was written, as in 2026-11-29; empty where there is none.
 * @param {string} file
 */
export function dayOf(file) {
  const found = path.join(ROOT, file);
  return existsSync(found) ? statSync(found).mtime.toISOString().slice(0, 10) : '';
}

/**
 * Jasmine does not say where a spec stands, so Stryker takes one that was sharpened for the same: what survived is
 * always tried again.
 * @param {Shard} shard
 * @param {boolean} [everything]
 * @param {boolean} [endless] also what came to no end, which a machine that was busy may have killed
 */
export function forgetSurvivors(shard, everything = false, endless = false) {
  const report = read(shard);
  if (!report) return;
  const file = path.join(ROOT, memoryOf(shard));
  if (everything) return rmSync(file);
  const again = endless ? [...SURVIVED, 'Timeout'] : SURVIVED;
  for (const one of Object.values(report.files)) one.mutants = one.mutants.filter(({status}) => !again.includes(status));
  writeFileSync(file, JSON.stringify(report));
}

/** @param {Shard} shard @returns {Report | null} */
function read(shard) {
  const file = path.join(ROOT, memoryOf(shard));
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}
