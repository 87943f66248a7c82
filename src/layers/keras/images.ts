import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf} from '../../geometry';
import type {DataFormat} from '../../geometry';
import {show, showShape} from '../../validate';
import {KerasLayer, shapeOf, withChannelsLast} from './keras_layer';

type Size = [height: number, width: number];
type OpenSize = [height: number | null, width: number | null];

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

const interpolations = ['bilinear', 'nearest'];

/** What makes images of another size of images [N, H, W, C] or [N, C, H, W]. */
abstract class ImageLayer<Args extends {dataFormat: DataFormat, interpolation?: string}> extends KerasLayer<Args> {
  constructor(args: ConstructorParameters<typeof KerasLayer<Args>>[0]) {
    super(args);
    const {interpolation} = this.args;
    if (interpolation !== undefined && !interpolations.includes(interpolation)) {
      throw new Error(`${this.getClassName()}: interpolation must be one of ${interpolations.join(', ')}. ` +
          `Got ${show(interpolation)}. Change it in Python.`);
    }
    this.inputSpec = [{ndim: 4}];
  }

  /** The size that images of this size come to, null where it is open; `shape` is for messages. */
  protected abstract sizeOf(size: OpenSize, shape: Shape): OpenSize;

  /** Images at that size. */
  protected abstract at(size: Size, images: Tensor4D): Tensor;

  protected compute([x]: Tensor[]): Tensor {
    return withChannelsLast(x!, this.args.dataFormat, (images: Tensor4D) => {
      const [, height, width] = images.shape;
      return this.at(this.sizeOf([height, width], images.shape) as Size, images);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = shapeOf(inputShape);
    const {height, width} = axesOf(this.args.dataFormat);
    const [rows, columns] = this.sizeOf([shape[height]!, shape[width]!], shape);
    return shape.map((given, i) => (i === height ? rows : i === width ? columns : given));
  }
}

/** Arguments of {@link KerasResizing}. */
export interface ResizingArgs {
  height: number;
  width: number;
  interpolation: string;
  dataFormat: DataFormat;
}

/** Images [N, H, W, C] at another size. (tf.layers' own aligns the corners of the image, Keras its pixels.) */
export class KerasResizing extends ImageLayer<ResizingArgs> {
  /** @nocollapse */
  static readonly className = 'KerasResizing';
  static readonly defaults: ResizingArgs = {height: 1, width: 1, interpolation: 'bilinear', dataFormat: 'channelsLast'};

  protected sizeOf(): OpenSize {
    return [this.args.height, this.args.width];
  }

  protected at(size: Size, images: Tensor4D): Tensor {
    return resize(tf.cast(images, 'float32'), size, this.args.interpolation);
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
export class KerasUpSampling2D extends ImageLayer<UpSamplingArgs> {
  /** @nocollapse */
  static readonly className = 'KerasUpSampling2D';
  static readonly defaults: UpSamplingArgs = {size: [2, 2], interpolation: 'bilinear', dataFormat: 'channelsLast'};

  protected sizeOf(given: OpenSize): OpenSize {
    return given.map((one, i) => (one === null ? null : one * this.args.size[i]!)) as OpenSize;
  }

  protected at(size: Size, images: Tensor4D): Tensor {
    return resize(images, size, this.args.interpolation);
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
export class KerasCenterCrop extends ImageLayer<CenterCropArgs> {
  /** @nocollapse */
  static readonly className = 'KerasCenterCrop';
  static readonly defaults: CenterCropArgs = {height: 1, width: 1, dataFormat: 'channelsLast'};

  protected sizeOf([rows, columns]: OpenSize, shape: Shape): OpenSize {
    const {height, width} = this.args;
    if ((rows ?? height) >= height && (columns ?? width) >= width) return [height, width];
    throw new Error(`layer '${this.name}' (KerasCenterCrop): images ${showShape(shape)} are smaller than the ` +
        `${height} x ${width} that are cut out; Keras enlarges them then, tfjs does not. Put a Resizing layer before it.`);
  }

  protected at([height, width]: Size, images: Tensor4D): Tensor {
    const [batch, rows, columns, channels] = images.shape;
    const begin = [rows - height, columns - width].map((rest) => Math.floor(rest / 2));
    return tf.slice(tf.cast(images, 'float32'), [0, ...begin, 0], [batch, height, width, channels]);
  }
}
tf.serialization.registerClass(KerasCenterCrop);
