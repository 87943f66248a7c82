import * as tf from '@tensorflow/tfjs-core';

/** How often an op of TensorFlow ran, and for how many milliseconds in all. */
export interface OpTime {
  op: string;
  count: number;
  ms: number;
}

type Execute = (op: string, ...rest: unknown[]) => unknown;

/**
 * Every op of TensorFlow that tfjs-node runs during `f`, the longest first, whether tfjs's kernels or our own ask for
 * it; tf.profile sees only the former. tfjs-node runs each op to its end before it returns.
 */
export async function meterOps(f: () => unknown): Promise<OpTime[]> {
  const backend = tf.backend() as unknown as {binding: {executeOp: Execute}};
  const {binding} = backend;
  const times = new Map<string, OpTime>();
  const executeOp: Execute = (op, ...rest) => {
    const start = performance.now();
    const result = binding.executeOp(op, ...rest);
    const time = times.get(op) ?? {op, count: 0, ms: 0};
    times.set(op, time);
    time.count++;
    time.ms += performance.now() - start;
    return result;
  };
  backend.binding = Object.create(binding, {executeOp: {value: executeOp}}) as typeof binding;
  try {
    await f();
  } finally {
    backend.binding = binding;
  }
  return [...times.values()].sort((a, b) => b.ms - a.ms);
}
