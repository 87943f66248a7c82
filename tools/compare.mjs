import {readFileSync} from 'node:fs';
import path from 'node:path';
import {openProject, ProjectError} from './project.mjs';

/**
 * @typedef {object} CompareFlags
 * @property {string} [backend]
 * @property {number[]} [inputShape] of an example, where the model leaves sizes open
 * @property {number} [batch]
 * @property {number} [steps]
 * @property {number} [seed]
 * @property {string} [project]
 * @property {(done: number, all: number) => void} [onProgress]
 *
 * @typedef {Awaited<ReturnType<ReturnType<typeof openProject>['start']>>} Started
 */

/**
 * Runs checks.compareWithBuiltIns on a saved model and random data.
 * @param {string} file the model.json
 * @param {CompareFlags} [flags]
 */
export async function compareSavedModel(file, flags = {}) {
  const {backend, inputShape, batch = 8, steps = 10, seed = 1, project = process.cwd(), onProgress} = flags;
  const handler = savedModel(file);
  const started = await startBackend(project, backend);
  const {tf, library: {checks, losses}} = started;
  const model = explicitForm(await load(file, handler, started), started);
  const xs = model.inputs.map(({shape}, i) =>
    tf.randomNormal([batch, ...exampleShape(shape, inputShape)], 0, 1, 'float32', seed + i));
  const outputs = [model.predict(xs.length === 1 ? xs[0] : xs)].flat();
  const ys = outputs.map(({shape}, i) => (shape.length === 2 ?
    losses.oneHot(tf.randomUniformInt([batch], 0, shape[1], seed + i), shape[1]) :
    tf.randomNormal(shape, 0, 1, 'float32', seed + i)));
  return checks.compareWithBuiltIns(model, xs, ys, {steps, seed, onProgress});
}

/**
 * @param {string} project
 * @param {string} [name]
 * @returns {Promise<Started>}
 */
async function startBackend(project, name) {
  const {backends, start, advice} = openProject(project);
  if (name !== undefined) return start(name);
  /** @type {unknown} */
  let problem = new ProjectError(advice);
  for (const candidate of backends().reverse()) {
    try {
      return await start(candidate);
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error;
      problem = error;
    }
  }
  throw problem;
}

/**
 * @param {string} file
 * @param {import('@tensorflow/tfjs-core').io.IOHandler} handler
 * @param {Started} started
 */
async function load(file, handler, {tfLayers}) {
  try {
    return await tfLayers.loadLayersModel(handler);
  } catch (error) {
    if (error instanceof ProjectError) throw error;
    throw new ProjectError(`${file} does not load: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The model itself where it has explicit layers, else with explicit layers in place of the built-in ones.
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {Started} started
 */
function explicitForm(model, {library: {models}}) {
  const hasExplicit = JSON.stringify(model.toJSON(null, false)).includes('"class_name":"Explicit');
  return hasExplicit ? model : models.toExplicit(model);
}

/**
 * @param {(number | null)[]} shape of the model's input
 * @param {number[]} [given]
 */
function exampleShape(shape, given) {
  const sizes = shape.slice(1);
  const fits = given?.length === sizes.length && given.every((size, i) => sizes[i] === null || sizes[i] === size);
  if (given && !fits) {
    throw new ProjectError(`--input-shape ${given} does not fit the model, whose input is ${show(sizes)}.`);
  }
  if (!given && sizes.includes(null)) {
    throw new ProjectError(`The model takes inputs of ${show(sizes)}: say which with --input-shape, as in ` +
      `--input-shape ${sizes.map((size) => size ?? 32)}`);
  }
  return given ?? /** @type {number[]} */ (sizes);
}

/** @param {(number | null)[]} sizes */
function show(sizes) {
  return `[${sizes.map((size) => size ?? '?')}]`;
}

/**
 * Reads a model.json and the weights beside it on any backend.
 * @param {string} file
 * @returns {import('@tensorflow/tfjs-core').io.IOHandler}
 */
function savedModel(file) {
  const json = JSON.parse(read(file, (bytes) => bytes.toString('utf8')));
  if (!json?.modelTopology || !Array.isArray(json.weightsManifest)) {
    throw new ProjectError(`${file} is no tfjs layers model: it needs modelTopology and weightsManifest.`);
  }
  /** @type {{paths: string[], weights: import('@tensorflow/tfjs-core').io.WeightsManifestEntry[]}[]} */
  const groups = json.weightsManifest;
  return {
    load: async () => ({
      ...json,
      weightSpecs: groups.flatMap(({weights}) => weights),
      weightData: groups.flatMap(({paths}) => paths)
        .map((name) => read(path.join(path.dirname(file), name), (bytes) => new Uint8Array(bytes).buffer)),
    }),
  };
}

/**
 * @template T
 * @param {string} file
 * @param {(bytes: Buffer) => T} convert
 * @returns {T}
 */
function read(file, convert) {
  try {
    return convert(readFileSync(file));
  } catch (error) {
    throw new ProjectError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
