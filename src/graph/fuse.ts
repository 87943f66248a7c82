import * as tf from '@tensorflow/tfjs-core';

import type {GraphBackend, OpAttribute} from '../tfjs_private';
import {chained, hasChains} from './chains';
import {withoutUnused} from './compare';
import {fusionFlag} from './flags';
import type {Operation, OperationOutput, Recording, Value} from './types';

const PLAIN_RELU = [0, 0, Infinity];

/**
 * The same step in fewer passes over memory. Each rule below computes the same numbers, bit for bit.
 */
export function fused(recording: Recording, backend: GraphBackend): Recording {
  if (!fusionFlag.read() || !hasGraphOps(backend)) return recording;
  return chained(withoutUnused(new Fusion(recording).run()), backend);
}

const found = new WeakMap<object, boolean>();

/** Whether TensorFlow has the ops of `native/graph.cc` and `chain.cc`: `setup-node` compiles them into tfjs-node's addon. */
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
  private readonly operations: Operation[];
  private outputs: Value[];
  private assigned: Recording['assigned'];

  constructor(private readonly recording: Recording) {
    this.operations = recording.operations.map(operation => ({...operation, inputs: [...operation.inputs]}));
    this.outputs = [...recording.outputs];
    this.assigned = recording.assigned.map(entry => ({...entry}));
  }

  run(): Recording {
    this.operations.forEach((_, i) => this.rectifyBeforeScatter(i));
    this.operations.forEach((_, i) => this.rectifyByResult(i));
    this.operations.forEach((_, i) => this.rectifyInBias(i));
    for (const operation of this.operations) this.renamePlainRelu(operation);
    return {...this.recording, operations: this.operations, outputs: this.outputs, assigned: this.assigned};
  }

  /**
   * relu's gradient after max pooling's is taken before it, on the smaller tensor: where an entry x is its window's
   * maximum, x > 0 and maximum > 0 are the same, and the others get nothing either way.
   */
  private rectifyBeforeScatter(at: number): void {
    const grad = this.operations[at]!;
    if (!this.isPlain(grad, 'ExplicitReluGrad')) return;
    const [scattered, z] = grad.inputs as [Value, Value];
    const scatter = this.maker(scattered, 'ExplicitMaxPoolScatter');
    if (!scatter || this.readers(scattered) !== 1) return;
    const [dout, x, out] = scatter.inputs as [Value, Value, Value];
    const relu = this.maker(x, 'ExplicitRelu');
    const pool = this.maker(out, 'ExplicitMaxPool');
    if (!relu || !pool || !this.isPlain(relu, 'ExplicitRelu') || !same(relu.inputs[0]!, z) || !same(pool.inputs[0]!, x)) return;
    // The two change places: the gradient's node becomes the scatter, which all its readers go on reading.
    const scatterAt = (scattered as OperationOutput).operation;
    this.operations[scatterAt] = {...grad, inputs: [dout, out], shapes: [pool.shapes[0]!]};
    this.operations[at] = {...scatter, inputs: [{kind: 'output', operation: scatterAt, output: 0}, x, out]};
  }

  /** relu's gradient asks whether its result is positive instead of what it was given, which is then free to go. */
  private rectifyByResult(at: number): void {
    const relu = this.operations[at]!;
    if (!this.isPlain(relu, 'ExplicitRelu')) return;
    const result: Value = {kind: 'output', operation: at, output: 0};
    this.operations.forEach((grad, i) => {
      if (i > at && this.isPlain(grad, 'ExplicitReluGrad') && same(grad.inputs[1]!, relu.inputs[0]!)) grad.inputs[1] = result;
    });
  }

  /** A convolution of ours, and a bias of ours, rectify in the same pass; the last of their `sizes` says so. */
  private rectifyInBias(at: number): void {
    const relu = this.operations[at]!;
    if (!this.isPlain(relu, 'ExplicitRelu')) return;
    const [z] = relu.inputs as [Value];
    const maker = this.maker(z, 'ExplicitConv') ?? this.maker(z, 'ExplicitAddBias');
    if (!maker || this.readers(z) !== 1 || sizesOf(maker)?.at(-1) !== 0) return;
    maker.attributes = maker.attributes.map(attribute =>
      attribute.name === 'sizes' ? {...attribute, value: [...(attribute.value as number[]).slice(0, -1), 1]} : attribute);
    this.replace({kind: 'output', operation: at, output: 0}, z);
  }

  /** Into the place of what they read, where that is of no more use. */
  private renamePlainRelu(operation: Operation): void {
    const name = this.isPlain(operation, 'ExplicitRelu') ? 'ExplicitRectify' :
        this.isPlain(operation, 'ExplicitReluGrad') ? 'ExplicitRectifyGrad' : null;
    if (name) Object.assign(operation, {name, attributes: []});
  }

  private isPlain({name, attributes}: Operation, op: string): boolean {
    const numbers = attributes.find(attribute => attribute.name === 'numbers')?.value as number[] | undefined;
    return name === op && numbers !== undefined && PLAIN_RELU.every((value, i) => Object.is(numbers[i], value));
  }

  private maker(value: Value, op: string): Operation | null {
    const operation = value.kind === 'output' && value.output === 0 ? this.operations[value.operation]! : null;
    return operation?.name === op ? operation : null;
  }

  /** How many inputs and results are this value, from operations that are needed. */
  private readers(value: Value): number {
    const all = [...this.operations.flatMap(({inputs}) => inputs), ...this.outputs, ...this.assigned.map(entry => entry.value)];
    return all.filter(other => same(other, value)).length;
  }

  private replace(old: Value, value: Value): void {
    for (const operation of this.operations) operation.inputs = operation.inputs.map(input => same(input, old) ? value : input);
    this.outputs = this.outputs.map(output => same(output, old) ? value : output);
    for (const entry of this.assigned) if (same(entry.value, old)) entry.value = value;
  }
}

function sizesOf({attributes}: Operation): number[] | undefined {
  return attributes.find((attribute: OpAttribute) => attribute.name === 'sizes')?.value as number[] | undefined;
}

function same(a: Value, b: Value): boolean {
  return a === b || (a.kind === 'output' && b.kind === 'output' && a.operation === b.operation && a.output === b.output);
}
