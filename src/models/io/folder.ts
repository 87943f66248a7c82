import type {io} from '@tensorflow/tfjs-core';

import {joinBuffers} from './buffers';
import {nodeFiles} from './node_files';
import type {NodeFiles} from './node_files';

const TOPOLOGY = 'model.json';
/** Files of ours that an interrupted save may leave. */
const UNFINISHED = /^\.(model\.json|weights(-2)?\.bin)\.[0-9a-z]+\.tmp$/;

/**
 * Reads and writes a model in a folder, on any backend, as the files that `file://` of tfjs-node writes: model.json and
 * weights.bin.
 *
 * A save that is cut short leaves the previous one whole: the new weights get a file of their own (weights.bin and
 * weights-2.bin in turn), and the model.json that names them takes the old one's place in one step, last of all.
 *
 * @param folder its path; for `load` also that of a model.json
 */
export function folderHandler(folder: string): io.IOHandler {
  return {
    save: async (artifacts) => save(await nodeFiles(), folder, artifacts),
    load: async () => load(await nodeFiles(), folder),
  };
}

async function save({fs, path}: NodeFiles, folder: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const {weightData, weightSpecs, modelTopology, getWeightStream: _, ...rest} = artifacts;
  await fs.mkdir(folder, {recursive: true});
  const used = await weightFilesIn({fs, path}, folder);
  const weightsFile = used.includes('weights.bin') ? 'weights-2.bin' : 'weights.bin';
  const weights = joinBuffers(weightData);
  const text = JSON.stringify({
    modelTopology, ...rest, weightsManifest: [{paths: [weightsFile], weights: weightSpecs ?? []}],
  });
  await replaceFile({fs, path}, folder, weightsFile, new Uint8Array(weights));
  await replaceFile({fs, path}, folder, TOPOLOGY, new TextEncoder().encode(text));
  for (const name of await fs.readdir(folder)) {
    const old = (name === 'weights.bin' || name === 'weights-2.bin') && name !== weightsFile && used.includes(name);
    if (old || UNFINISHED.test(name)) await fs.rm(path.join(folder, name), {force: true});
  }
  return {modelArtifactsInfo: {
    dateSaved: new Date(), modelTopologyType: 'JSON',
    modelTopologyBytes: text.length, weightDataBytes: weights.byteLength,
  }};
}

/** Writes beside the file, then takes its place in one step. */
export async function replaceFile(
    {fs, path}: Pick<NodeFiles, 'fs' | 'path'>, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const beside = path.join(folder, `.${name}.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const file = await fs.open(beside, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(beside, path.join(folder, name));
  } catch (error) {
    await fs.rm(beside, {force: true});
    throw error;
  }
}

/** The files with weights that the model in the folder consists of; none where there is no readable one. */
async function weightFilesIn({fs, path}: Pick<NodeFiles, 'fs' | 'path'>, folder: string): Promise<string[]> {
  try {
    const {weightsManifest} = JSON.parse(await fs.readFile(path.join(folder, TOPOLOGY), 'utf8')) as io.ModelJSON;
    return weightsManifest.flatMap(({paths}) => paths);
  } catch {
    return [];
  }
}

async function load({fs, path}: NodeFiles, place: string): Promise<io.ModelArtifacts> {
  const stat = await fs.stat(place).catch(() => null);
  if (!stat) throw new Error(`${place} does not exist. Give the folder of a model, or its model.json.`);
  const file = stat.isDirectory() ? path.join(place, TOPOLOGY) : place;
  const json = parse(file, await readFile({fs}, file, 'the model.json of a saved model'));
  const {weightsManifest, ...rest} = json;
  if (!weightsManifest) return rest;
  const files = weightsManifest.flatMap(({paths}) => paths).map((name) => path.join(path.dirname(file), name));
  const parts = [];
  for (const name of files) parts.push(await readFile({fs}, name, `weights that ${file} names`));
  return {
    ...rest, weightSpecs: weightsManifest.flatMap(({weights}) => weights),
    weightData: joinBuffers(parts.map(({buffer, byteOffset, byteLength}) =>
      buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)),
  };
}

async function readFile({fs}: Pick<NodeFiles, 'fs'>, file: string, what: string): Promise<Uint8Array> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    throw new Error(`${file}, ${what}, cannot be read: ${(error as Error).message}`, {cause: error});
  }
}

function parse(file: string, bytes: Uint8Array): io.ModelJSON {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as io.ModelJSON;
  } catch (error) {
    throw new Error(`${file} is damaged or cut short, it is no JSON: ${(error as Error).message}`, {cause: error});
  }
}
