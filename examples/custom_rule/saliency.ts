import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D, Tensor3D, Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

/** How the score of each image's class changes with its pixels: a gradient in the shape of the images. */
export function saliency(model: LayersModel, images: Tensor4D, classes: Tensor2D): Tensor4D {
  return tf.tidy(() => tf.grad((x: Tensor) => tf.sum(tf.mul(model.apply(x) as Tensor, classes)))(images) as Tensor4D);
}

/** The share of the gradient's size, in percent, that lies on the digits' strokes or on pixels next to them. */
export function onInk(gradient: Tensor4D, images: Tensor4D): number {
  return tf.tidy(() => {
    const near = tf.cast(tf.greater(tf.maxPool(images, 3, 1, 'same'), 0), 'float32');
    const size = tf.abs(gradient);
    return 100 * tf.div(tf.sum(tf.mul(size, near)), tf.sum(size)).dataSync()[0]!;
  });
}

const ZOOM = 4;
const GAP = 6;

/** What the columns of {@link picture} are called. */
export const COLUMNS = ['digit', 'gradient', 'guided ReLU'];

/** One row for each image: the image, then the gradients: grey where they are 0, white where they are positive. */
export function picture(images: Tensor4D, gradients: readonly Tensor4D[]): Tensor3D {
  return tf.tidy(() => {
    const signed = gradients.map((gradient) =>
      tf.add(0.5, tf.div(gradient, tf.mul(2, tf.max(tf.abs(gradient), [1, 2, 3], true)))) as Tensor4D);
    const [, height, width] = images.shape;
    const frame: [number, number][] = [[0, 0], [GAP, GAP], [GAP, GAP], [0, 0]];
    const large = [images, ...signed].map((each) =>
      tf.pad(tf.image.resizeNearestNeighbor(each, [ZOOM * height, ZOOM * width]), frame, 1));
    const rows = tf.concat(tf.unstack(tf.concat(large, 2)), 0) as Tensor3D;
    return tf.mul(tf.tile(rows, [1, 1, 3]), 255) as Tensor3D;
  });
}
