import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Variable} from '@tensorflow/tfjs-core';

import type {Layer} from '../../layers/parts';
import {show} from '../../validate';

/**
 * What gradCheck takes: any function of tensors, a layer or a model. `layer.apply` of tfjs may return symbolic tensors by
 * its type; what a function did return is checked when it runs.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function of any tensors, x => f(x) included
export type Checkable = ((...inputs: any[]) => ReturnType<Layer['apply']>) | Layer;

/** What gradCheck takes as inputs: the function's arguments, or one object of tensors where that is its argument. */
export type CheckInputs = Tensor | Tensor[] | {[name: string]: Tensor | null};

/** One tensor that the value depends on. */
export interface Place {
  name: string;
  shape: number[];
  /** False for tensors that are not float32: classes, indices. */
  differentiable: boolean;
  values: Float32Array | Int32Array | Uint8Array;
}

/** A function at a point: where it stands, and how to call it there or near by. */
export interface Subject {
  places: Place[];
  /** The tensors that {@link call} is to be given, with these values. */
  bind: (values: Array<Place['values']>) => Tensor[];
  /** The value; differentiable by the tensors. */
  call: (tensors: Tensor[]) => Tensor[];
  /** Frees what {@link bind} made. */
  release: (tensors: Tensor[]) => void;
  /** Puts back what the calls may have changed, and frees what was kept for it. */
  restore: () => void;
}

export async function makeSubject(f: Checkable, inputs: CheckInputs, training: boolean): Promise<Subject> {
  const given = namedInputs(inputs);
  const places: Place[] = [];
  for (const {name, tensor} of given.tensors) {
    places.push({
      name, shape: tensor.shape, differentiable: tensor.dtype === 'float32',
      values: await tensor.data() as Place['values'],
    });
  }
  const dtypes = given.tensors.map(({tensor}) => tensor.dtype);
  const free = (values: Array<Place['values']>): Tensor[] => dtypes.map((dtype, i) =>
      tf.tensor(values[i]! as Float32Array, places[i]!.shape, dtype as 'float32'));
  if (isLayer(f)) return layerSubject(f, places, free, training);
  if (typeof f !== 'function') {
    throw new Error(`gradCheck: f must be a function of tensors, a layer or a model. Got ${show(f)}. ` +
        'Pass one of these, such as (x) => ops.relu(x).');
  }
  return {
    places, bind: free, restore: () => undefined,
    call: tensors => asList(f(...given.toArguments(tensors)), f.name || 'f'),
    release: tensors => tf.dispose(tensors),
  };
}

/** A layer depends on its weights as on its inputs: they are the variables themselves, set for every call. */
async function layerSubject(
    layer: Layer, inputs: Place[], free: (values: Array<Place['values']>) => Tensor[],
    training: boolean): Promise<Subject> {
  const apply = (tensors: Tensor[], training: boolean): Tensor[] => {
    const x = tensors.slice(0, inputs.length);
    return asList(layer.apply(x.length === 1 ? x[0]! : x, {training}), layer.name);
  };
  if (!layer.built) {
    const first = free(inputs.map(place => place.values));
    tf.tidy(() => { apply(first, false); });
    tf.dispose(first);
  }
  const weights = layer.trainableWeights.map(weight => ({name: weight.name, variable: weight.read() as Variable}));
  const places = [...inputs];
  for (const {name, variable} of weights) {
    places.push({name, shape: variable.shape, differentiable: true, values: await variable.data() as Float32Array});
  }
  const saved = layer.weights.map(weight => ({weight, value: tf.clone(weight.read())}));
  return {
    places,
    call: tensors => apply(tensors, training),
    bind: values => {
      weights.forEach(({variable}, i) => {
        tf.tidy(() => variable.assign(tf.tensor(values[inputs.length + i]! as Float32Array, variable.shape)));
      });
      return [...free(values), ...weights.map(({variable}) => variable)];
    },
    release: tensors => tf.dispose(tensors.slice(0, inputs.length)),
    restore: () => {
      for (const {weight, value} of saved) {
        weight.write(value);
        value.dispose();
      }
    },
  };
}

/** By what it can do: a program may have its layers from another copy of tfjs-layers. */
function isLayer(f: unknown): f is Layer {
  return typeof f === 'object' && f !== null && 'trainableWeights' in f && 'apply' in f;
}

interface NamedInputs {
  tensors: Array<{name: string, tensor: Tensor}>;
  /** The function's arguments, from tensors in the order of `tensors`. */
  toArguments: (tensors: Tensor[]) => Array<Tensor | {[name: string]: Tensor | null}>;
}

function namedInputs(inputs: CheckInputs): NamedInputs {
  const list = inputs instanceof tf.Tensor ? [inputs] : inputs;
  const given: Array<[name: string, tensor: unknown]> = inputs instanceof tf.Tensor ? [['x', inputs]] :
      Array.isArray(list) ? list.map((tensor, i) => [`inputs[${i}]`, tensor]) :
      isPlainObject(list) ? Object.entries(list).filter(([, tensor]) => tensor != null) : [];
  if (given.length === 0) {
    throw new Error('gradCheck: inputs must be a tensor, an array of tensors or an object of tensors. ' +
        `Got ${show(inputs)}. Pass what f is to be called with.`);
  }
  return {
    tensors: given.map(([name, tensor]) => ({name, tensor: checked(name, tensor)})),
    toArguments: tensors => (Array.isArray(list) ? tensors :
      [{...list, ...Object.fromEntries(given.map(([name], i) => [name, tensors[i]!]))}]),
  };
}

function isPlainObject(value: unknown): value is {[name: string]: unknown} {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checked(name: string, tensor: unknown): Tensor {
  if (!(tensor instanceof tf.Tensor)) {
    throw new Error(`gradCheck: ${name} must be a tensor. Got ${show(tensor)}. Make one of it with tf.tensor.`);
  }
  return tensor;
}

function asList(value: ReturnType<Layer['apply']>, name: string): Tensor[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const tensor of list) {
    if (!(tensor instanceof tf.Tensor)) {
      throw new Error(`gradCheck: ${name} must return a tensor or an array of tensors. Got ${show(tensor)}. ` +
          'Return what is to be differentiated.');
    }
  }
  return list as Tensor[];
}
