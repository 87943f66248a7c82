import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Variable} from '@tensorflow/tfjs-core';

import {openOptimizer} from '../tfjs_private';
import type {GraphBackend, GraphEngine, GraphBinding, NodeAttribute, OpenOptimizer, OutputInfo} from '../tfjs_private';
import {Hooks} from './hooks';
import {fieldOf, knownClasses, readsRateNumber, sameState, stateOf} from './optimizers';
import type {Constant, Fed, Leaf, Operation, Recording, Value} from './types';

/** Ops that draw numbers themselves: a graph has a sequence of its own. */
const drawsNumbers = /^(?!Stateless).*(Random|Multinomial|TruncatedNormal|StatefulPartitionedCall)/;
/** Kernels of tfjs-node that read a tensor only to check its values, which TensorFlow's own op does too. */
const readsToCheck: ReadonlySet<string> = new Set(['GatherV2']);
const scopeSuffix = '__op';

let active = false;
/** Whether an optimizer reads its number of iterations in order to add one. */
let isCounting = false;

/** Whether a step is being recorded in this thread. */
export function isRecordingStep(): boolean {
  return active;
}

/**
 * Runs a step op by op and writes down what tfjs-node executes meanwhile. Everything that is replaced for that is given
 * back before it returns or throws.
 */
export class Recorder {
  private readonly hooks = new Hooks();
  private readonly operations: Operation[] = [];
  /** What each of tfjs-node's handles stands for. */
  private readonly values = new Map<number, Value>();
  /** The data that was made in the step. */
  private readonly made = new Set<object>();
  /** The operations of tfjs in which JavaScript made data; tfjs-node gives it to TensorFlow later. */
  private readonly writtenIn = new Map<object, string[]>();
  private readonly scopes: string[] = [];
  private readonly kernels: string[] = [];
  private readonly optimizers = new Map<OpenOptimizer, number>();
  /** What an optimizer's numbers were, of those that an earlier recording has seen. */
  private readonly rulesBefore: Map<OpenOptimizer, unknown[]>;
  private readonly startVariables: Map<Variable, object>;
  /** Which variable held data at first. */
  private readonly variableOf = new Map<object, Variable>();
  private readonly argumentOf = new Map<object, number>();
  /** Tensors made outside the step, by their data. */
  private readonly outside = new Map<object, Tensor>();
  private rate: {optimizer: OpenOptimizer, value: number} | null = null;
  private readonly rateOf = new Map<object, Leaf>();
  private problem: string | null = null;
  private doubt: string | null = null;
  private makesVariables = false;

  /**
   * @param known Optimizers that an earlier recording has seen.
   */
  constructor(
      private readonly backend: GraphBackend, private readonly engine: GraphEngine, known: Iterable<OpenOptimizer>) {
    this.startVariables = this.separateVariables();
    for (const [variable, dataId] of this.startVariables) this.variableOf.set(dataId, variable);
    for (const optimizer of known) this.see(optimizer);
    this.rulesBefore = new Map([...this.optimizers.keys()].map(optimizer => [optimizer, rules(optimizer)]));
  }

  /** Runs `f` on tensors of its own with the values of these, which then tell the arguments apart. */
  run<T>(f: (tensors: Tensor[]) => T, given: readonly Tensor[]): T {
    active = true;
    try {
      const tensors = given.map((tensor, i) => this.argument(tensor, i));
      this.watchBackend();
      this.watchEngine();
      this.watchOptimizers();
      this.watchOutsideNumbers();
      const result = f(tensors);
      tensors.forEach((own, i) => {
        if (own.isDisposed) given[i]!.dispose();
      });
      return result;
    } finally {
      this.hooks.release();
      active = false;
    }
  }

  /** What was recorded, once the step's scope has ended; `outputs` are the tensors that it returned. */
  finish(outputs: readonly Tensor[]): Recording {
    const found = outputs.map(tensor => this.valueOfTensor(tensor));
    const assigned: Recording['assigned'] = [];
    for (const variable of Object.values(this.engine.registeredVariables)) {
      const before = this.startVariables.get(variable);
      if (before === undefined || before === variable.dataId) continue;
      const value = this.valueOfTensor(variable);
      if (value) assigned.push({variable, value});
    }
    this.checkWhatIsLeft(outputs);
    this.resolveFields();
    return {
      operations: this.operations, outputs: found.map(value => value!), assigned,
      updates: [...this.optimizers].map(([optimizer, before]) => ({optimizer, iterations: count(optimizer) - before})),
      makesVariables: this.makesVariables, doubt: this.doubt,
      problem: this.problem ?? (found.includes(null) ? 'it returns a tensor of another backend' : null),
    };
  }

  private refuse(problem: string): void {
    this.problem ??= problem;
  }

  private see(optimizer: OpenOptimizer): void {
    if (!this.optimizers.has(optimizer)) this.optimizers.set(optimizer, count(optimizer));
  }

  /** Variables that share their data with anything else get data of their own, which tells them apart. */
  private separateVariables(): Map<Variable, object> {
    const {backend} = this;
    const start = new Map<Variable, object>();
    const seen = new Set<object>();
    for (const variable of Object.values(this.engine.registeredVariables)) {
      if (variable.dtype === 'string' || variable.isDisposed) continue;
      const isHere = backend.tensorMap.has(variable.dataId);
      if (seen.has(variable.dataId) || (isHere && backend.refCount(variable.dataId) > 1)) {
        const own = this.separate(variable);
        variable.assign(own);
        own.dispose();
      }
      seen.add(variable.dataId);
      start.set(variable, variable.dataId);
    }
    return start;
  }

  /** The same values under a handle of their own; TensorFlow copies nothing. */
  private separate(tensor: Tensor): Tensor {
    const {backend} = this;
    const [id] = backend.getInputTensorIds([tensor]);
    const dtype = backend.tensorMap.get(tensor.dataId).dtype;
    const type = {name: 'T', type: backend.binding.TF_ATTR_TYPE as number, value: dtype};
    return backend.createOutputTensor(backend.binding.executeOp('Identity', [type], [id!], 1)[0]!);
  }

  private argument(tensor: Tensor, index: number): Tensor {
    if (tensor instanceof tf.Variable) return tensor;
    const own = this.separate(tensor);
    this.argumentOf.set(own.dataId, index);
    return own;
  }

  private watchBackend(): void {
    const {hooks, backend} = this;
    hooks.replace(backend, 'binding', binding => this.recordingBinding(binding));
    hooks.replace(backend, 'getInputTensorIds', original => tensors => this.inputIds(original.bind(backend), tensors));
    hooks.replace(backend, 'createOutputTensor', original => info => {
      const tensor = original.call(backend, info);
      this.made.add(tensor.dataId);
      return tensor;
    });
    hooks.replace(backend, 'write', original => (values, shape, dtype) => {
      const dataId = original.call(backend, values, shape, dtype);
      this.made.add(dataId);
      this.writtenIn.set(dataId, this.namedScopes());
      this.noteRate(dataId, values, shape);
      return dataId;
    });
    hooks.replace(backend, 'readSync', original => dataId => {
      if (!this.made.has(dataId)) this.noteHostRead();  // where it was computed, tensorDataSync says so
      return original.call(backend, dataId);
    });
  }

  private watchEngine(): void {
    const {hooks, engine: {methods}} = this;
    hooks.replace(methods, 'runKernel', original => (...args) => this.runKernel(original.bind(methods), args));
    hooks.replace(methods, 'makeVariable', original => (...args) => {
      const variable = original.apply(methods, args) as Variable;
      this.made.delete(variable.dataId);
      this.variableOf.set(variable.dataId, variable);
      this.startVariables.set(variable, variable.dataId);
      this.makesVariables = true;
      return variable;
    });
    hooks.replace(methods, 'startScope', original => (name) => {
      this.scopes.push(typeof name === 'string' ? name : '');
      return original.call(methods, name);
    });
    hooks.replace(methods, 'endScope', original => (result) => {
      this.scopes.pop();
      return original.call(methods, result);
    });
  }

  private watchOptimizers(): void {
    const {hooks} = this;
    const see = (optimizer: OpenOptimizer) => this.see(optimizer);
    const base = openOptimizer(tf.Optimizer.prototype);
    for (const method of ['minimize', 'incrementIterations'] as const) {
      hooks.replace(base as {[name: string]: unknown}, method, original => function(this: OpenOptimizer, ...args: unknown[]) {
        see(this);
        const before = isCounting;
        isCounting = method === 'incrementIterations';
        try {
          return (original as (...args: unknown[]) => unknown).apply(this, args);
        } finally {
          isCounting = before;
        }
      });
    }
    const apply = (optimizer: OpenOptimizer, run: () => void) => this.applyGradients(optimizer, run);
    for (const {prototype} of knownClasses) {
      if (!Object.hasOwn(prototype, 'applyGradients')) continue;
      hooks.replace(prototype as OpenOptimizer, 'applyGradients', original => function(this: OpenOptimizer, gradients) {
        apply(this, () => original.call(this, gradients));
      });
    }
  }

  /** Numbers that f may decide by, and that are others at a later call. */
  private watchOutsideNumbers(): void {
    const {hooks} = this;
    const doubt = (what: string) => {
      this.doubt ??= what;
    };
    hooks.replace(Math, 'random', original => () => {
      doubt('it draws random numbers in JavaScript (Math.random)');
      return original();
    });
    const counter = Object.getOwnPropertyDescriptor(tf.Optimizer.prototype, 'iterations');
    if (!counter?.get) return;
    const read = counter.get;
    hooks.redefine(tf.Optimizer.prototype, 'iterations', {
      ...counter,
      get: function(this: tf.Optimizer) {
        if (!isCounting) doubt("it reads an optimizer's iterations");
        return read.call(this) as number;
      },
    });
  }

  private recordingBinding(binding: GraphBinding): GraphBinding {
    const recording: Partial<GraphBinding> = {
      executeOp: (name, attributes, inputs, outputs) => {
        const infos = binding.executeOp(name, attributes, inputs, outputs);
        this.noteOperation(name, attributes, inputs, infos);
        return infos;
      },
      createTensor: (shape, dtype, data) => {
        const id = binding.createTensor(shape, dtype, data);
        if (!Array.isArray(data)) this.values.set(id, this.constant(shape, dtype, data as ArrayBufferView));
        return id;
      },
      deleteTensor: (id) => {
        const value = this.values.get(id);
        const isOutside = value?.kind === 'fed' && value.leaf.kind !== 'variable' && value.leaf.kind !== 'learningRate';
        if (isOutside) this.refuse('it disposes of a tensor made outside');
        binding.deleteTensor(id);
      },
      tensorDataSync: (id) => {
        if (this.values.get(id)?.kind !== 'constant') this.noteHostRead();
        return binding.tensorDataSync(id);
      },
      runSavedModel: (...args) => {
        this.refuse('it runs a SavedModel');
        return binding.runSavedModel(...args);
      },
    };
    return Object.create(binding, Object.getOwnPropertyDescriptors(recording)) as GraphBinding;
  }

  private constant(shape: number[], dtype: number, {buffer, byteOffset, byteLength}: ArrayBufferView): Constant {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    return {kind: 'constant', shape: [...shape], dtype, bytes, scopes: this.namedScopes()};
  }

  private namedScopes(): string[] {
    const named = this.scopes.filter(name => name !== '');
    return named.map(name => name.endsWith(scopeSuffix) ? name.slice(0, -scopeSuffix.length) : name);
  }

  private noteOperation(name: string, attributes: NodeAttribute[], ids: number[], infos: OutputInfo[]): void {
    const operation = this.operations.length;
    const inputs = ids.map(id => this.values.get(id));
    if (inputs.includes(undefined)) this.refuse(`${name} works on a tensor that cannot be followed`);
    if (drawsNumbers.test(name)) this.refuse(`${name} draws random numbers`);
    if (infos.length === 0) this.refuse(`${name} has an effect outside TensorFlow's tensors`);
    const {TF_RESOURCE, TF_STRING} = this.backend.binding;
    if (infos.some(({dtype}) => dtype === TF_RESOURCE || dtype === TF_STRING)) this.refuse(`${name} returns no numbers`);
    this.operations.push({
      name, inputs: inputs as Value[], shapes: infos.map(({shape}) => [...shape]), scopes: this.namedScopes(),
      attributes: attributes.map(attribute => ({...attribute, value: structuredClone(attribute.value)})),
    });
    infos.forEach(({id}, output) => this.values.set(id, {kind: 'output', operation, output}));
  }

  private inputIds(original: (tensors: readonly Tensor[]) => number[], tensors: readonly Tensor[]): number[] {
    const ids = original(tensors);
    tensors.forEach((tensor, i) => {
      const {dataId} = tensor;
      if (dataId === undefined) return;  // a 64-bit number, which tfjs-node makes again each time
      if (this.made.has(dataId)) {
        const rate = this.rateOf.get(dataId);
        const value = this.values.get(ids[i]!);
        if (rate) this.values.set(ids[i]!, this.fed(rate, dataId));
        else if (value?.kind === 'constant') value.scopes = this.writtenIn.get(dataId) ?? value.scopes;
      } else if (this.values.get(ids[i]!)?.kind !== 'fed') {
        this.values.set(ids[i]!, this.fed(this.leafOf(tensor), dataId));
      }
    });
    return ids;
  }

  private fed(leaf: Leaf, dataId: object): Fed {
    const {shape, dtype} = this.backend.tensorMap.get(dataId);
    return {kind: 'fed', leaf, shape: [...shape], dtype};
  }

  private leafOf(tensor: Tensor): Leaf {
    const index = this.argumentOf.get(tensor.dataId);
    if (index !== undefined) return {kind: 'argument', index};
    const variable = this.variableOf.get(tensor.dataId);
    if (variable) return {kind: 'variable', variable};
    return {kind: 'tensor', tensor: this.outside.get(tensor.dataId) ?? tensor};
  }

  /** The value of a tensor that the step returned or assigned. */
  private valueOfTensor(tensor: Tensor): Value | null {
    const {backend} = this;
    if (!backend.tensorMap.has(tensor.dataId)) return null;
    this.watchBackend();
    let ids: number[];
    try {
      ids = backend.getInputTensorIds([tensor]);
    } finally {
      this.hooks.release();
    }
    const {shape} = backend.tensorMap.get(tensor.dataId);
    if (`${shape}` !== `${tensor.shape}`) this.refuse('it returns a tensor whose shape tfjs-node does not know');
    return this.values.get(ids[0]!) ?? null;
  }

  /** A tensor that was made in the step and is still there belongs to its results or its variables. */
  private checkWhatIsLeft(outputs: readonly Tensor[]): void {
    const expected = new Set<object>(outputs.map(({dataId}) => dataId));
    for (const variable of Object.values(this.engine.registeredVariables)) expected.add(variable.dataId);
    for (const dataId of this.made) {
      if (!expected.has(dataId) && this.backend.tensorMap.has(dataId)) this.refuse('it keeps a tensor that it makes');
    }
    for (const [variable] of this.startVariables) {
      if (variable.isDisposed) this.refuse(`it disposes of the variable ${variable.name}`);
    }
    for (const [optimizer, before] of this.rulesBefore) {
      if (!sameState(before, rules(optimizer))) this.refuse('it changes numbers of an optimizer');
    }
  }

  /** Tensors that a seen optimizer keeps in a field are looked up there at each call. */
  private resolveFields(): void {
    for (const value of this.values.values()) {
      if (value.kind !== 'fed' || value.leaf.kind !== 'tensor') continue;
      const found = fieldOf(value.leaf.tensor, this.optimizers.keys());
      if (found) value.leaf = {kind: 'field', ...found};
    }
  }

  private runKernel(original: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    const [name, inputs] = args as [string, {[name: string]: unknown} | undefined];
    for (const tensor of Object.values(inputs ?? {}).flat()) {
      if (!(tensor instanceof tf.Tensor)) continue;
      if (tensor.isDisposed) {
        throw new Error(`graphFunction: ${name} was given ${nameOf(tensor)}, which has been disposed. ` +
            'Keep the tensors that a step uses as long as it is called, or pass them as arguments.');
      }
      if (!this.made.has(tensor.dataId) && !this.outside.has(tensor.dataId)) this.outside.set(tensor.dataId, tensor);
    }
    this.kernels.push(name);
    try {
      return original(...args);
    } finally {
      this.kernels.pop();
    }
  }

  private noteHostRead(): void {
    if (readsToCheck.has(this.kernels.at(-1) ?? '')) return;
    const last = this.operations.at(-1);
    const where = last ? `after ${last.name}` : 'before its first op';
    this.refuse(`JavaScript reads a tensor's values in the middle (dataSync or data, ${where})`);
  }

  private applyGradients(optimizer: OpenOptimizer, run: () => void): void {
    this.see(optimizer);
    const hooks = new Hooks();
    if (readsRateNumber(optimizer)) {
      hooks.watch(optimizer, 'learningRate', {read: value => {
        this.rate = {optimizer, value: value as number};
      }});
    }
    try {
      run();
    } finally {
      hooks.release();
      this.rate = null;
    }
  }

  /** The constant that the optimizer makes of the learning rate that it has just read. */
  private noteRate(dataId: object, values: ArrayBufferView, shape: number[]): void {
    if (!this.rate || shape.length > 0) return;
    const {optimizer, value} = this.rate;
    const sign = [-1, 1].find(factor => Object.is(Math.fround(factor * value), (values as Float32Array)[0]));
    if (sign === undefined) return;
    this.rateOf.set(dataId, {kind: 'learningRate', optimizer, sign});
    this.rate = null;
  }
}

/** The numbers and switches of an optimizer. */
function rules(optimizer: OpenOptimizer): unknown[] {
  const {learningRate} = optimizer;
  return [learningRate, ...stateOf(optimizer).filter(value => typeof value === 'number' || typeof value === 'boolean')];
}

function count(optimizer: OpenOptimizer): number {
  return (optimizer.iterations_ as number | undefined) ?? 0;
}

/** How an error names a tensor. */
function nameOf(tensor: Tensor): string {
  const kind = tensor instanceof tf.Variable ? `the variable '${tensor.name}'` : `tensor ${tensor.id}`;
  return `${kind} (${tensor.dtype} [${tensor.shape}])`;
}
