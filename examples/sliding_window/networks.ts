import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers} from '../../src';

/** Sizes of the document's case. */
export const CROP = 224;
export const LARGE = 384;
/** By what the network reduces, hence the distance of the crops. */
export const STRIDE = 32;
/** Places along each side of the large picture. */
export const PLACES = (LARGE - CROP) / STRIDE + 1;
export const CLASSES = 1000;

/** Filters of the convolutions between the pools. */
const BLOCKS = [[64, 64], [256, 256, 256], Array(9).fill(512), [512, 1024, 1024, 1024], [1024, 512]] as number[][];

/**
 * A classifier of the document's geometry, 224x224x3 to 7x7x512 to 4096, 4096 and 1000, with random weights (He's).
 *
 * @param slim divides the numbers of filters and units
 * @param kernelSize 1: it pads nowhere; 3: it pads by 1, as VGGNet
 */
export function classifier(slim: number, kernelSize: 1 | 3, seed: number): Sequential {
  let drawn = seed;
  const he = () => initializers.heNormal({seed: ++drawn});
  const few = (count: number) => Math.max(2, Math.round(count / slim));
  const net = sequential({name: kernelSize === 1 ? 'padless' : 'padded'});
  for (const [i, filters] of BLOCKS.entries()) {
    for (const [k, count] of filters.entries()) {
      net.add(layers.conv2d({
        name: `conv${i + 1}_${k + 1}`, filters: few(count), kernelSize, padding: (kernelSize - 1) / 2, activation: 'relu',
        kernelInitializer: he(), ...(i + k === 0 ? {inputShape: [CROP, CROP, 3]} : {}),
      }));
    }
    net.add(layers.maxPooling2d({name: `pool${i + 1}`, poolSize: 2}));
  }
  net.add(builtIn.flatten({name: 'flatten'}));
  for (const [i, units] of [4096, 4096].entries()) {
    net.add(layers.dense({name: `fc${6 + i}`, units: few(units), activation: 'relu', kernelInitializer: he()}));
  }
  net.add(layers.dense({name: 'fc8', units: CLASSES, kernelInitializer: he()}));
  return net;
}
