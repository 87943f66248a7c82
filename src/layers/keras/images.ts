import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf} from '../../geometry';
import {show, showShape} from '../../validate';
import {KerasLayer, shapeOf} from './keras_layer';

type DataFormat = 'channelsFirst' | 'channelsLast';
type Size = [height: number, width: number];

const FIRST_TO_LAST = [0, 2, 3, 1];
const LAST_TO_FIRST = [0, 3, 1, 2];

/** Does something to images whose channels are last. */
function withChannelsLast(x: Tensor, dataFormat: DataFormat, f: (x: Tensor4D) => Tensor): Tensor {
  if (dataFormat === 'channelsLast') return f(x as Tensor4D);
  return tf.transpose(f(tf.transpose(x as Tensor4D, FIRST_TO_LAST)), LAST_TO_FIRST);
}

function resized(
    shape: Shape, dataFormat: DataFormat, size: (shape: [number | null, number | null]) => (number | null)[]): Shape {
  const {height, width} = axesOf(dataFormat);
  const [rows, columns] = size([shape[height]!, shape[width]!]);
  return shape.map((given, i) => (i === height ? rows! : i === width ? columns! : given));
}

const interpolations = ['bilinear', 'nearest'];

function checkInterpolation(kind: string, interpolation: string): void {
  if (interpolations.includes(interpolation)) return;
  throw new Error(`${kind}: interpolation must be one of ${interpolations.join(', ')}. Got ${show(interpolation)}. ` +
      'Change it in Python.');
}

/**
 * How much of each of `from` entries is in each of `to`, [to, from]: centres of pixels lie on centres, as in
 * tf.image.resizeBilinear(x, size, false, true).
 */
function shares(from: number, to: number, interpolation: string): Tensor {
  const rows = tf.buffer([to, from]);
  for (let i = 0; i < to; i++) {
    const at = (i + 0.5) * (from / to);
    if (interpolation === 'nearest') {
      rows.set(1, i, Math.min(Math.floor(at), from - 1));
      continue;
    }
    const below = Math.floor(at - 0.5);
    const share = at - 0.5 - below;
    const [low, high] = [Math.max(below, 0), Math.min(below + 1, from - 1)];
    rows.set(rows.get(i, low) + 1 - share, i, low);
    rows.set(rows.get(i, high) + share, i, high);
  }
  return rows.toTensor();
}

/** The backward pass of resizing, by which not every backend of tfjs has a kernel: two products with the shares. */
function resizeBackward(dy: Tensor4D, [height, width]: Size, interpolation: string): Tensor4D {
  const [batch, rows, columns, channels] = dy.shape;
  const across = tf.transpose(dy, [0, 1, 3, 2]);
  const narrow = tf.matMul(tf.reshape(across, [batch * rows * channels, columns]), shares(width, columns, interpolation));
  const down = tf.transpose(tf.reshape(narrow, [batch, rows, channels, width]), [0, 2, 3, 1]);
  const low = tf.matMul(tf.reshape(down, [batch * channels * width, rows]), shares(height, rows, interpolation));
  return tf.transpose(tf.reshape(low, [batch, channels, width, height]), [0, 3, 2, 1]) as Tensor4D;
}

function resize(x: Tensor4D, size: Size, interpolation: string): Tensor4D {
  const inputSize: Size = [x.shape[1], x.shape[2]];
  const f = tf.customGrad((images: Tensor | tf.GradSaveFunc) => ({
    value: interpolation === 'nearest' ? tf.image.resizeNearestNeighbor(images as Tensor4D, size, false, true) :
      tf.image.resizeBilinear(images as Tensor4D, size, false, true),
    gradFunc: (dy: Tensor) => resizeBackward(dy as Tensor4D, inputSize, interpolation),
  }));
  return f(x) as Tensor4D;
}

/** Arguments of {@link KerasResizing}. */
export interface ResizingArgs {
  height: number;
  width: number;
  interpolation: string;
  dataFormat: DataFormat;
}

/** Images [N, H, W, C] at another size. (tf.layers' own aligns the corners of the image, Keras its pixels.) */
export class KerasResizing extends KerasLayer<ResizingArgs> {
  /** @nocollapse */
  static readonly className = 'KerasResizing';

  constructor(args: ConstructorParameters<typeof KerasLayer<ResizingArgs>>[0]) {
    super(args, {height: 1, width: 1, interpolation: 'bilinear', dataFormat: 'channelsLast'});
    checkInterpolation('KerasResizing', this.args.interpolation);
    this.inputSpec = [{ndim: 4}];
  }

  protected compute([x]: Tensor[]): Tensor {
    const {height, width, interpolation, dataFormat} = this.args;
    return withChannelsLast(tf.cast(x!, 'float32'), dataFormat, (images) => resize(images, [height, width], interpolation));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const {height, width, dataFormat} = this.args;
    return resized(shapeOf(inputShape), dataFormat, () => [height, width]);
  }
}
tf.serialization.registerClass(KerasResizing);

/** Arguments of {@link KerasUpSampling2D}. */
export interface UpSamplingArgs {
  size: Size;
  interpolation: string;
  dataFormat: DataFormat;
}

/** Images [N, H, W, C] some times as large. */
export class KerasUpSampling2D extends KerasLayer<UpSamplingArgs> {
  /** @nocollapse */
  static readonly className = 'KerasUpSampling2D';

  constructor(args: ConstructorParameters<typeof KerasLayer<UpSamplingArgs>>[0]) {
    super(args, {size: [2, 2], interpolation: 'bilinear', dataFormat: 'channelsLast'});
    checkInterpolation('KerasUpSampling2D', this.args.interpolation);
    this.inputSpec = [{ndim: 4}];
  }

  protected compute([x]: Tensor[]): Tensor {
    const {size: [rows, columns], interpolation, dataFormat} = this.args;
    return withChannelsLast(x!, dataFormat, (images) =>
      resize(images, [images.shape[1] * rows, images.shape[2] * columns], interpolation));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const {size, dataFormat} = this.args;
    return resized(shapeOf(inputShape), dataFormat, (given) => given.map((one, i) => (one === null ? null : one * size[i]!)));
  }
}
tf.serialization.registerClass(KerasUpSampling2D);

/** Arguments of {@link KerasCenterCrop}. */
export interface CenterCropArgs {
  height: number;
  width: number;
  dataFormat: DataFormat;
}

/** The middle of images [N, H, W, C]; where the rest is odd, the side that comes first loses less. */
export class KerasCenterCrop extends KerasLayer<CenterCropArgs> {
  /** @nocollapse */
  static readonly className = 'KerasCenterCrop';

  constructor(args: ConstructorParameters<typeof KerasLayer<CenterCropArgs>>[0]) {
    super(args, {height: 1, width: 1, dataFormat: 'channelsLast'});
    this.inputSpec = [{ndim: 4}];
  }

  protected compute([x]: Tensor[]): Tensor {
    const {height, width, dataFormat} = this.args;
    return withChannelsLast(tf.cast(x!, 'float32'), dataFormat, (images) => {
      const [batch, rows, columns, channels] = images.shape;
      this.checkFits(images.shape, rows, columns);
      const begin = [rows - height, columns - width].map((rest) => Math.floor(rest / 2));
      return tf.slice(images, [0, ...begin, 0], [batch, height, width, channels]);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const {height, width, dataFormat} = this.args;
    return resized(shapeOf(inputShape), dataFormat, ([rows, columns]) => {
      this.checkFits(shapeOf(inputShape), rows, columns);
      return [height, width];
    });
  }

  private checkFits(shape: Shape, rows: number | null, columns: number | null): void {
    const {height, width} = this.args;
    if ((rows ?? height) >= height && (columns ?? width) >= width) return;
    throw new Error(`layer '${this.name}' (KerasCenterCrop): images ${showShape(shape)} are smaller than the ` +
        `${height} x ${width} that are cut out; Keras enlarges them then, tfjs does not. Put a Resizing layer before it.`);
  }
}
tf.serialization.registerClass(KerasCenterCrop);
