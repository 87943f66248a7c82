import type {Dataset, File, Group} from 'h5wasm';

import {loadHdf5} from './packages';
import type {Hdf5} from './packages';

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

/** Reads an HDF5 file in memory. */
export async function readHdf5<T>(op: string, label: string, bytes: Uint8Array, read: (file: File) => T): Promise<T> {
  const {FS, open} = await start(op);
  const name = `read_${count++}.h5`;
  FS.writeFile(name, bytes);
  try {
    const file = open(name, 'r');
    if (BigInt(file.file_id) < 0n || file.keys() === null) throw new Error('it cannot be opened');
    try {
      return read(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof KerasFileError) throw error;
    throw new KerasFileError(`${label} is damaged, cut short or no HDF5 file: ${messageOf(error)}.`, error);
  } finally {
    FS.unlink(name);
  }
}

/** An error that already says what is wrong with which file. */
export class KerasFileError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, {cause});
    this.name = 'Error';
  }
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

/** The numbers of a dataset as float32; null where there is none. */
export function valuesAt(parent: Group, path: string): Values | null {
  const found = pathExists(parent, path) ? parent.get(path) as Dataset : null;
  if (!found || !('shape' in found)) return null;
  const {value, shape} = found;
  if (value === null || !shape) throw new Error(`the values of ${path} cannot be read`);
  const numbers = typeof value === 'object' ? value as ArrayLike<number | bigint> : [value as number];
  return {shape: [...shape], data: numbers instanceof Float32Array ? numbers : Float32Array.from(numbers, Number)};
}

/** An attribute that is text; null where there is none. */
export function textAttribute(group: Group, name: string): string | null {
  const value = group.attrs[name]?.value;
  if (value === undefined || value === null) return null;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

/** An attribute that is a list of names, in pieces (`names0`, `names1`) where it is long. */
export function namesAttribute(group: Group, name: string): string[] {
  const {attrs} = group;
  if (attrs[name]) return asNames(attrs[name].value);
  const pieces: string[] = [];
  for (let i = 0; attrs[`${name}${i}`]; i++) pieces.push(...asNames(attrs[`${name}${i}`]!.value));
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

/** Writes float32 values. */
export function writeValues(group: Group, name: string, {shape, data}: Values): void {
  group.create_dataset({name, data, shape, dtype: '<f'});
}

/** What was thrown, in a line without a full stop. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n')[0]!.replace(/\.$/, '');
}

async function start(op: string) {
  const hdf5: Hdf5 = await loadHdf5(op);
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
