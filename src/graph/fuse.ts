import * as tf from '@tensorflow/tfjs-core';

import {registerFlag} from '../flags';
import type {GraphBackend, NodeAttribute} from '../tfjs_private';
import {chained, hasChains} from './chains';
import {valuesOf, withoutUnused, withValues} from './recording';
import type {Operation, OperationOutput, Recording, Value} from './types';

/** Whether several ops of a graph may become one of ours, with the same result. */
const fusionFlag = registerFlag<boolean>('EXPLICIT_LAYERS_GRAPH_FUSION', () => true);

/**
 * The same step in fewer passes over memory. Each rule below computes the same numbers, bit for bit.
 */
export function fused(recording: Recording, backend: GraphBackend): Recording {
  if (!fusionFlag.read() || !hasGraphOps(backend)) return recording;
  return chained(withoutUnused(new Fusion(recording).run()), backend);
}

const found = new WeakMap<object, boolean>();

/** Whether TensorFlow has the ops of `native/` that graphs alone use: `setup-node` compiles them into tfjs-node's addon. */
function hasGraphOps(backend: GraphBackend): boolean {
  let has = found.get(backend);
  if (has === undefined) {
    has = tf.tidy(() => {
      try {
        return hasChains(backend, tf.ones([1]));
      } catch {
        return false;
      }
    });
    found.set(backend, has);
  }
  return has;
}

class Fusion {
  private recording: Recording;

  constructor(recording: Recording) {
    this.recording = withValues(recording, value => value);
  }

  private get operations(): Operation[] {
    return this.recording.operations;
  }

  run(): Recording {
    this.operations.forEach((_, i) => this.rectifyBeforeScatter(i));
    this.operations.forEach((_, i) => this.rectifyByResult(i));
    this.operations.forEach((_, i) => this.rectifyInBias(i));
    this.operations.forEach((_, i) => this.rectifyInNorm(i));
    return this.recording;
  }

  /**
   * relu's gradient after max pooling's is taken before it, on the smaller tensor: where an entry x is its window's
   * maximum, x > 0 and maximum > 0 are the same (and so below a cap), and the others get nothing either way.
   */
  private rectifyBeforeScatter(at: number): void {
    const grad = this.operations[at]!;
    const cap = capOf(grad, 'ExplicitReluGrad');
    if (cap === null) return;
    const [scattered, z] = grad.inputs as [Value, Value];
    const scatter = this.maker(scattered, 'ExplicitMaxPoolScatter');
    if (!scatter || this.readers(scattered) !== 1) return;
    const [dout, x, out] = scatter.inputs as [Value, Value, Value];
    const relu = this.maker(x, 'ExplicitRelu');
    const pool = this.maker(out, 'ExplicitMaxPool');
    if (!relu || !pool || capOf(relu, 'ExplicitRelu') !== cap) return;
    if (!same(relu.inputs[0]!, z) || !same(pool.inputs[0]!, x)) return;
    // The two change places: the gradient's node becomes the scatter, which all its readers go on reading.
    const scatterAt = (scattered as OperationOutput).operation;
    this.operations[scatterAt] = {...grad, inputs: [dout, out], shapes: [pool.shapes[0]!]};
    this.operations[at] = {...scatter, inputs: [{kind: 'output', operation: scatterAt, output: 0}, x, out]};
  }

  /** relu's gradient asks where its result is instead of what it was given, which is then free to go. */
  private rectifyByResult(at: number): void {
    const relu = this.operations[at]!;
    const cap = capOf(relu, 'ExplicitRelu');
    if (cap === null) return;
    const result: Value = {kind: 'output', operation: at, output: 0};
    this.operations.forEach((grad, i) => {
      if (i > at && capOf(grad, 'ExplicitReluGrad') === cap && same(grad.inputs[1]!, relu.inputs[0]!)) grad.inputs[1] = result;
    });
  }

  /** A convolution of ours, and a bias of ours, rectify in the same pass; the last of their `sizes` says so. */
  private rectifyInBias(at: number): void {
    const relu = this.operations[at]!;
    if (capOf(relu, 'ExplicitRelu') !== Infinity) return;
    const [z] = relu.inputs as [Value];
    const maker = this.maker(z, 'ExplicitConv') ?? this.maker(z, 'ExplicitAddBias');
    if (!maker || this.readers(z) !== 1 || sizesOf(maker)?.at(-1) !== 0) return;
    setLast(maker, 'sizes', [1]);
    this.replace({kind: 'output', operation: at, output: 0}, z);
  }

  /** A batch norm of ours rectifies in the same pass: the last of its `numbers` are bounds. */
  private rectifyInNorm(at: number): void {
    const relu = this.operations[at]!;
    const cap = capOf(relu, 'ExplicitRelu');
    if (cap === null) return;
    const [z] = relu.inputs as [Value];
    const inRows = this.maker(z, 'Reshape')?.inputs[0] ?? z;
    const maker = this.maker(inRows, 'ExplicitBatchNorm') ?? this.maker(inRows, 'ExplicitBatchNormInference');
    if (!maker || this.readers(z) !== 1 || this.readers(inRows) !== 1 || numbersOf(maker)?.at(-1) !== Infinity) return;
    setLast(maker, 'numbers', [0, cap]);
    this.replace({kind: 'output', operation: at, output: 0}, z);
  }

  private maker(value: Value, op: string): Operation | null {
    const operation = value.kind === 'output' && value.output === 0 ? this.operations[value.operation]! : null;
    return operation?.name === op ? operation : null;
  }

  /** How many inputs and results are this value, from operations that are needed. */
  private readers(value: Value): number {
    return valuesOf(this.recording).filter(other => same(other, value)).length;
  }

  private replace(old: Value, value: Value): void {
    this.recording = withValues(this.recording, other => same(other, old) ? value : other);
  }
}

/** Infinity for a plain relu, 6 for relu6; null where it has a slope or a threshold, or is no relu. */
function capOf(operation: Operation, op: 'ExplicitRelu' | 'ExplicitReluGrad'): number | null {
  const [slope, threshold, cap] = numbersOf(operation) ?? [];
  return operation.name === op && Object.is(slope, 0) && Object.is(threshold, 0) && cap! > 0 ? cap! : null;
}

const sizesOf = (operation: Operation) => listOf(operation, 'sizes');
const numbersOf = (operation: Operation) => listOf(operation, 'numbers');

function listOf({attributes}: Operation, list: string): number[] | undefined {
  return attributes.find(({name}) => name === list)?.value as number[] | undefined;
}

function setLast(operation: Operation, list: string, values: number[]): void {
  operation.attributes = operation.attributes.map((attribute: NodeAttribute) => attribute.name !== list ? attribute :
    {...attribute, value: [...(attribute.value as number[]).slice(0, -values.length), ...values]});
}

function same(a: Value, b: Value): boolean {
  return a === b || (a.kind === 'output' && b.kind === 'output' && a.operation === b.operation && a.output === b.output);
}
