/** Files that were changed at random: each either loads or is refused by a sentence, and nothing is left behind. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {io} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {unzipSync, zipSync} from 'fflate';

import {losses, models} from '../../src';
import {importKeras} from '../../src/keras';
import {goldenBytes, goldenNames} from '../../spec/keras/support/files';
import {branchingNet, convNet} from '../../spec/models/support/models';
import {memory, net} from '../../spec/models/support/saving';
import {edited} from '../../spec/support/json_edits';
import type {Json} from '../../spec/support/json_edits';
import {sampled} from './computed';
import {damaged} from './damage';
import type {Draw} from './damage';

/** What is let go beyond three times the file and its weights, in bytes. */
const SLACK = 200e6;

type Outcome = 'loaded' | 'refused';

/**
 * Loads; throws where what is thrown is no sentence that begins with the name of the function, where a tensor is left
 * behind, or where more memory was taken than the file calls for.
 */
async function attempt(op: string, bytes: number, load: () => Promise<LayersModel>): Promise<Outcome> {
  const before = {tensors: tf.memory().numTensors, memory: peak()};
  let model: LayersModel | null = null;
  try {
    model = await load();
    free(model);
  } catch (error) {
    if (model) throw new Error(`what was loaded cannot be disposed: ${messageOf(error)}`, {cause: error});
    checkSentence(op, error);
  }
  const left = tf.memory().numTensors - before.tensors;
  if (left !== 0) throw new Error(`${op} leaves ${left} tensors behind, ${model ? 'loaded and disposed' : 'refused'}`);
  const taken = peak() - before.memory;
  if (taken > 3 * bytes + SLACK) throw new Error(`${op} takes ${Math.round(taken / 1e6)} MB for ${bytes} bytes`);
  return model ? 'loaded' : 'refused';
}

/** Models inside a model count one use more than `dispose` ends. */
function free(model: LayersModel): void {
  const weights = new Set(model.weights);
  model.dispose();
  for (const weight of weights) {
    try {
      weight.dispose();
    } catch {
      continue;  // it is disposed
    }
  }
}

function peak(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function checkSentence(op: string, error: unknown): void {
  const text = messageOf(error);
  const isRaw = !(error instanceof Error) || error instanceof TypeError || error instanceof RangeError;
  if (isRaw || !text.startsWith(op) || text.length < op.length + 12) {
    const kind = error instanceof Error ? error.constructor.name : typeof error;
    throw new Error(`${op} throws no sentence but ${kind}: ${text}`, {cause: error});
  }
}

/** A model as `models.save` or `model.save` writes it. */
type Saved = io.ModelArtifacts & {weightData: ArrayBuffer};

let saved: Promise<Saved[]> | null = null;

async function makeSaved(): Promise<Saved[]> {
  const found: Saved[] = [];
  for (const make of [net, convNet, branchingNet]) {
    const model: LayersModel = make();
    const isOne = make === net;
    if (isOne) model.compile({optimizer: 'adam', loss: losses.softmaxLoss});
    for (const ours of [true, false]) {
      const handler = memory();
      await (ours ? models.save(model, handler) : model.save(handler));
      found.push({...handler.artifacts, weightData: tf.io.CompositeArrayBuffer.join(handler.artifacts.weightData)});
    }
    free(model);
    if (isOne) model.optimizer.dispose();
  }
  return found;
}

async function oneSaved(draw: Draw): Promise<Saved> {
  saved ??= makeSaved();
  const all = await saved;
  return all[draw(all.length)]!;
}

/** Topologies most of all. */
const parts = ['modelTopology', 'modelTopology', 'modelTopology', 'weightSpecs', 'userDefinedMetadata',
  'trainingConfig'] as const;

/** Random edits of a model.json. */
export async function fuzzTopology(draw: Draw): Promise<Outcome> {
  const artifacts = await oneSaved(draw);
  const wanted = parts[draw(parts.length)]!;
  const part = artifacts[wanted] === undefined ? 'modelTopology' : wanted;
  const text = JSON.stringify(sampled(edited(JSON.parse(JSON.stringify(artifacts[part])) as Json), draw));
  const changed = {...artifacts, [part]: JSON.parse(text) as object};
  if (part === 'modelTopology') {
    try {
      models.describe(changed.modelTopology!, null, {print: null});
    } catch (error) {
      checkSentence('describe', error);
    }
  }
  return attempt('models.load', text.length + artifacts.weightData.byteLength,
    () => models.load({load: async () => changed}, {strict: draw(4) > 0}));
}

/** A folder whose model.json or weights.bin is damaged. */
export async function fuzzWeights(draw: Draw): Promise<Outcome> {
  const {weightData, weightSpecs, ...rest} = await oneSaved(draw);
  const json = JSON.stringify({...rest, weightsManifest: [{paths: ['weights.bin'], weights: weightSpecs}]});
  const [text, bytes] = [new TextEncoder().encode(json), new Uint8Array(weightData)];
  const hitsText = draw(3) === 0;
  const folder = mkdtempSync(path.join(tmpdir(), 'fuzz-'));
  try {
    writeFileSync(path.join(folder, 'model.json'), hitsText ? damaged(text, draw) : text);
    writeFileSync(path.join(folder, 'weights.bin'), hitsText ? bytes : damaged(bytes, draw));
    return await attempt('models.load', text.length + bytes.length, () => models.load(folder));
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** A .keras file: damaged as it is, or packed again with one of its members changed. */
export async function fuzzArchive(draw: Draw): Promise<Outcome> {
  const names = goldenNames.filter((name) => name.endsWith('.keras'));
  const bytes = goldenBytes(names[draw(names.length)]!);
  return imported(draw(2) === 0 ? damaged(bytes, draw) : packedAgain(bytes, draw));
}

function packedAgain(bytes: Uint8Array, draw: Draw): Uint8Array {
  const members = unzipSync(bytes);
  const name = Object.keys(members)[draw(Object.keys(members).length)]!;
  const member = members[name]!;
  if (draw(12) === 0) return zipSync(Object.fromEntries(Object.entries(members).filter(([each]) => each !== name)));
  if (!name.endsWith('.json') || draw(4) === 0) members[name] = damaged(member, draw).slice();
  else {
    const json = JSON.parse(new TextDecoder().decode(member)) as Json;
    members[name] = new TextEncoder().encode(JSON.stringify(sampled(edited(json), draw)));
  }
  return zipSync(members, {level: draw(2) === 0 ? 0 : 6});
}

/** A .h5 file that is damaged. */
export async function fuzzHdf5(draw: Draw): Promise<Outcome> {
  const names = goldenNames.filter((name) => name.endsWith('.h5'));
  return imported(damaged(goldenBytes(names[draw(names.length)]!), draw));
}

/** Imports; the next file that is whole has to come in as ever. */
async function imported(bytes: Uint8Array): Promise<Outcome> {
  const outcome = await attempt('importKeras', bytes.length, () => importKeras(bytes));
  const whole = await importKeras(readFileSync(smallest)).catch((error: unknown) => {
    throw new Error(`after this file a whole one does not load: ${messageOf(error)}`, {cause: error});
  });
  free(whole);
  return outcome;
}

const smallest = new URL('../../spec/keras/golden/keras3_depthwise.h5', import.meta.url);
