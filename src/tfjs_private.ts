import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

/**
 * Every part of tfjs 4.22 that is used here without being in its declared interface: one typed accessor for each,
 * which gives null where the part is absent. Whoever calls one has a way of public operations for that case.
 */
export type PrivatePart =
    'isTapeOn' | 'activeTape' | 'graphBackend' | 'graphEngine' | 'flagValues' | 'modelHooks';

const hidden = new Set<PrivatePart>();

/** For specs: from now on these parts, and no others, count as absent. */
export function hideParts(parts: readonly PrivatePart[]): void {
  hidden.clear();
  for (const part of parts) hidden.add(part);
}

function reach<T>(part: PrivatePart, read: () => T | null | undefined): T | null {
  if (hidden.has(part)) return null;
  try {
    return read() ?? null;
  } catch {
    return null;
  }
}

// The engine and its tape.

/** Whether operations are recorded now; null where the engine does not say. */
export function isTapeOn(): boolean | null {
  return reach('isTapeOn', () => tf.engine().isTapeOn());
}

/** What the tape of this gradient holds, and how many gradients are being taken around it. */
export function activeTape(): {saved: Tensor[], depth: number} | null {
  return reach('activeTape', () => {
    const {activeTape: nodes, gradientDepth} = tf.engine().state;
    return nodes && {saved: nodes.flatMap(({saved}) => saved ?? []), depth: gradientDepth};
  });
}

// Backends.

// Layers, models and optimisers of tfjs-layers.

// Graphs.

/** What tfjs-node's binding returns for each output of an op. */
export interface OutputInfo {
  id: number;
  shape: number[];
  dtype: number;
}

/** An attribute of an op as tfjs-node's binding takes it. */
export interface OpAttribute {
  name: string;
  type: number;
  value: string | boolean | number | Array<number | string | boolean | number[]>;
}

/** The part of tfjs-node's addon that records and runs graphs. */
export interface NodeBinding {
  readonly [constant: string]: unknown;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): OutputInfo[];
  createTensor(shape: number[], dtype: number, values: ArrayBufferView | Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayBufferView;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputs: number[], inputNames: string, outputNames: string): OutputInfo[];
}

/** The data of one tensor in tfjs-node: its handle, once there is one. */
interface NodeData {
  id: number;
  dtype: number;
  shape: number[];
  values: unknown;
}

/** tfjs-node's backend, as far as graphs need it. */
export interface GraphBackend {
  binding: NodeBinding;
  tensorMap: {has(dataId: object): boolean, get(dataId: object): NodeData};
  refCount(dataId: object): number;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(info: OutputInfo): Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: Tensor[]): Tensor;
  write(values: ArrayBufferView, shape: number[], dtype: string): object;
  readSync(dataId: object): unknown;
}

/** The current backend where it is tfjs-node's and can load graphs. */
export function graphBackend(): GraphBackend | null {
  return reach('graphBackend', () => {
    const backend = tf.backend() as unknown as GraphBackend;
    const can = typeof backend.binding?.runSavedModel === 'function' && typeof backend.tensorMap?.get === 'function';
    return can ? backend : null;
  });
}

/** The part of the engine that graphs read, and replace while a step is recorded. */
export interface GraphEngine {
  readonly registeredVariables: {[name: string]: tf.Variable};
  readonly profiling: boolean;
  /** The engine itself, for its methods `runKernel`, `makeVariable`, `startScope` and `endScope`. */
  readonly methods: {[method: string]: (...args: unknown[]) => unknown};
}

export function graphEngine(): GraphEngine | null {
  return reach('graphEngine', () => {
    const engine = tf.engine();
    const {registeredVariables, profiling} = engine.state;
    const methods = engine as unknown as GraphEngine['methods'];
    const has = ['runKernel', 'makeVariable', 'startScope', 'endScope'].every(name => typeof methods[name] === 'function');
    return has && registeredVariables ? {registeredVariables, profiling, methods} : null;
  });
}

/** The flags of tfjs that have been read or set, by name. */
export function flagValues(): {[name: string]: unknown} | null {
  return reach('flagValues', () => (tf.env() as unknown as {flags: {[name: string]: unknown}}).flags);
}

/** An optimizer of tfjs, with what its class keeps to itself. */
export interface OpenOptimizer {
  [field: string]: unknown;
  incrementIterations(): void;
  applyGradients(gradients: unknown): void;
}

/** An optimizer's fields and methods. */
export function openOptimizer(optimizer: tf.Optimizer): OpenOptimizer {
  return optimizer as unknown as OpenOptimizer;
}

/** What a model of tfjs-layers runs its steps with. A Sequential holds another model, made anew by `compile` and `build`. */
export interface OpenModel {
  [field: string]: unknown;
  model?: OpenModel | null;
  layers: Array<{trainable: boolean, layers?: OpenModel['layers'], layer?: OpenModel['layers'][number]}>;
  weights: Array<{read(): Tensor}>;
  makeTrainFunction(): (data: Tensor[]) => Tensor[];
  makeTestFunction(): void;
  testFunction: (data: Tensor[]) => Tensor[];
  predictLoop(inputs: Tensor | Tensor[], batchSize?: number, verbose?: boolean): Tensor | Tensor[];
  dispose(): unknown;
}

/** A model with the methods that its steps run through; null where this tfjs-layers has others. */
export function openModel(model: object): OpenModel | null {
  return reach('modelHooks', () => {
    const open = model as OpenModel;
    const has = ['makeTrainFunction', 'makeTestFunction', 'predictLoop'].every(name => typeof open[name] === 'function');
    return has ? open : null;
  });
}
