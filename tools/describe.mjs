import {readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {openProject, ProjectError} from './project.mjs';

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
  if (!stat) throw new ProjectError(`There is no ${place}.`);
  const file = stat.isDirectory() ? path.join(place, 'model.json') : place;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ProjectError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`);
  }
}
