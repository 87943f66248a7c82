/**
 * The binary version of CIFAR-10: in each file one record after the other, a byte for the label and 3072 for the
 * picture: 1024 red values row by row, then the green ones, then the blue ones.
 */

/** Height and width of a picture. */
export const SIDE = 32;
export const CHANNELS = 3;
export const CLASSES = 10;
/** Bytes of a picture. */
export const PICTURE = CHANNELS * SIDE * SIDE;
/** Bytes of a record. */
export const RECORD = 1 + PICTURE;
/** Records in each file of the original. */
export const ORIGINAL_COUNT = 10_000;

export const TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
export const TEST_FILE = 'test_batch.bin';
export const NAMES_FILE = 'batches.meta.txt';

/** Pictures and their classes; picture i is the bytes from i * {@link PICTURE} on. */
export interface Records {
  labels: Uint8Array;
  pictures: Uint8Array;
}

/**
 * Reads a file of records.
 *
 * @param name the file's name, for error messages
 * @throws If it is not made of whole records, or a label is no class.
 */
export function parseRecords(bytes: Uint8Array, name: string): Records {
  if (bytes.length === 0 || bytes.length % RECORD !== 0) {
    throw new Error(`${name}: a CIFAR-10 file consists of records of ${RECORD} bytes (the original has ` +
        `${ORIGINAL_COUNT * RECORD} bytes). Got ${bytes.length} bytes: it is cut short, or another file.`);
  }
  const count = bytes.length / RECORD;
  const records = {labels: new Uint8Array(count), pictures: new Uint8Array(count * PICTURE)};
  for (let i = 0; i < count; i++) {
    const label = bytes[i * RECORD]!;
    if (label >= CLASSES) {
      throw new Error(`${name}: the label of picture ${i} must be from 0 to ${CLASSES - 1}. Got ${label}: it is ` +
          'damaged, or another file (CIFAR-100 has records of another form).');
    }
    records.labels[i] = label;
    records.pictures.set(bytes.subarray(i * RECORD + 1, (i + 1) * RECORD), i * PICTURE);
  }
  return records;
}

/** The names of the classes, one a line. */
export function parseNames(text: string, name: string): string[] {
  const names = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (names.length !== CLASSES) {
    throw new Error(`${name}: expected the names of ${CLASSES} classes, one a line. Got ${names.length}.`);
  }
  return names;
}
