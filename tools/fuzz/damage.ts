import {seeded} from '../../src/checks/grad_check/random';

/** Whole numbers drawn one after the other. */
export type Draw = (below: number) => number;

/** The numbers that belong to a seed and a case. */
export function drawing(seed: number, index: number): Draw {
  const next = seeded((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0);
  for (let i = 0; i < 3; i++) next();
  return (below) => Math.floor(next() * below);
}

/** Bytes with one to three damages: bits flipped, an end cut off, a run that is overwritten, gone, or there twice. */
export function damaged(bytes: Uint8Array, draw: Draw): Uint8Array {
  let found = bytes;
  for (let left = 1 + draw(3); left > 0; left--) found = damage(found, draw);
  return found;
}

function damage(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (bytes.length === 0) return bytes;
  const from = draw(bytes.length);
  const to = Math.min(bytes.length, from + 1 + draw(64));
  const copy = bytes.slice();
  switch (draw(6)) {
    case 0: return copy.subarray(0, from);
    case 1: return copy.fill([0, 0xff, draw(256)][draw(3)]!, from, to);
    case 2: return joined(bytes.subarray(0, from), bytes.subarray(to));
    case 3: return joined(bytes.subarray(0, to), bytes.subarray(from));
    default:
      for (let left = 1 + draw(8); left > 0; left--) copy[draw(copy.length)]! ^= 1 << draw(8);
      return copy;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
