import path from 'node:path';
import {openProject, ProjectError} from './project.mjs';

const KERAS = /\.(keras|h5|hdf5)$/i;

/**
 * Converts a model between tfjs's folders with a model.json and Keras's files.
 * @param {string} from a .keras, .h5 or model.json file, or a folder with a model.json
 * @param {string} to a .keras or .h5 file, or a folder
 * @param {object} [options]
 * @param {'built-in' | 'explicit'} [options.layers] of a folder with a model.json
 * @param {boolean} [options.compile] whether loss, metrics and optimizer come along
 * @param {string} [options.project] whose packages are meant
 * @returns {Promise<{name: string, layers: number, weights: number, notes: string[]}>} what was converted, and what a user
 *   should know of it
 */
export async function convert(from, to, {layers = 'built-in', compile = true, project = process.cwd()} = {}) {
  if (!['built-in', 'explicit'].includes(layers)) {
    throw new ProjectError(`--layers takes built-in or explicit. Got ${layers}.`);
  }
  const extension = path.extname(to);
  if (!KERAS.test(to) && extension !== '' && path.basename(to) !== 'model.json') {
    throw new ProjectError(`${to}: expected a name that ends in .keras, .h5 or .hdf5, or a folder (for a model.json). Got ` +
      `the ending ${extension}.`);
  }
  const {backends, start, advice} = openProject(project);
  const [backend] = backends();
  if (!backend) throw new ProjectError(advice);
  const {library: {models}, entry} = await start(backend);
  const keras = /** @type {typeof import('../src/keras')} */ (entry('keras'));
  const said = (/** @type {unknown} */ error) => {
    const message = error instanceof Error ? error.message : String(error);
    const more = !KERAS.test(to) && message.startsWith('toBuiltIn:') ? '\nWith --layers explicit the folder holds it.' :
      message.includes('{compile: false}') ? '\nOn the command line that is --no-compile.' : '';
    throw new ProjectError(message + more, {cause: error});
  };
  const kind = layers === 'explicit' ? 'explicit' : 'builtIn';
  const read = () => (KERAS.test(from) ? keras.importKeras(from, {compile, layers: 'explicit'}) : models.load(from, {compile}));
  const model = await read().catch(said);
  if (KERAS.test(to)) {
    await keras.exportKeras(model, to, {compile}).catch(said);
  } else {
    await saveFolder(models, model, path.basename(to) === 'model.json' ? path.dirname(to) : to, {kind, compile}).catch(said);
  }
  return {name: model.name, layers: model.layers.length, weights: model.countParams(), notes: notesOf(models, model)};
}

/**
 * What reading the file left out or changed.
 * @param {typeof import('../src/models')} models
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 */
function notesOf(models, model) {
  try {
    return models.conversionReport(model).converted.filter(({note}) => note)
      .map(({name, from, note}) => `${name} (${from}): ${note}`);
  } catch {
    return [];  // a folder's model, of which there is nothing to say
  }
}

/**
 * @param {typeof import('../src/models')} models
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {string} folder
 * @param {{kind: 'explicit' | 'builtIn', compile: boolean}} options
 */
async function saveFolder(models, model, folder, {kind, compile}) {
  const converted = kind === 'explicit' ? models.toExplicit(model) : models.toBuiltIn(model, {ties: 'ignore'});
  if (compile && model.optimizer) {
    const {optimizer, loss, metrics} = /** @type {any} */ (model);
    converted.compile({optimizer, loss, metrics});
  }
  await models.save(converted, folder);
}
