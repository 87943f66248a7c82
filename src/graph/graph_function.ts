import type {Tensor} from '@tensorflow/tfjs-core';

import {reportOf} from './report';
import {StepFunction} from './step_function';
import type {GraphReport} from './types';

/** What a step may return: nothing, a tensor, or lists and records of them. */
export type StepResult =
    // A function without a return statement is a step too.
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
    Tensor | null | undefined | void | readonly StepResult[] | {readonly [name: string]: StepResult};

/** A function that runs as a graph once it has been recorded. */
export interface GraphFunction<A extends unknown[], R> {
  (...args: A): R;
  /** How each signature runs, and why. */
  report(): GraphReport;
  /** Gives back the graphs; a later call records again. */
  dispose(): void;
}

/**
 * What `tf.function` is in Python: a function that tfjs-node records and then runs as one TensorFlow graph.
 *
 * For each signature, the shapes and dtypes of the tensors and the other arguments, `f` runs op by op twice and is
 * recorded. Where both recordings are the same, op for op, attribute for attribute and number for number, later calls
 * run the graph, and `f` itself is not called any more. Else it stays as it is, and `report()` says why. Variables that
 * `f` reads or assigns, tensors that it closes over and learning rates are read at each call; a number that it
 * closes over is not: pass it as an argument. On other backends than tfjs-node's, `f` always runs op by op.
 *
 * @param f A function of tensors, and of lists and records of them; other arguments belong to the signature. It returns
 *     a tensor, a list or a record of tensors, or nothing, may assign variables, call `tf.grads` and
 *     `optimizer.minimize`, and is not async.
 * @returns A function with the same arguments. What it returns belongs to the caller.
 * @throws When it is called, what `f` throws; if `f` returns a promise or something that is not a tensor; if it uses a
 *     tensor that has been disposed.
 *
 * ```js
 * const w = tf.variable(tf.ones([2]));
 * const optimizer = tf.train.adam(0.01);
 * const step = graphFunction((x, y) => optimizer.minimize(() => tf.losses.meanSquaredError(y, tf.mul(x, w)), true, [w]));
 * for (let i = 0; i < 5; ++i) step(tf.ones([4, 2]), tf.zeros([4, 2])).print();
 * console.log(`${step.report()}`);
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- arguments of a step that does not name their types
export function graphFunction<A extends unknown[] = any[], R extends StepResult = StepResult>(
    f: (...args: A) => R): GraphFunction<A, R> {
  if (typeof f !== 'function') {
    throw new Error(`graphFunction: expected a function of tensors. Got ${f === null ? 'null' : typeof f}. Pass one, ` +
        'such as (x) => tf.square(x).');
  }
  if (f.constructor.name === 'AsyncFunction') {
    throw new Error(`graphFunction: ${f.name || 'the function'} is async. A step must be a plain function: ` +
        'await what it needs before the call, and read its results after it.');
  }
  const step = new StepFunction(f.name || 'function');
  const call = (...args: A): R => step.call(f as (...given: unknown[]) => unknown, args) as R;
  return Object.assign(call, {report: () => reportOf(step.steps()), dispose: () => step.dispose()});
}
