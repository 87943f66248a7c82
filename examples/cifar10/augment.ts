import {CHANNELS, PICTURE, SIDE} from './format';

/** How one picture is changed before the net sees it. */
export type Change = {
  /** Left and right change places. */
  flip: boolean,
  /** How far it moves down and to the right; what comes in is middle grey. */
  shift: [number, number],
};

/** By how much a picture moves at most: the crop of 32x32 from one padded by as much on each side. */
export const REACH = 4;

export const UNCHANGED: Change = {flip: false, shift: [0, 0]};

export function randomChange(random: () => number): Change {
  const step = () => Math.floor(random() * (2 * REACH + 1)) - REACH;
  return {flip: random() < 0.5, shift: [step(), step()]};
}

/** Bytes as numbers around 0, of a spread of about 1 over natural pictures. */
const centred = Float32Array.from({length: 256}, (_, byte) => (byte / 255 - 0.5) * 4);

/**
 * Writes a picture, changed, as [32, 32, 3] values around 0.
 *
 * @param picture its 3072 bytes, plane by plane
 * @param into where the first of 3072 values goes, zeros before
 */
export function writePicture(
    picture: Uint8Array, {flip, shift: [down, right]}: Change, values: Float32Array, into: number): void {
  const [rows, columns] = [overlap(down), overlap(right)];
  for (let channel = 0; channel < CHANNELS; channel++) {
    const plane = channel * SIDE * SIDE;
    for (let y = rows.start; y < rows.end; y++) {
      const from = plane + (y - down) * SIDE;
      for (let x = columns.start; x < columns.end; x++) {
        const column = flip ? SIDE - 1 - (x - right) : x - right;
        values[into + (y * SIDE + x) * CHANNELS + channel] = centred[picture[from + column]!]!;
      }
    }
  }
}

/** Where along one side the moved picture lies. */
function overlap(shift: number): {start: number, end: number} {
  return {start: Math.max(0, shift), end: SIDE + Math.min(0, shift)};
}

/** The bytes of one picture. */
export function pictureOf(pictures: Uint8Array, index: number): Uint8Array {
  return pictures.subarray(index * PICTURE, (index + 1) * PICTURE);
}
