import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

/** Activations of Keras that tf.layers does not have, or computes otherwise, by the names that they have here. */
const formulas: {[name: string]: (x: Tensor) => Tensor} = {
  /** Keras 3's; tf.layers' 'hardSigmoid' is Keras 2's, 0.2 x + 0.5. */
  kerasHardSigmoid: (x) => tf.div(tf.relu6(tf.add(x, 3)), 6),
  hardSilu: (x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)),
  exponential: (x) => tf.exp(x),
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
};

/** Makes them known to tf.layers, whose layers look an activation up by its name. */
export function registerActivations(): void {
  for (const [name, formula] of Object.entries(formulas)) {
    if (Object.hasOwn(tf.serialization.SerializationMap.getMap().classNameMap, name)) continue;
    const cls = class extends tf.serialization.Serializable {
      static className = name;
      apply(x: Tensor): Tensor {
        return tf.tidy(() => formula(x));
      }
      override getConfig(): tf.serialization.ConfigDict {
        return {};
      }
    };
    tf.serialization.registerClass(cls);
  }
}
