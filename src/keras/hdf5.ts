import type {Dataset, File, Group} from 'h5wasm';

import {textOf} from '../models/io/errors';
import {loadPackage} from './packages';

/** Values with their shape. */
export interface Values {
  shape: number[];
  data: Float32Array;
}

let count = 0;

/** Makes an HDF5 file in memory. */
export async function writeHdf5(op: string, fill: (file: File) => void): Promise<Uint8Array> {
  const {FS, open} = await start(op);
  const name = `written_${count++}.h5`;
  try {
    const file = open(name, 'w');
    try {
      fill(file);
    } finally {
      file.close();
    }
    return FS.readFile(name) as Uint8Array;
  } finally {
    if (FS.analyzePath(name, false).exists) FS.unlink(name);
  }
}

/** Opens an HDF5 file, and reads of it what is small; what stays for later is read before it is closed. */
export async function openHdf5<T>(
    op: string, label: string, bytes: Uint8Array, read: (file: File) => T): Promise<{found: T, close(): void}> {
  const {FS, open} = await start(op);
  const name = `read_${count++}.h5`;
  FS.writeFile(name, bytes);
  let file: File | null = null;
  const close = () => {
    file?.close();
    FS.unlink(name);
  };
  try {
    file = open(name, 'r');
    if (BigInt(file.file_id) < 0n || file.keys() === null) throw new Error('it cannot be opened');
    const opened = file;
    return {found: withMemory(bytes.length, () => read(opened)), close};
  } catch (error) {
    close();
    throw asFileError(label, error);
  }
}

/** Beside what a file, or what is read of it, calls for: HDF5's own buffers. */
const READING = 64 << 20;

/**
 * Runs f, which reads, and lets WebAssembly memory grow by no more than three times these bytes and some: the lengths of
 * texts are deep in a file, where a damaged one makes HDF5 ask for gigabytes. It takes a refusal for a full memory.
 */
function withMemory<T>(bytes: number, f: () => T): T {
  const prototype = WebAssembly.Memory.prototype;
  const {grow} = prototype;
  let left = 3 * bytes + READING;
  prototype.grow = function(this: WebAssembly.Memory, pages: number) {
    if (pages * 65536 > left) throw new RangeError('reading takes more memory than the file calls for');
    left -= pages * 65536;
    return grow.call(this, pages);
  };
  try {
    return f();
  } finally {
    prototype.grow = grow;
  }
}

/** What was thrown while a file was read, as an error that names the file. */
function asFileError(label: string, error: unknown): Error {
  return error instanceof KerasFileError ? error :
    damagedFile(`${label} is damaged, cut short or no HDF5 file: ${messageOf(error)}`, error);
}

/** An error that already says what is wrong with which file. */
export class KerasFileError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, {cause});
    this.name = 'Error';
  }
}

/** Such an error, of a file that is not as Keras wrote it. */
export function damagedFile(what: string, cause?: unknown): KerasFileError {
  return new KerasFileError(`${what}. Download or save it again.`, cause);
}

/** The group of this path; null where there is none. */
export function groupAt(parent: Group, path: string): Group | null {
  const found = pathExists(parent, path) ? parent.get(path) : null;
  return found && 'keys' in found && typeof found.keys === 'function' ? found : null;
}

function pathExists(parent: Group, path: string): boolean {
  let group: Group | null = parent;
  for (const part of path.split('/')) {
    if (!group || typeof group.keys !== 'function' || !group.keys().includes(part)) return false;
    group = group.get(part) as Group | null;
  }
  return group !== null;
}

/** Values in a file, not read yet. */
export interface StoredValues {
  path: string;
  shape: number[];
  /** What they take as float32. */
  bytes: number;
  read(): Float32Array;
}

/** How many values there are of this shape; one where there is no shape. */
function entriesOf(shape: readonly number[] | null): number {
  return (shape ?? []).reduce((product, axis) => product * axis, 1);
}

/** HDF5's numbers of its classes of types. */
const typeNames = ['whole numbers', 'floating-point numbers', 'times', 'text', 'bit fields', 'opaque bytes', 'compounds',
  'references', 'enumerated values', 'lists of varying length', 'arrays'];
/** Deflate makes at most that many bytes of one. */
const MOST_PACKED = 1032;

/**
 * The datasets of one file, with what they say of themselves compared with the size of the file before any is read.
 */
export class Datasets {
  private plain = 0;
  private packed = 0;

  constructor(private readonly label: string, private readonly fileBytes: number) {}

  /** @throws Naming the dataset: on other values than numbers, on more of them than the file can hold. */
  at(parent: Group, path: string): StoredValues | null {
    const found = pathExists(parent, path) ? parent.get(path) as Dataset : null;
    if (!found || !('metadata' in found)) return null;
    const where = `${this.label}: the dataset '${found.path ?? path}'`;
    const {shape, type, size, chunks, virtual_sources: sources} = found.metadata;
    if (type > 1 || (type === 1 && size !== 4 && size !== 8)) {
      const kind = type > 1 ? typeNames[type] ?? 'values of an unknown kind' : `floating-point numbers of ${size} bytes`;
      throw new KerasFileError(`${where} holds ${kind}, where weights are numbers (float32). Save the model again in Python.`);
    }
    if (!shape || sources) throw new KerasFileError(`${where} has no values of its own. Save the model again in Python.`);
    const count = entriesOf(shape);
    if (chunks) this.packed += count * size;
    else this.plain += count * size;
    if (!(this.plain <= this.fileBytes) || !(this.packed <= MOST_PACKED * this.fileBytes)) {
      throw damagedFile(`${where} declares ${count * size} bytes, more than the ${this.fileBytes} bytes of the file can ` +
          'hold. The file is damaged or cut short');
    }
    return {path: found.path ?? path, shape: [...shape], bytes: 4 * count, read: () => numbersOf(where, found)};
  }
}

function numbersOf(where: string, dataset: Dataset): Float32Array {
  const {shape, size} = dataset.metadata;
  const value = withMemory(entriesOf(shape) * size, () => dataset.value);
  if (value === null || value === undefined) throw damagedFile(`${where} cannot be read`);
  const numbers = typeof value === 'object' ? value as ArrayLike<number | bigint> : [value as number];
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers, Number);
}

/** What one attribute may take: text of a model has some hundred kilobytes. */
const MOST_TEXT = 8 << 20;

/**
 * An attribute's value; undefined where there is none.
 * @throws If it declares more than text takes; nothing of it is read then.
 */
function attributeOf(group: Group, name: string): unknown {
  const attribute = group.attrs[name];
  if (!attribute) return undefined;
  const {shape, size} = attribute.metadata;
  const bytes = entriesOf(shape) * size;
  if (!(bytes <= MOST_TEXT)) throw new Error(`its attribute '${name}' declares ${bytes} bytes, more than text of a model takes`);
  return attribute.value;
}

/** An attribute that is text; null where there is none. */
export function textAttribute(group: Group, name: string): string | null {
  const value = attributeOf(group, name);
  if (value === undefined || value === null) return null;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

/** An attribute that is a list of names, in pieces (`names0`, `names1`) where it is long. */
export function namesAttribute(group: Group, name: string): string[] {
  const {attrs} = group;
  if (attrs[name]) return asNames(attributeOf(group, name));
  const pieces: string[] = [];
  for (let i = 0; attrs[`${name}${i}`]; i++) pieces.push(...asNames(attributeOf(group, `${name}${i}`)));
  return pieces;
}

function asNames(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Writes a list of names; Keras reads an empty one as an empty list of numbers. */
export function writeNames(group: Group, name: string, names: readonly string[]): void {
  if (names.length === 0) group.create_attribute(name, new Float64Array(0), [0], '<d');
  else group.create_attribute(name, [...names], [names.length]);
}

/** The group of this path, made with those around it where it is missing. */
export function groupFor(parent: Group, path: readonly string[]): Group {
  return path.reduce((group, part) =>
    (group.keys().includes(part) ? group.get(part) as Group : group.create_group(part)), parent);
}

/** Writes one number, float32 or int64. */
export function writeScalar(group: Group, name: string, value: number | bigint): void {
  if (typeof value === 'number') writeValues(group, name, {shape: [], data: Float32Array.of(value)});
  else group.create_dataset({name, data: BigInt64Array.of(value), shape: [], dtype: '<q'});
}

/** Writes float32 values. */
export function writeValues(group: Group, name: string, {shape, data}: Values): void {
  group.create_dataset({name, data, shape, dtype: '<f'});
}

/** What was thrown, in a line without a full stop. */
export function messageOf(error: unknown): string {
  return textOf(error).trim().split('\n')[0]!.replace(/\.$/, '');
}

async function start(op: string) {
  const hdf5 = await loadPackage(op, 'h5wasm', 'HDF5', () => import('h5wasm'));
  const {FS, activate_throwing_error_handler: throwErrors} = await hdf5.ready;
  throwErrors();  // else they go to standard error, a dozen lines each
  return {
    FS: FS as unknown as {
      readFile(name: string): Uint8Array, writeFile(name: string, bytes: Uint8Array): void, unlink(name: string): void,
      analyzePath(name: string, deep: boolean): {exists: boolean},
    },
    open: (name: string, mode: 'r' | 'w') => new hdf5.File(name, mode),
  };
}
