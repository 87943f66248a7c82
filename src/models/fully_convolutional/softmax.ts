import {layers as builtIn} from '@tensorflow/tfjs-layers';

import type {Layer} from '../graph';

/** True for the activations that work along an axis, which in tfjs can be the last one only. */
export function isSoftmax(activation: unknown): boolean {
  return activation === 'softmax' || activation === 'logSoftmax';
}

/** A layer that works on the last axis between two that bring the channels there and back. */
export function alongChannels(name: string, layer: Layer): Layer[] {
  return [
    builtIn.permute({name: `${name}_channels_last`, dims: [2, 3, 1]}),
    layer,
    builtIn.permute({name: `${name}_channels_first`, dims: [3, 1, 2]}),
  ];
}
