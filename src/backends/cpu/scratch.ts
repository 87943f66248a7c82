const buffers = new Map<string, Float32Array>();

/** Memory that lives on from call to call, at least `size` numbers, of any content; one buffer for each use. */
export function scratch(use: string, size: number): Float32Array {
  let buffer = buffers.get(use);
  if (buffer === undefined || buffer.length < size) {
    buffer = new Float32Array(size);
    buffers.set(use, buffer);
  }
  return buffer;
}

/** What all of it takes, in bytes; tf.memory does not count it. */
export function scratchBytes(): number {
  return [...buffers.values()].reduce((sum, buffer) => sum + buffer.byteLength, 0);
}
