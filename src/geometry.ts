import {choice, flag, readOptions} from './options';
import type {Checked, OptionTable} from './options';
import {show, showShape} from './validate';

/**
 * Zero-padding of a window op: 'valid' (none), 'same' (TensorFlow's: output size ceil(W / S), the odd row or column at
 * the bottom and right), P on all sides, [py, px], or [[top, bottom], [left, right]].
 */
export type Padding2D = 'valid' | 'same' | number | [number, number] | [[number, number], [number, number]];

/** The position of the channels: [N, H, W, C] or [N, C, H, W]. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

/** Options that every sliding window takes. */
export interface WindowOptions {
  /** S, the step of the window: one number or [vertical, horizontal]. */
  strides?: number | [number, number];
  /** P, see {@link Padding2D}. */
  padding?: Padding2D;
  /** D, the distance between neighbouring taps of the window: one number or [vertical, horizontal]. */
  dilationRate?: number | [number, number];
  /** The position of the channels of x; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** Refuse sizes where the windows do not cover the whole padded input, as the notes' formula requires. */
  exactFit?: boolean;
}

/** How a window slides over the height and the width of an input; every size in entries, rows before columns. */
export interface WindowGeometry {
  batch: number;
  channels: number;
  inSize: [number, number];
  kernel: [number, number];
  strides: [number, number];
  dilation: [number, number];
  /** [[top, bottom], [left, right]] */
  padding: [[number, number], [number, number]];
  outSize: [number, number];
  dataFormat: DataFormat;
}

/** A window geometry with the filters that are applied at each position. */
export interface ConvGeometry extends WindowGeometry {
  filters: number;
  groups: number;
}

type Pair = [number, number];

const axisNames = ['height', 'width'] as const;

/** F' = D * (F - 1) + 1, the extent of a window whose taps are D apart. */
export function dilatedSize(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** A pair of whole numbers of at least `low`, from one number or a pair. */
export function normalizePair(op: string, option: string, value: unknown, low = 1): Pair {
  const pair = Array.isArray(value) ? value : [value, value];
  if (pair.length !== 2 || pair.some(v => !Number.isInteger(v) || v < low)) {
    throw new Error(`${op}: ${option} must be a whole number of at least ${low} or a pair of them, [vertical, ` +
        `horizontal]. Got ${show(value)}. Pass such a number or pair.`);
  }
  return [pair[0], pair[1]];
}

/** Checks a {@link Padding2D} without knowing any size: 'valid', 'same' or [[top, bottom], [left, right]]. */
export function normalizePadding(op: string, padding: unknown): 'valid' | 'same' | [[number, number], [number, number]] {
  if (padding === 'valid' || padding === 'same') return padding;
  const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
  if (isSize(padding)) return [[padding, padding], [padding, padding]];
  if (Array.isArray(padding) && padding.length === 2) {
    const [y, x] = padding;
    if (isSize(y) && isSize(x)) return [[y, y], [x, x]];
    const isSides = (side: unknown): side is [number, number] =>
        Array.isArray(side) && side.length === 2 && side.every(isSize);
    if (isSides(y) && isSides(x)) return [[y[0], y[1]], [x[0], x[1]]];
  }
  throw new Error(`${op}: padding must be 'valid', 'same', a whole number of at least 0, [py, px] or ` +
      `[[top, bottom], [left, right]]. Got ${show(padding)}. Pass one of these.`);
}

/** The zeros added before and after an axis of `size` entries. */
export function sidePadding(
    padding: 'valid' | 'same' | [number, number], size: number, kernel: number, stride: number,
    dilation: number): [number, number] {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') return padding;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + dilatedSize(kernel, dilation) - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** What {@link outputLength} needs to know of one axis. */
export interface AxisWindow {
  kernel: number;
  stride: number;
  dilation: number;
  padding: 'valid' | 'same' | [number, number];
  exactFit: boolean;
}

/**
 * Output size of one axis: floor((W - F' + 2P) / S) + 1, where 2P is the padding of both sides; null stays null.
 * @throws If the window is larger than the padded axis, or `exactFit` is set and S does not divide.
 */
export function outputLength(
    op: string, axis: 'depth' | 'height' | 'width', size: number | null, window: AxisWindow): number | null {
  if (size === null) return null;
  const {kernel, stride, dilation, exactFit} = window;
  const [before, after] = sidePadding(window.padding, size, kernel, stride, dilation);
  const extent = dilatedSize(kernel, dilation);
  const room = size - extent + before + after;
  if (room < 0) {
    throw new Error(`${op}: a window of ${extent} (kernel ${kernel}, dilation ${dilation}) does not fit the padded ` +
        `${axis} ${size + before + after} (${size} + ${before} + ${after}). Use a smaller kernel or more padding.`);
  }
  if (exactFit && room % stride !== 0) {
    const lower = size - room % stride;
    throw new Error(`${op}: exactFit: (W - F + 2P)/S + 1 = (${size} - ${extent} + ${before + after})/${stride} + 1 is ` +
        `not a whole number along the ${axis}. Use ${axis} ${lower > 0 ? `${lower} or ` : ''}${lower + stride}.`);
  }
  return Math.floor(room / stride) + 1;
}

/** The positions of batch, height, width and channels in a shape. */
export function axesOf(dataFormat: DataFormat): {batch: 0, height: number, width: number, channels: number} {
  return dataFormat === 'channelsLast' ? {batch: 0, height: 1, width: 2, channels: 3} :
                                         {batch: 0, height: 2, width: 3, channels: 1};
}

/** The options of every window: their names, defaults and checks. */
export const windowOptions = {
  strides: {default: 1, check: (op, name, value) => normalizePair(op, name, value)},
  padding: {default: 'valid', check: (op, _, value) => normalizePadding(op, value)},
  dilationRate: {default: 1, check: (op, name, value) => normalizePair(op, name, value)},
  dataFormat: choice(['channelsLast', 'channelsFirst'], 'channelsLast'),
  exactFit: flag(false),
} satisfies OptionTable<WindowOptions>;

/** The size of a window, which has no default. */
export const windowSize = {check: (op: string, name: string, value: unknown): Pair => normalizePair(op, name, value)};

/** Window options with every value spelled out and checked, before any size of x is known. */
export interface CheckedWindow {
  kernel: [number, number];
  strides: [number, number];
  dilation: [number, number];
  padding: 'valid' | 'same' | [[number, number], [number, number]];
  dataFormat: DataFormat;
  exactFit: boolean;
}

/** Checks the options of a window of this size; null counts as absent. */
export function checkWindow(
    op: string, kernelName: string, kernel: unknown, options: WindowOptions,
    defaultStrides: unknown = windowOptions.strides.default): CheckedWindow {
  const size = windowSize.check(op, kernelName, kernel);
  return windowOf(size, readOptions(op, windowOptions, {...options, strides: options.strides ?? defaultStrides}));
}

/** A window of this size with checked options. */
export function windowOf(
    kernel: Pair, {strides, dilationRate, padding, dataFormat, exactFit}: Checked<typeof windowOptions>): CheckedWindow {
  return {kernel, strides, dilation: dilationRate, padding, dataFormat, exactFit};
}

/** The window along one axis: 0 for the height, 1 for the width. */
export function axisWindow(window: CheckedWindow, i: 0 | 1): AxisWindow {
  const {padding} = window;
  return {
    kernel: window.kernel[i],
    stride: window.strides[i],
    dilation: window.dilation[i],
    padding: typeof padding === 'string' ? padding : padding[i],
    exactFit: window.exactFit,
  };
}

/** Puts a checked window on an input of this shape, in the window's data format. */
export function placeWindow(op: string, window: CheckedWindow, xShape: number[]): WindowGeometry {
  if (xShape.length !== 4) {
    throw new Error(`${op}: x must have rank 4 (${window.dataFormat === 'channelsLast' ? '[N, H, W, C]' :
        '[N, C, H, W]'}). Got ${showShape(xShape)}. Reshape it.`);
  }
  const axes = axesOf(window.dataFormat);
  const inSize: [number, number] = [xShape[axes.height]!, xShape[axes.width]!];
  const perAxis = ([0, 1] as const).map(i => {
    const axis = axisWindow(window, i);
    return {
      out: outputLength(op, axisNames[i], inSize[i], axis)!,
      pad: sidePadding(axis.padding, inSize[i], axis.kernel, axis.stride, axis.dilation),
    };
  });
  return {
    batch: xShape[0]!,
    channels: xShape[axes.channels]!,
    inSize,
    kernel: window.kernel,
    strides: window.strides,
    dilation: window.dilation,
    padding: [perAxis[0]!.pad, perAxis[1]!.pad],
    outSize: [perAxis[0]!.out, perAxis[1]!.out],
    dataFormat: window.dataFormat,
  };
}

/**
 * A pool's padding must be smaller than its dilated window on each side.
 * @throws If a window would lie in the padding alone, where there is nothing to pool.
 */
export function checkPoolPadding(op: string, window: CheckedWindow): void {
  if (typeof window.padding === 'string') return;
  window.padding.forEach((sides, i) => {
    const extent = dilatedSize(window.kernel[i]!, window.dilation[i]!);
    if (Math.max(...sides) >= extent) {
      throw new Error(`${op}: padding along the ${axisNames[i]} must be smaller than the window (${extent}), since a ` +
          `window of only padding has nothing to pool. Got [${sides}]. Pad less, or use a larger window.`);
    }
  });
}

/** The shape of x or of dx in the data format of the geometry. */
export function inputShape(g: WindowGeometry): [number, number, number, number] {
  return imageShape(g.dataFormat, g.batch, g.inSize, g.channels);
}

/** The shape of a window op's output with this many channels, in the data format of the geometry. */
export function outputShape(g: WindowGeometry, channels: number): [number, number, number, number] {
  return imageShape(g.dataFormat, g.batch, g.outSize, channels);
}

function imageShape(
    dataFormat: DataFormat, batch: number, [height, width]: [number, number],
    channels: number): [number, number, number, number] {
  return dataFormat === 'channelsLast' ? [batch, height, width, channels] : [batch, channels, height, width];
}

/** True where no padding, dilation or overlap is in the way and the windows tile the used part of the input. */
export function tiles(g: WindowGeometry): boolean {
  return [0, 1].every(i => g.strides[i] === g.kernel[i] && g.dilation[i] === 1 && g.padding[i]![0] === 0 &&
      g.padding[i]![1] === 0);
}
