/** Calls every op of `native/` as it must not be called, and prints what each call came to, a line of JSON each. */
import '../../../src/node';
import * as tf from '@tensorflow/tfjs-node';

import {native} from '../../../src/backends/tensorflow/native_ops';
import {nativeOps} from './native_ops';
import type {NativeOp} from './native_ops';

/** One call: its op, what is wrong with it, the tensor that is, and the error's message; null where it was accepted. */
export interface Attempt {
  op: string;
  what: string;
  input: string | null;
  message: string | null;
}

function attempt(op: string, what: string, input: string | null, {inputs, sizes, numbers, counts, outputs}: NativeOp): void {
  process.stdout.write(`${JSON.stringify({about: `${op}, ${what}`})}\n`);  // who it was, should the process end now
  let message: string | null = null;
  try {
    tf.tidy(() => {
      const tensors = Object.values(inputs).map(({shape, dtype}) => tf.ones(shape, dtype));
      for (const out of native(op, tensors, {sizes, numbers, counts}, outputs)) out.dataSync();
      tensors.forEach(t => t.dataSync());
    });
  } catch (error) {
    message = (error as Error).message;
  }
  process.stdout.write(`${JSON.stringify({op, what, input, message} satisfies Attempt)}\n`);
}

const wrongSizes = [0, -1, -(2 ** 31), 2 ** 24 + 1, 2 ** 31 - 1];
const otherShapes: Array<[string, (shape: number[]) => number[]]> = [
  ['a scalar', () => []],
  ['empty', () => [0]],
  ['one rank more', shape => [...shape, 1]],
  ['one rank less', shape => [shape.slice(0, -1).reduce((a, b) => a * b, 1)]],
  ['nothing along its first axis', shape => [0, ...shape.slice(1)]],
  ['nothing along its last axis', shape => [...shape.slice(0, -1), 0]],
  ['more along its first axis', shape => [shape[0]! + 1, ...shape.slice(1)]],
  ['more along its last axis', shape => [...shape.slice(0, -1), shape.at(-1)! + 1]],
  ['less along its last axis', shape => [...shape.slice(0, -1), shape.at(-1)! - 1]],
];

tf.setBackend('tensorflow');
for (const [op, base] of Object.entries(nativeOps)) {
  attempt(op, 'as it should be', null, base);
  for (const list of ['sizes', 'numbers'] as const) {
    attempt(op, `one of ${list} more`, null, {...base, [list]: [...base[list], 1]});
    if (base[list].length === 0) continue;
    attempt(op, `one of ${list} less`, null, {...base, [list]: base[list].slice(1)});
    attempt(op, `no ${list}`, null, {...base, [list]: []});
  }
  for (const i of base.sizes.keys()) {
    for (const wrong of wrongSizes) {
      attempt(op, `size ${i} is ${wrong}`, null, {...base, sizes: base.sizes.map((size, at) => (at === i ? wrong : size))});
    }
  }
  for (const [name, {shape, dtype}] of Object.entries(base.inputs)) {
    const given = (input: {shape: number[], dtype: 'float32' | 'int32'}) =>
      ({...base, inputs: {...base.inputs, [name]: input}});
    // A scalar has no axis to change.
    const changes = shape.length === 0 ? otherShapes.filter(([what]) => /^(empty|one rank more)$/.test(what)) : otherShapes;
    for (const [what, change] of changes) attempt(op, `${name} has ${what}`, name, given({shape: change(shape), dtype}));
    attempt(op, `${name} of another type`, name, given({shape, dtype: dtype === 'int32' ? 'float32' : 'int32'}));
  }
}
process.stdout.write('{"done": true}\n');
