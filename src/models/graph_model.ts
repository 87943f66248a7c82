/**
 * Refuses what tf.loadGraphModel makes, and the topology that it reads: operations without layers.
 * @param model a model, or the modelTopology of a model.json
 */
export function checkNoGraph(label: string, model: unknown): void {
  if (!(model instanceof Object)) return;
  const isTopology = model instanceof ArrayBuffer || Array.isArray((model as {node?: unknown}).node);
  if (!isTopology && typeof (model as {executeAsync?: unknown}).executeAsync !== 'function') return;
  throw new Error(`${label}: this is a graph model, which has no layers; tf.loadGraphModel loads it and it only predicts. ` +
      'Start from the model of layers that it was made from: tf.loadLayersModel, or importKeras of ' +
      'tfjs-explicit-layers/keras, reads it.');
}
