import {axesOf, sidePadding} from '../../geometry';
import type {DataFormat, WindowOptions} from '../../geometry';
import type {
  BatchNormForwardOptions, Conv2dOptions, LayerNormOptions, MaxPool2dOptions, ReluOptions, SoftmaxLossOptions,
} from '../../ops';
import * as reference from '../../reference';
import type {Pad, Pair, ReferenceArray} from '../../reference';

/** A value in float64, and the gradients of sum(out * dout) by each input in order; null where an input was null. */
export interface Evaluation {
  out: ReferenceArray;
  backward: (dout: ReferenceArray) => Array<ReferenceArray | null>;
}

/** x with its axes in another order: axis i of the result is axis `order[i]` of x. */
export function permute(x: ReferenceArray, order: number[]): ReferenceArray {
  const shape = order.map(axis => x.shape[axis]!);
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]!) * strides[order[axis]!]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    data[i] = x.data[from]!;
  }
  return {shape, data};
}

function toChannelsFirst(x: ReferenceArray, dataFormat: DataFormat): ReferenceArray {
  return dataFormat === 'channelsFirst' ? x : permute(x, [0, 3, 1, 2]);
}

function fromChannelsFirst(x: ReferenceArray, dataFormat: DataFormat): ReferenceArray {
  return dataFormat === 'channelsFirst' ? x : permute(x, [0, 2, 3, 1]);
}

/** The reference's names for the window options of the ops; TensorFlow's 'same' becomes numbers. */
function windowOptions(shape: number[], kernel: [number, number], options: WindowOptions, stride: Pair) {
  const axes = axesOf(options.dataFormat ?? 'channelsLast');
  const $stride = options.strides ?? stride;
  const dilation = options.dilationRate ?? 1;
  const at = (pair: Pair, i: number): number => (typeof pair === 'number' ? pair : pair[i]!);
  const padding = options.padding ?? 'valid';
  const pad: Pad = typeof padding !== 'string' ? padding : [axes.height, axes.width].map((axis, i) =>
      sidePadding(padding, shape[axis]!, kernel[i]!, at($stride, i), at(dilation, i))) as
      [[number, number], [number, number]];
  return {stride: $stride, dilation, pad};
}

export function conv2d(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null, options: Conv2dOptions = {}): Evaluation {
  const format = options.dataFormat ?? 'channelsLast';
  const {out, cache} = reference.convForward(toChannelsFirst(x, format), permute(w, [3, 2, 0, 1]), b, {
    ...windowOptions(x.shape, [w.shape[0]!, w.shape[1]!], options, 1), groups: options.groups ?? 1,
  });
  return {
    out: fromChannelsFirst(out, format),
    backward: dout => {
      const {dx, dw, db} = reference.convBackward(toChannelsFirst(dout, format), cache);
      return [fromChannelsFirst(dx, format), permute(dw, [2, 3, 1, 0]), db];
    },
  };
}

export function maxPool2d(x: ReferenceArray, options: MaxPool2dOptions): Evaluation {
  const format = options.dataFormat ?? 'channelsLast';
  const {poolSize} = options;
  const [poolHeight, poolWidth] = typeof poolSize === 'number' ? [poolSize, poolSize] : poolSize;
  const {out, cache} = reference.maxPoolForward(toChannelsFirst(x, format), {
    poolHeight, poolWidth, ties: options.ties ?? 'all',
    ...windowOptions(x.shape, [poolHeight, poolWidth], options, [poolHeight, poolWidth]),
  });
  return {
    out: fromChannelsFirst(out, format),
    backward: dout =>
        [fromChannelsFirst(reference.maxPoolBackward(toChannelsFirst(dout, format), cache).dx, format)],
  };
}

export function im2col(
    x: ReferenceArray, {kernelSize, ...options}: WindowOptions & {kernelSize: Pair}): Evaluation {
  const format = options.dataFormat ?? 'channelsLast';
  const kernel: [number, number] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
  const images = toChannelsFirst(x, format);
  const window = {kernelSize: kernel, ...windowOptions(x.shape, kernel, options, 1)};
  const [taps, channels] = [kernel[0] * kernel[1], images.shape[1]!];
  // The reference's rows run (c, u, v); the op's (u, v, c) when the channels stand last.
  const turnRows = (cols: ReferenceArray, from: number, to: number): ReferenceArray =>
      (format === 'channelsFirst' ? cols : {
        shape: cols.shape, data: permute({shape: [from, to, cols.shape[1]!], data: cols.data}, [1, 0, 2]).data,
      });
  return {
    out: turnRows(reference.im2col(images, window), channels, taps),
    backward: dout => [fromChannelsFirst(reference.col2im(turnRows(dout, taps, channels), images.shape, window), format)],
  };
}

export function relu(x: ReferenceArray, options: ReluOptions = {}): Evaluation {
  const {out, cache} = reference.reluForward(x, options);
  return {out, backward: dout => [reference.reluBackward(dout, cache).dx]};
}

export function affine(x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null): Evaluation {
  const {out, cache} = reference.affineForward(x, w, b);
  return {
    out,
    backward: dout => {
      const {dx, dw, db} = reference.affineBackward(dout, cache);
      return [dx, dw, db];
    },
  };
}

/** With 'none' each row is a batch of its own, so that dout can weigh it. */
export function softmaxLoss(
    scores: ReferenceArray, labels: ReferenceArray, {reduction = 'mean'}: SoftmaxLossOptions = {}): Evaluation {
  if (reduction === 'mean') {
    const {loss, dx} = reference.softmaxLoss(scores, labels);
    return {
      out: reference.array([], [loss]),
      backward: dout => [{shape: dx.shape, data: dx.data.map(value => value * dout.data[0]!)}],
    };
  }
  const [rows, classes] = scores.shape as [number, number];
  const width = labels.data.length / rows;
  const each = Array.from({length: rows}, (_, n) => reference.softmaxLoss(
      reference.array([1, classes], scores.data.subarray(n * classes, (n + 1) * classes)),
      width === classes && labels.shape.length === 2 ?
          reference.array([1, classes], labels.data.subarray(n * classes, (n + 1) * classes)) :
          [labels.data[n]!]));
  return {
    out: reference.array([rows], each.map(row => row.loss)),
    backward: dout => [reference.array([rows, classes],
        each.flatMap((row, n) => Array.from(row.dx.data, value => value * dout.data[n]!)))],
  };
}

/** Batch norm in train or test mode; the options are the op's, `backward` that of `batchNorm`. */
export function batchNorm(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    options: Omit<BatchNormForwardOptions, 'mode' | 'runningMean' | 'runningVar'> &
        {runningMean?: ReferenceArray, runningVar?: ReferenceArray} = {}):
    Evaluation & {runningMean: ReferenceArray, runningVar: ReferenceArray} {
  const {axis = -1, epsilon = 1e-5, momentum = 0.9, backward = 'simplified', runningMean, runningVar} = options;
  const {out, cache, ...running} = reference.batchNormForward(x, gamma, beta, {
    mode: runningMean ? 'test' : 'train', axis, eps: epsilon, momentum,
    ...(runningMean && {runningMean, runningVar}),
  });
  return {
    out, ...running,
    backward: dout => {
      const rule = backward === 'staged' ? reference.batchNormBackward : reference.batchNormBackwardAlt;
      const {dx, dgamma, dbeta} = rule(dout, cache);
      return [dx, dgamma, dbeta];
    },
  };
}

export function layerNorm(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    {axis = -1, epsilon = 1e-5}: LayerNormOptions = {}): Evaluation {
  const {out, cache} = reference.layerNormForward(x, gamma, beta, {axis, eps: epsilon});
  return {
    out,
    backward: dout => {
      const {dx, dgamma, dbeta} = reference.layerNormBackward(dout, cache);
      return [dx, dgamma, dbeta];
    },
  };
}
