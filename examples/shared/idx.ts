/** What an IDX file holds: unsigned bytes, row by row. */
export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

const UNSIGNED_BYTES = 0x08;

/**
 * Reads the IDX format of the MNIST files: two zero bytes, the type, the rank, each size as a big-endian 32-bit number,
 * then the values.
 *
 * @param name the file's name, for error messages
 * @throws If the header is another, the values are no bytes, or there are more or fewer of them than the sizes say.
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw new Error(`${name} is not an IDX file: it must begin with 0 0.`);
  if (bytes[2] !== UNSIGNED_BYTES) {
    throw new Error(`${name}: expected unsigned bytes (type 8). Got type ${bytes[2]}.`);
  }
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new Error(`${name} ends inside its header: download it again.`);
  const shape = Array.from({length: rank}, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, n) => product * n, 1);
  if (bytes.length - start !== size) {
    throw new Error(`${name}: the sizes [${shape}] ask for ${size} bytes. Got ${bytes.length - start}: ` +
        'the file is damaged, get it again.');
  }
  return {shape, data: bytes.subarray(start)};
}
