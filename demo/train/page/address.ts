import {BACKENDS} from '../../shared/backend_names';
import {readBytes, writeBytes} from '../../shared/numbers_in_url';
import {KINDS} from '../engine/contract';
import type {Sample, Settings} from '../engine/contract';
import type {State, Wanted} from './trainer';

/** What makes the net what it is: its settings, its seed, how many steps it was trained for; and what it is shown. */
export function writeNet({settings, seed, step, sample}: Pick<State, 'settings' | 'seed' | 'step' | 'sample'>): URLSearchParams {
  const {backend, kind, batchSize, learningRate} = settings;
  return new URLSearchParams({
    backend, layers: kind, batch: String(batchSize), rate: String(learningRate), seed: String(seed), steps: String(step),
    ...'test' in sample ? {test: String(sample.test)} : {drawn: writeBytes(packed(sample.drawn))},
  });
}

export function readNet(address: URLSearchParams): Wanted {
  const settings: Partial<Settings> = {};
  const backend = BACKENDS.find((name) => name === address.get('backend'));
  const kind = KINDS.find((name) => name === address.get('layers'));
  const batchSize = whole(address.get('batch'), 1, 1024);
  const learningRate = Number(address.get('rate'));
  if (backend) settings.backend = backend;
  if (kind) settings.kind = kind;
  if (batchSize) settings.batchSize = batchSize;
  if (learningRate > 0 && learningRate < 10) settings.learningRate = learningRate;
  return {settings, seed: whole(address.get('seed'), 1, 1e6), step: whole(address.get('steps'), 0, 1e5),
    sample: readSample(address)};
}

function readSample(address: URLSearchParams): Sample | undefined {
  const test = whole(address.get('test'), 0, 1999);
  if (test !== undefined) return {test};
  try {
    const drawn = unpacked(readBytes(address.get('drawn') ?? ''));
    return drawn.length === 784 ? {drawn} : undefined;
  } catch {
    return undefined;
  }
}

function whole(text: string | null, low: number, high: number): number | undefined {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= low && value <= high ? value : undefined;
}

/** Runs of equal bytes as pairs of length and byte: a drawing is black for the most part. */
function packed(bytes: Uint8Array): Uint8Array {
  const runs: number[] = [];
  for (let i = 0; i < bytes.length;) {
    let length = 1;
    while (length < 255 && bytes[i + length] === bytes[i]) length++;
    runs.push(length, bytes[i]!);
    i += length;
  }
  return Uint8Array.from(runs);
}

function unpacked(runs: Uint8Array): Uint8Array {
  return Uint8Array.from(Array.from({length: runs.length >> 1}, (_,
    i) => Array<number>(runs[2 * i]!).fill(runs[2 * i + 1]!)).flat());
}
