import {readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {openProject, ProjectError} from './project.mjs';

/** One of these is in the JSON of every model: a model.json, what model.toJSON gives, or Keras's own. */
const MODEL_KEYS = ['modelTopology', 'model_config', 'class_name', 'className', 'node'];

/**
 * Runs models.describe on a model.json; its weights are not read.
 * @param {string} file the model.json, or its folder
 * @param {{inputShape?: (number | null)[], batch?: number, project?: string}} [flags]
 */
export async function describeSavedModel(file, {inputShape, batch = 1, project = process.cwd()} = {}) {
  const {backends, start, advice} = openProject(project);
  const [slowest] = backends();
  if (slowest === undefined) throw new ProjectError(advice);
  const {library: {models}} = await start(slowest);  // it only counts: any backend will do
  const topology = read(file);
  try {
    return models.describe(topology, inputShape, {batchSize: batch, print: null});
  } catch (error) {
    throw new ProjectError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * @param {string} place
 * @returns {object}
 */
function read(place) {
  const stat = statSync(place, {throwIfNoEntry: false});
  if (!stat) throw new ProjectError(`There is no file or folder ${place}.`);
  const file = stat.isDirectory() ? path.join(place, 'model.json') : place;
  /** @type {unknown} */
  let json;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ProjectError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (json instanceof Object && MODEL_KEYS.some((key) => key in json)) return json;
  throw new ProjectError(`${file} is not a saved model: it has no modelTopology. Name the model.json that model.save or ` +
    'models.save wrote, or its folder.');
}
