/** Windows that slide over images: as options of the ops, as options of the reference, and drawn at random. */
import * as fc from 'fast-check';

import type {DataFormat, Padding2D} from '../../src/geometry';
import type {ReferenceArray} from '../../src/reference/array';
import {toChannelsLast} from './arrays';

type Pair = [number, number];
type Sides = [Pair, Pair];

/** A window on an image: what every window op takes, but the size of the window, which each op calls differently. */
export interface WindowCase {
  /** Height and width of the image. */
  size: Pair;
  /** Height and width of the window. */
  kernel: Pair;
  strides: Pair;
  dilationRate: Pair;
  padding: Padding2D;
  dataFormat: DataFormat;
}

/** A window of F x F at step S without padding or dilation, changed as given. */
export function windowCase(
    size: Pair, F: number | Pair, S: number | Pair, rest: Partial<WindowCase> = {}): WindowCase {
  const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);
  return {
    size, kernel: pair(F), strides: pair(S), dilationRate: [1, 1], padding: 'valid', dataFormat: 'channelsLast', ...rest,
  };
}

/** The options that every window op has. */
export function windowOptions({strides, dilationRate, padding, dataFormat}: WindowCase) {
  return {strides, dilationRate, padding, dataFormat};
}

/** The options of the reference, with the words for padding spelled out. */
export function referenceOptions(window: WindowCase): {stride: Pair, dilation: Pair, pad: Sides} {
  return {stride: window.strides, dilation: window.dilationRate, pad: sidesOf(window)};
}

/** F' = D * (F - 1) + 1 of both axes. */
export function extentOf({kernel, dilationRate}: Pick<WindowCase, 'kernel' | 'dilationRate'>): Pair {
  return kernel.map((F, i) => dilationRate[i]! * (F - 1) + 1) as Pair;
}

/** The order of axes that takes the reference's images to the window's data format. */
export function imageOrder({dataFormat}: Pick<WindowCase, 'dataFormat'>): readonly number[] | undefined {
  return dataFormat === 'channelsLast' ? toChannelsLast : undefined;
}

/** 'x=[2,5,5,3] F=3,3 S=2,2 P=1 D=1,1 channelsLast' */
export function titleOf(window: WindowCase, batch: number, channels: number): string {
  const {kernel, strides, padding, dilationRate, dataFormat} = window;
  return `x=[${batch},${window.size},${channels}] F=${kernel} S=${strides} P=${JSON.stringify(padding)} ` +
    `D=${dilationRate} ${dataFormat}`;
}

/** The shape of x in the reference's layout. */
export function imagesShape(window: WindowCase, batch: number, channels: number): ReferenceArray['shape'] {
  return [batch, channels, ...window.size];
}

function sidesOf(window: WindowCase): Sides {
  const {padding, size, strides} = window;
  if (padding === 'valid') return [[0, 0], [0, 0]];
  if (padding === 'same') {
    const extent = extentOf(window);
    return size.map((W, i) => {
      const outputs = Math.ceil(W / strides[i]!);
      const total = Math.max(0, (outputs - 1) * strides[i]! + extent[i]! - W);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    }) as Sides;
  }
  if (typeof padding === 'number') return [[padding, padding], [padding, padding]];
  const [y, x] = padding;
  return typeof y === 'number' ? [[y, y], [x, x]] as Sides : [y, x] as Sides;
}

/** Each of these, channels last and channels first. */
export function inBothFormats<T extends {window: WindowCase}>(cases: T[]): T[] {
  return cases.flatMap((one) => [one, {...one, window: {...one.window, dataFormat: 'channelsFirst' as const}}]);
}

const upTo = (most: number, least = 1) => fc.integer({min: least, max: most});

/**
 * Windows up to 3 x 3, strides and dilations up to 3, every form of padding, images that the windows need not use up.
 * @param mostPadding The largest padding of a side, of a window of this extent.
 */
export function windowCases(mostPadding: (extent: number) => number): fc.Arbitrary<WindowCase> {
  return fc.record({
    kernel: fc.tuple(upTo(3), upTo(3)),
    strides: fc.tuple(upTo(3), upTo(3)),
    dilationRate: fc.tuple(upTo(3), upTo(3)),
    form: fc.constantFrom('valid', 'same', 'number', 'pair', 'sides'),
    pads: fc.tuple(upTo(3, 0), upTo(3, 0), upTo(3, 0), upTo(3, 0)),
    more: fc.tuple(upTo(4, 0), upTo(4, 0)),
    dataFormat: fc.constantFrom<DataFormat>('channelsLast', 'channelsFirst'),
  }).map(({kernel, strides, dilationRate, form, pads, more, dataFormat}) => {
    const extent = extentOf({kernel, dilationRate});
    const most = extent.map(mostPadding);
    const [top, bottom, left, right] = pads.map((pad, i) => Math.min(pad, most[i < 2 ? 0 : 1]!)) as [...Pair, ...Pair];
    const padding: Padding2D = form === 'valid' || form === 'same' ? form :
      form === 'number' ? Math.min(top, left) : form === 'pair' ? [top, left] : [[top, bottom], [left, right]];
    const window: WindowCase = {size: [1, 1], kernel, strides, dilationRate, padding, dataFormat};
    const fixed = form === 'same' ? [[0, 0], [0, 0]] : sidesOf(window);
    const size = more.map((m, i) => (form === 'same' ? 1 + m :
      Math.max(1, extent[i]! - fixed[i]![0]! - fixed[i]![1]!) + m)) as Pair;
    return {...window, size};
  });
}
