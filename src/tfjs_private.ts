import * as tf from '@tensorflow/tfjs-core';
import type {io, serialization, Tensor, TensorInfo} from '@tensorflow/tfjs-core';
import type {
  constraints, initializers, layers, LayersModel, LayerVariable, regularizers,
} from '@tensorflow/tfjs-layers';

/**
 * Every part of tfjs 4.22 that is used here without being in its declared interface: one typed accessor for each,
 * which gives null where the part is absent. Whoever calls one has a way of public operations for that case.
 */
export type PrivatePart = 'tensorData' | 'isTapeOn' | 'activeTape' | 'tapeNode' | 'runKernel' | 'activeProfile' |
    'wasmMemory' | 'backendStart' | 'wasmTensors' | 'wasmThreads' | 'nodeBackend' | 'nodeBinding' | 'runWebGLProgram' |
    'runWebGPUProgram' | 'platform' | 'scopeTensors' | 'layerFields' | 'trainableWeights' | 'layerPrototype' |
    'trainingConfig' | 'ownedOptimizer' | 'graphBackend' | 'graphEngine' | 'flagValues' | 'modelHooks';

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

/** The object, where it has these methods. */
function withMethods<T>(owner: object, ...names: string[]): T | null {
  return names.every(name => methodOf(owner, name) !== null) ? owner as T : null;
}

function methodOf<F extends (...args: never[]) => unknown>(owner: object, name: string): F | null {
  const method = (owner as {[name: string]: unknown})[name];
  return typeof method === 'function' ? method.bind(owner) as F : null;
}

// The engine and its tape.

/** Whether the engine has a tensor's data, and knows a variable; null where it does not say. */
export function hasData(tensor: Tensor): boolean | null {
  return reach('tensorData', () => {
    const {tensorInfo, registeredVariables} = tf.engine().state;
    return tensorInfo.has(tensor.dataId) && !(tensor instanceof tf.Variable && registeredVariables[tensor.name] !== tensor);
  });
}

/** The tensors that the innermost scope (`tf.tidy`) will free, a list that grows; null where there is none, or none is told. */
export function scopeTensors(): readonly Tensor[] | null {
  return reach('scopeTensors', () => tf.engine().state.activeScope.track);
}

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

/** Whether {@link beforeGradient} works. */
export function tellsWhatIsAsked(): boolean {
  return reach('tapeNode', () => Array.isArray(tf.engine().state.activeTape)) ?? false;
}

/**
 * Calls `tell` each time before the gradient of the node recorded last is computed, with the places among its inputs of
 * those that are differentiated. tfjs prunes the others from a copy of the node, whose method `gradient` it then calls.
 */
export function beforeGradient(output: Tensor, tell: (places: number[]) => void): void {
  reach('tapeNode', () => {
    const node = tf.engine().state.activeTape?.at(-1);
    const gradient = node?.outputs[0] === output ? node.gradient : undefined;
    if (!gradient) return;
    node!.gradient = function(this: {inputs: object}, ...args) {
      tell(Object.keys(this.inputs).map(Number));
      return gradient.apply(this, args);
    };
  });
}

/** Runs f, in which clones share the memory of what they are clones of, as everywhere else: tfjs-backend-wasm copies it. */
export function sharingClones<T>(f: () => T): T {
  if (tf.getBackend() !== 'wasm') return f();
  const engine = reach('runKernel', () => graphEngine()?.methods);
  if (!engine) return f();
  const run = engine.runKernel!, isOwn = Object.hasOwn(engine, 'runKernel');
  engine.runKernel = (name, inputs, ...rest) => name === tf.Identity ?
    run.call(engine, tf.Reshape, inputs, {shape: (inputs as {x: Tensor}).x.shape}) :
    run.call(engine, name, inputs, ...rest);
  try {
    return f();
  } finally {
    if (isOwn) engine.runKernel = run;
    else delete engine.runKernel;
  }
}

/** What `tf.profile` lists; null while it does not run. */
export function activeProfile(): {kernels: unknown[]} | null {
  return reach('activeProfile', () => {
    const {profiling, activeProfile: profile} = tf.engine().state;
    return profiling ? profile : null;
  });
}

/**
 * tfjs forgets the tape of a gradient that threw without freeing the tensors saved on it. Frees them, unless an outer
 * gradient still needs the tape.
 */
export function freeAbandonedTape(): void {
  const tape = activeTape();
  if (tape?.depth === 0) tape.saved.forEach(tensor => tensor.dispose());
}

// Backends.

/** From now on a backend starts when `wait` is over, too; false where it is not registered or where tfjs does not say how. */
export function beforeBackendStarts(name: string, wait: () => Promise<void>): boolean {
  return reach('backendStart', () => {
    const entry = tf.engine().registryFactory[name];
    if (!entry) return false;
    const {factory} = entry;
    entry.factory = async () => (await Promise.all([factory(), wait()]))[0];
    return true;
  }) ?? false;
}

/** Of tfjs-backend-wasm: the memory that its tensors are in. */
export function wasmMemory(backend: object): WebAssembly.Memory | null {
  return reach('wasmMemory', () => {
    const {wasm} = backend as {wasm?: {wasmMemory?: unknown, asm?: {memory?: unknown}}};
    const memory = wasm?.wasmMemory ?? wasm?.asm?.memory;
    return memory instanceof WebAssembly.Memory ? memory : null;
  });
}

/** Of tfjs-backend-wasm: where tensors are in its memory. */
export interface WasmTensors {
  /** The address of a tensor's values. */
  address: (tensor: Tensor) => number;
  /** A new float32 tensor, its values not set; its address is 0 where there is no memory left. */
  make: <T extends Tensor>(shape: number[]) => T;
  /** Room for so many floats that stays ours and is not a tensor; 0 where there is no memory left. */
  reserve: (size: number) => number;
}

export function wasmTensors(backend: object): WasmTensors | null {
  return reach('wasmTensors', () => {
    const open = backend as {
      dataIdMap: {get(dataId: object): {memoryOffset: number}},
      makeOutput(shape: number[], dtype: 'float32'): {dataId: object},
    };
    if (typeof open.dataIdMap?.get !== 'function' || typeof open.makeOutput !== 'function') return null;
    return {
      address: tensor => open.dataIdMap.get(tensor.dataId).memoryOffset,
      make: <T extends Tensor>(shape: number[]) =>
        tf.engine().makeTensorFromDataId(open.makeOutput(shape, 'float32').dataId, shape, 'float32') as T,
      reserve: size => open.dataIdMap.get(open.makeOutput([size], 'float32').dataId).memoryOffset,
    };
  });
}

/** Of tfjs-backend-wasm: how many threads its own kernels use. */
export function wasmThreads(backend: object): number | null {
  return reach('wasmThreads', () => {
    const count = (backend as {wasm?: {tfjs?: {getThreadsCount?(): number}}}).wasm?.tfjs?.getThreadsCount?.();
    return Number.isInteger(count) ? count : null;
  });
}

/** Calls f before the backend goes. */
export function onDispose(backend: {dispose(): void}, f: () => void): void {
  const dispose = backend.dispose;
  backend.dispose = () => {
    f();
    dispose.call(backend);
  };
}

/** An attribute of a TensorFlow op as tfjs-node's binding takes it. */
export interface NodeAttribute {
  name: string;
  type: number;
  value: string | boolean | number | Array<number | string | boolean | number[]>;
}

/** Of tfjs-node: its addon, which names the types of attributes and of tensors by number. */
export interface NodeBinding {
  TF_ATTR_FLOAT: number;
  TF_ATTR_INT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_STRING: number;
  TF_ATTR_TYPE: number;
  TF_FLOAT: number;
  TF_INT32: number;
  /** Of TensorFlow's library. */
  TF_Version: string;
}

/** The addon of the current backend; null where that is not tfjs-node's. */
export function nodeBinding(): NodeBinding | null {
  return reach('nodeBinding', () => {
    const {binding} = tf.backend() as unknown as {binding?: NodeBinding};
    return typeof binding?.TF_ATTR_FLOAT === 'number' ? binding : null;
  });
}

/** Of tfjs-node: runs any op of TensorFlow by its name. */
export interface NodeBackend {
  executeSingleOutput(name: string, attributes: NodeAttribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: NodeAttribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/** The current backend; null where it is not tfjs-node's. */
export function nodeBackend(): NodeBackend | null {
  return reach('nodeBackend', () =>
    withMethods<NodeBackend>(tf.backend(), 'executeSingleOutput', 'executeMultipleOutputs'));
}

type WebGLProgram = (program: object, inputs: TensorInfo[], dtype: 'float32', uniforms: number[][]) => TensorInfo;
type WebGPUProgram = (
    program: object, inputs: TensorInfo[], dtype: 'float32',
    uniforms: Array<{type: 'float32', data: number[]}>) => TensorInfo;

/** Of tfjs-backend-webgl: runs a program of GLSL; null where the current backend is another one. */
export function runWebGLProgram(): WebGLProgram | null {
  return reach('runWebGLProgram', () => methodOf<WebGLProgram>(tf.backend(), 'runWebGLProgram'));
}

/** Of tfjs-backend-webgpu: runs a program of WGSL; null where the current backend is another one. */
export function runWebGPUProgram(): WebGPUProgram | null {
  return reach('runWebGPUProgram', () => methodOf<WebGPUProgram>(tf.backend(), 'runWebGPUProgram'));
}

/** What tfjs calls the platform it runs on, and the object that every copy of tfjs-core sets to one of its own. */
export function platform(): {name: string, object: object} | null {
  return reach('platform', () => {
    const env = tf.env() as unknown as {platform?: object, platformName?: string};
    return env.platform && env.platformName ? {name: env.platformName, object: env.platform} : null;
  });
}

// Layers, models and optimisers of tfjs-layers.

/** What only some classes of tf.layers have. */
export interface LayerFields {
  /** Layers in a model or in a layer of a user's own, in a wrapper, a bidirectional one, a recurrent one. */
  layers: layers.Layer[];
  layer: layers.Layer;
  forwardLayer: layers.Layer;
  backwardLayer: layers.Layer;
  cell: layers.Layer;
  cells: layers.Layer[];
  /** Of a convolution: the number of axes it slides over. */
  rank: number;
  axis: number | number[];
  dataFormat: string;
  depthMultiplier: number;
  depthwiseConstraint: serialization.Serializable | null;
  targetShape: (number | null)[];
  /** Of a dense layer, made of the names that it was given. */
  kernelInitializer: ReturnType<typeof initializers.zeros>;
  kernelRegularizer: ReturnType<typeof regularizers.l2> | null;
  kernelConstraint: ReturnType<typeof constraints.nonNeg> | null;
  activation: {getClassName(): string, apply(x: Tensor): Tensor};
}

/** The fields of a layer that only its class has; without any where this tfjs-layers keeps them elsewhere. */
export function layerFields(layer: layers.Layer): Partial<LayerFields> {
  return reach('layerFields', () => layer as unknown as Partial<LayerFields>) ?? {};
}

/** The weights that a layer made as trainable ones, frozen or not. */
export function trainableWeightsOf(layer: layers.Layer): readonly LayerVariable[] | null {
  return reach('trainableWeights', () =>
    (layer as unknown as {_trainableWeights: LayerVariable[] | undefined})._trainableWeights);
}

/** What all layers inherit: its `addWeight` makes every weight of theirs. */
export interface LayerPrototype {
  addWeight(this: layers.Layer, name: string, shape: (number | null)[], ...rest: unknown[]): LayerVariable;
}

/** The prototype of tfjs-layers' `Layer` with its method that makes weights. */
export function layerPrototype(prototype: layers.Layer): LayerPrototype | null {
  return reach('layerPrototype', () => withMethods<LayerPrototype>(prototype, 'addWeight'));
}

/** How a model is compiled, as `model.save` writes it; its loss and metrics have to be words. */
export function trainingConfigOf(model: LayersModel): io.TrainingConfig | null {
  return reach('trainingConfig', () => methodOf<() => io.TrainingConfig>(model, 'getTrainingConfig')?.());
}

/** From now on `model.dispose()` frees the model's optimizer too. */
export function ownOptimizer(model: LayersModel): void {
  reach('ownedOptimizer', () => {
    for (const owner of [model, (model as {model?: LayersModel}).model]) {
      if (owner && 'isOptimizerOwned' in owner) (owner as unknown as {isOptimizerOwned: boolean}).isOptimizerOwned = true;
    }
  });
}

// Graphs.

/** What tfjs-node's binding returns for each output of an op. */
export interface OutputInfo {
  id: number;
  shape: number[];
  dtype: number;
}

/** The part of tfjs-node's addon that records and runs graphs. */
export interface GraphBinding {
  readonly [constant: string]: unknown;
  executeOp(name: string, attributes: NodeAttribute[], inputs: number[], outputs: number): OutputInfo[];
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
  binding: GraphBinding;
  tensorMap: {has(dataId: object): boolean, get(dataId: object): NodeData};
  refCount(dataId: object): number;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(info: OutputInfo): Tensor;
  executeSingleOutput(name: string, attributes: NodeAttribute[], inputs: Tensor[]): Tensor;
  write(values: ArrayBufferView, shape: number[], dtype: string): object;
  readSync(dataId: object): unknown;
}

/** The current backend where it is tfjs-node's and can load graphs. */
export function graphBackend(): GraphBackend | null {
  return reach('graphBackend', () => {
    const backend = tf.backend() as unknown as GraphBackend;
    return withMethods<object>(backend.binding, 'runSavedModel') && withMethods<object>(backend.tensorMap, 'get') && backend;
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
    const methods = withMethods<GraphEngine['methods']>(engine, 'runKernel', 'makeVariable', 'startScope', 'endScope');
    return methods && registeredVariables ? {registeredVariables, profiling, methods} : null;
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

/** What a model of tfjs-layers runs its steps with. A Sequential holds another model, rebuilt by `compile` and `build`. */
export interface OpenModel {
  [field: string]: unknown;
  model?: OpenModel | null;
  layers: layers.Layer[];
  weights: Array<{read(): Tensor}>;
  makeTrainFunction(): (data: Tensor[]) => Tensor[];
  makeTestFunction(): void;
  testFunction: (data: Tensor[]) => Tensor[];
  predictLoop(inputs: Tensor | Tensor[], batchSize?: number, verbose?: boolean): Tensor | Tensor[];
  dispose(): unknown;
}

/** A model with the methods that its steps run through; null where this tfjs-layers has others. */
export function openModel(model: object): OpenModel | null {
  return reach('modelHooks', () => withMethods<OpenModel>(model, 'makeTrainFunction', 'makeTestFunction', 'predictLoop'));
}
