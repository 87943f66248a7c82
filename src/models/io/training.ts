import * as tf from '@tensorflow/tfjs-core';
import type {io, Optimizer, serialization, Tensor, Variable} from '@tensorflow/tfjs-core';
import type {LayersModel, ModelCompileArgs} from '@tensorflow/tfjs-layers';

import {optimizerClass, registerOptimizers} from '../../topology/optimizers';
import type {SavedOptimizer} from '../../topology/optimizers';
import {openOptimizer, ownOptimizer} from '../../tfjs_private';
import {tidy} from '../../tidy';
import {makeOrUndo} from './errors';
import {findFunctions, nameFunctions} from './functions';
import type {NamedFunctions, Saved} from './functions';
import {fromPython} from './python_names';

/** How a model was compiled, as a file holds it. */
export interface SavedTraining {
  loss: Saved;
  metrics: Saved;
  optimizer: SavedOptimizer;
}

/** A tensor of an optimiser. */
type NamedTensor = {name: string, tensor: Tensor};

/** The compile configuration with the tensors of the optimiser. */
export interface TrainingState {
  saved: SavedTraining;
  specs: io.WeightsManifestEntry[];
  data: ArrayBuffer;
}

/** Running products that Adam's getWeights leaves out and setWeights recomputes with other rounding. */
const SCALARS = ['accBeta1', 'accBeta2'];

/** What compile set up and the optimiser gathered; null for a model that is not compiled. */
export async function trainingOf(op: string, model: LayersModel, own: NamedFunctions): Promise<TrainingState | null> {
  const optimizer = model.optimizer as Optimizer | undefined;
  if (!optimizer) return null;
  const className = optimizerClass(optimizer);
  const label = `${op}: the optimizer ${className}`;
  classOf(label, className);
  const {loss, metrics} = model;
  const saved: SavedTraining = {
    loss: nameFunctions(`${op}: the loss of '${model.name}'`, loss, own),
    metrics: nameFunctions(`${op}: a metric of '${model.name}'`, metrics, own),
    optimizer: {className, config: optimizer.getConfig(), scalars: {}},
  };
  for (const field of SCALARS) {
    const scalar = openOptimizer(optimizer)[field] as Variable | undefined;
    if (scalar) saved.optimizer.scalars[field] = (await scalar.data())[0]!;
  }
  const weights = await stateOf(label, optimizer);
  try {
    const {specs, data} = await tf.io.encodeWeights(weights, 'optimizer');
    return {saved, specs, data};
  } finally {
    // The counter of steps is made for the caller; the rest is the optimiser's own.
    tf.dispose(weights.map(({tensor}) => tensor).filter((tensor) => !(tensor instanceof tf.Variable)));
  }
}

async function stateOf(label: string, optimizer: Optimizer): Promise<NamedTensor[]> {
  try {
    return await optimizer.getWeights();
  } catch (error) {
    throw new Error(`${label} has no readable state, so its training could not be resumed: ` +
        `${(error as Error).message} Compile with another one (sgd, momentum, adam, adagrad, adadelta, rmsprop), or save ` +
        'without it: {includeOptimizer: false}.', {cause: error});
  }
}

/** The configuration that `model.save` with `includeOptimizer`, or Keras, writes. */
export function plainTraining({loss, metrics, optimizer_config}: io.TrainingConfig): SavedTraining {
  const {className, config} = fromPython(optimizer_config) as unknown as SavedOptimizer;
  const words = (value: unknown): Saved => {
    const word = fromPython(value ?? null) as Saved;
    const byOutput = word !== null && typeof word === 'object' && !Array.isArray(word);
    return byOutput ? {outputs: word as {[output: string]: Saved}} : word;
  };
  return {loss: words(loss), metrics: words(metrics), optimizer: {className, config, scalars: {}}};
}

/** Compiles the model as it was; its optimiser goes on where it stood. The model owns it: dispose frees both. */
export async function resumeTraining(
    op: string, model: LayersModel, saved: SavedTraining, state: NamedTensor[], own: NamedFunctions): Promise<void> {
  const {className, config, scalars} = saved.optimizer;
  const label = `${op}: the optimizer ${className}`;
  const cls = classOf(label, className);
  const loss = findFunctions(`${op}: the loss of '${model.name}'`, saved.loss, own);
  const metrics = findFunctions(`${op}: a metric of '${model.name}'`, saved.metrics, own) ?? undefined;
  const optimizer = makeOrUndo(`${label} cannot be made of its configuration`, () => cls.fromConfig(cls, {...config}));
  freeAllWithIt(optimizer);
  try {
    model.compile({optimizer, loss, metrics} as ModelCompileArgs);
    if (state.length > 0) await optimizer.setWeights(state);
    tidy(() => Object.entries(scalars).forEach(([field, value]) => {
      (openOptimizer(optimizer)[field] as Variable).assign(tf.scalar(value));
    }));
  } catch (error) {
    optimizer.dispose();
    throw error;
  }
  ownOptimizer(model);
}

/** tfjs's optimisers with momentum forget a scalar when they are disposed. */
function freeAllWithIt(optimizer: Optimizer): void {
  const {dispose} = optimizer;
  optimizer.dispose = () => {
    dispose.call(optimizer);
    tf.dispose(Object.values(openOptimizer(optimizer)).filter((field) => field instanceof tf.Tensor));
  };
}

function classOf(label: string, className: string): serialization.SerializableConstructor<Optimizer> {
  registerOptimizers();
  const [cls] = tf.serialization.SerializationMap.getMap().classNameMap[className] ?? [];
  if (!cls) throw new Error(`${label} is unknown. Register its class with tf.serialization.registerClass.`);
  return cls as unknown as serialization.SerializableConstructor<Optimizer>;
}
