import type {io} from '@tensorflow/tfjs-core';

import {joinBuffers} from './buffers';
import {asFailure, failingAs} from './errors';
import {weightsNamed} from './inside';
import {nodeFiles} from './node_files';
import type {NodeFiles} from './node_files';

const TOPOLOGY = 'model.json';
const WEIGHTS = /^weights(-\d+)?\.bin$/;
/** What is being written: the name that it will have, and by whom: '.weights.bin.HOST.PID.RANDOM.tmp'. */
const UNFINISHED = /^\.((?:model\.json|weights(?:-\d+)?\.bin))(?:\.([^.]+)\.(\d+))?\.[0-9a-z]+\.tmp$/;

/**
 * Reads and writes a model in a folder, on any backend, as the files that `file://` of tfjs-node writes: model.json and
 * weights.bin.
 *
 * A save that is cut short leaves the previous one whole: the new weights get a file of their own (weights.bin,
 * weights-2.bin, ..., whichever is free), and the model.json that names them takes the old one's place in one step, last
 * of all. What was cut short is cleared by the next save. Whoever reads meanwhile starts over when model.json has changed.
 *
 * @param folder its path; for `load` also that of a model.json
 */
export function folderHandler(folder: string): io.IOHandler {
  return {
    save: async (artifacts) => save(await nodeFiles(), folder, artifacts),
    load: async () => load(await nodeFiles(), folder),
  };
}

let lastSave: Promise<unknown> = Promise.resolve();

/** Runs saves to folders one after the other, in the order of the calls: the one that was called last remains. */
export function inTurn<T>(save: () => Promise<T>): Promise<T> {
  const turn = lastSave.then(save);
  lastSave = turn.catch(() => null);
  return turn;
}

type Files = Pick<NodeFiles, 'fs' | 'path'>;

async function save(
    {fs, path, os}: NodeFiles, folder: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const {weightData, weightSpecs, modelTopology, getWeightStream: _, ...rest} = artifacts;
  await fs.mkdir(folder, {recursive: true});
  const files = {fs, path};
  const weights = joinBuffers(weightData);
  const beside = await writeBeside(files, os.hostname(), folder, 'weights.bin', new Uint8Array(weights));
  let weightsFile: string | null = null;
  try {
    weightsFile = await claim(files, folder, beside);
    const text = JSON.stringify({
      modelTopology, ...rest, weightsManifest: [{paths: [weightsFile], weights: weightSpecs ?? []}],
    });
    await replaceFile(files, folder, TOPOLOGY, new TextEncoder().encode(text), os.hostname());
    weightsFile = null;  // model.json names it now
    // The model is saved, whatever is left beside it.
    await fs.rm(path.join(folder, beside), {force: true}).then(() => clear(files, os.hostname(), folder)).catch(() => null);
    return {modelArtifactsInfo: {
      dateSaved: new Date(), modelTopologyType: 'JSON',
      modelTopologyBytes: text.length, weightDataBytes: weights.byteLength,
    }};
  } catch (error) {
    await fs.rm(path.join(folder, beside), {force: true}).catch(() => null);
    if (weightsFile) await fs.rm(path.join(folder, weightsFile), {force: true}).catch(() => null);
    throw error;
  }
}

/** What this process is writing now. */
const writing = new Set<string>();

async function writeBeside(
    {fs, path}: Files, host: string, folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const writer = `${host.replace(/[^\w-]/g, '_') || 'host'}.${process.pid}`;
  const beside = `.${name}.${writer}.${Math.random().toString(36).slice(2)}.tmp`;
  writing.add(path.join(folder, beside));
  try {
    const file = await fs.open(path.join(folder, beside), 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return beside;
  } catch (error) {
    await fs.rm(path.join(folder, beside), {force: true}).catch(() => null);
    throw error;
  } finally {
    writing.delete(path.join(folder, beside));
  }
}

/** Gives the written weights the first name that is free; the name beside stays until model.json names them. */
async function claim({fs, path}: Files, folder: string, beside: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'weights.bin' : `weights-${number}.bin`;
    try {
      await fs.link(path.join(folder, beside), path.join(folder, name)).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw error;
        await fs.copyFile(path.join(folder, beside), path.join(folder, name), fs.constants.COPYFILE_EXCL);  // no hard links here
      });
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Removes weights that model.json does not name, and what cut short saves left; not what others are writing now. */
async function clear({fs, path}: Files, host: string, folder: string): Promise<void> {
  const names = await fs.readdir(folder);  // first: weights that get their name later are not among them
  const {weightsManifest} = JSON.parse(await fs.readFile(path.join(folder, TOPOLOGY), 'utf8')) as io.ModelJSON;
  const used = new Set(weightsManifest.flatMap(({paths}) => paths));
  let othersWrite = false;
  for (const name of names.filter((each) => UNFINISHED.test(each))) {
    if (await isBeingWritten({fs, path}, host, folder, name)) othersWrite = true;
    else await fs.rm(path.join(folder, name), {force: true});
  }
  if (othersWrite) return;
  for (const name of names.filter((each) => WEIGHTS.test(each) && !used.has(each))) {
    await fs.rm(path.join(folder, name), {force: true});
  }
}

const DAY = 24 * 3600 * 1000;

async function isBeingWritten({fs, path}: Files, host: string, folder: string, name: string): Promise<boolean> {
  const [, , writer, pid] = UNFINISHED.exec(name)!;
  if (writer === undefined || pid === undefined) return false;  // of a version that did not say
  if (writing.has(path.join(folder, name))) return true;
  const {mtimeMs} = await fs.stat(path.join(folder, name)).catch(() => ({mtimeMs: 0}));
  if (writer !== (host.replace(/[^\w-]/g, '_') || 'host')) return Date.now() - mtimeMs < DAY;
  if (Number(pid) === process.pid) return mtimeMs >= Date.now() - process.uptime() * 1000;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Writes beside the file, then takes its place in one step. */
export async function replaceFile(
    {fs, path}: Files, folder: string, name: string, bytes: Uint8Array, host = 'host'): Promise<void> {
  const beside = await writeBeside({fs, path}, host, folder, name, bytes);
  try {
    await fs.rename(path.join(folder, beside), path.join(folder, name));
  } catch (error) {
    await fs.rm(path.join(folder, beside), {force: true}).catch(() => null);
    throw error;
  }
}

/** How often a reader starts over, when saves come in between. */
const TRIES = 100;

async function load({fs, path}: NodeFiles, place: string): Promise<io.ModelArtifacts> {
  const stat = await fs.stat(place).catch(() => null);
  if (!stat) throw new Error(`${place} does not exist. Give the folder of a model, or its model.json.`);
  const file = stat.isDirectory() ? path.join(place, TOPOLOGY) : place;
  for (let attempt = 1; ; attempt++) {
    const before = await versionOf({fs}, file);
    const found = await loadOnce({fs, path}, file, before.text).catch((error: unknown) => asError(error));
    const after = await versionOf({fs}, file);
    if ((before.text === after.text && before.file === after.file) || attempt === TRIES) {
      if (found instanceof Error) throw found;
      return found;
    }
  }
}

/**
 * The text of a model.json, and which file it is: the save after the next may leave the same text. (Where files have no
 * numbers and coarse times, only the text tells.)
 */
async function versionOf({fs}: Pick<NodeFiles, 'fs'>, file: string): Promise<{file: string, text: string}> {
  const {ino, mtimeNs} = await fs.stat(file, {bigint: true}).catch(() => ({ino: 0, mtimeNs: 0}));
  const text = new TextDecoder().decode(await readFile({fs}, file, 'the model.json of a saved model'));
  return {file: `${ino} ${mtimeNs}`, text};
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

async function loadOnce({fs, path}: Files, file: string, text: string): Promise<io.ModelArtifacts> {
  const {weightsManifest, ...rest} = failingAs(`${file} is damaged or cut short, it is not JSON`, () =>
    JSON.parse(text) as io.ModelJSON);
  if (!weightsManifest) return rest;
  const {weightSpecs, names, told} = weightsNamed(file, weightsManifest);
  const weights = names.map((name) => path.join(path.dirname(file), name));
  const what = `weights that ${file} names`;
  const sizes = [];
  for (const name of weights) sizes.push(await sizeOf({fs}, name, what));
  const size = sizes.reduce((sum, each) => sum + each, 0);
  if (size > told) {
    throw new Error(`${file}: the weights have ${size} bytes, but model.json says ${told}. The two files do not belong ` +
        'together; copy both again.');
  }
  const weightData = new Uint8Array(size);
  let end = 0;
  for (const [i, name] of weights.entries()) {
    weightData.set((await readFile({fs}, name, what)).subarray(0, sizes[i]), end);
    end += sizes[i]!;
  }
  return {...rest, weightSpecs, weightData: weightData.buffer};
}

/** The size of a file; devices and pipes, which have none, are refused. */
async function sizeOf({fs}: Pick<NodeFiles, 'fs'>, file: string, what: string): Promise<number> {
  const stat = await fs.stat(file).catch((error: unknown) => {
    throw asFailure(`${file}, ${what}, cannot be read`, error);
  });
  if (!stat.isFile()) throw new Error(`${file}, ${what}, cannot be read: it is not a file. Put a file there.`);
  return stat.size;
}

async function readFile({fs}: Pick<NodeFiles, 'fs'>, file: string, what: string): Promise<Uint8Array> {
  await sizeOf({fs}, file, what);
  try {
    return await fs.readFile(file);
  } catch (error) {
    throw asFailure(`${file}, ${what}, cannot be read`, error);
  }
}
