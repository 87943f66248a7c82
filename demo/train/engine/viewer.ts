import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';
import {model} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import type {Picture} from './contract';
import {activationPicture, filterPicture} from './pictures';

/** What a net makes of one image. */
export interface Look {
  probabilities: number[];
  filters: Picture[];
  activations: Picture[];
}

/** Shows a net an image [1, H, W, C] and keeps what each layer makes of it. */
export class Viewer {
  private readonly planes: LayersModel['layers'];
  private readonly probe: LayersModel;

  constructor(private readonly net: LayersModel) {
    this.planes = net.layers.filter(({outputShape}) => outputShape.length === 4);
    const outputs = [...this.planes.map(({output}) => output), ...net.outputs] as SymbolicTensor[];
    this.probe = model({inputs: net.inputs, outputs});
  }

  async look(image: Tensor4D): Promise<Look> {
    const outputs = tf.tidy(() => {
      const all = this.probe.predict(image) as Tensor[];
      return [...all.slice(0, -1), tf.softmax(all.at(-1) as Tensor2D)];
    });
    try {
      const values = await Promise.all(outputs.map((tensor) => tensor.data() as Promise<Float32Array>));
      return {
        probabilities: [...values.at(-1)!],
        filters: await Promise.all(this.filters()),
        activations: this.planes.map(({name}, i) => activationPicture(name, outputs[i]!.shape, values[i]!)),
      };
    } finally {
      tf.dispose(outputs);
    }
  }

  private filters(): Promise<Picture>[] {
    const [, height, width, depth] = this.planes.at(-1)!.outputShape as number[];
    return this.net.layers.filter(({weights}) => weights[0]?.originalName.endsWith('/kernel')).map(async (layer) => {
      const kernel = layer.weights[0]!.read();
      // A dense layer looks at all planes before it at once: a filter of their size.
      const shape = kernel.rank === 4 ? kernel.shape : [height!, width!, depth!, kernel.shape[1]!];
      return filterPicture(layer.name, shape, await kernel.data() as Float32Array);
    });
  }
}
