import {existsSync} from 'node:fs';
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
 * @param {string} file the model.json, or its folder
 * @param {CompareFlags} [flags]
 */
export async function compareSavedModel(file, flags = {}) {
  const {backend, inputShape, batch = 8, steps = 10, seed = 1, project = process.cwd(), onProgress} = flags;
  const started = await startBackend(project, backend);
  const {tf, library: {checks, losses}} = started;
  const model = explicitForm(await load(file, started), started);
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
 * @param {Started} started
 */
async function load(file, {library: {models}}) {
  if (!existsSync(file)) throw new ProjectError(`There is no file ${file}.`);
  try {
    return await models.load(file);
  } catch (error) {
    throw new ProjectError(error instanceof Error ? error.message : String(error));
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
