import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {floatBelow} from '../floats';
import * as explicit from '../layers';
import {show} from '../validate';
import {explicitRectifier} from './explicit_rectifier';
import {weight} from './keras_args';
import {maker} from './make';
import type {LayerRow, TwinRow, TwinUse} from './row';

const relu = maker(builtIn.reLU);
const explicitReLU = maker(explicit.reLU);
const leakyReLU = maker(builtIn.leakyReLU);
const thresholdedReLU = maker(builtIn.thresholdedReLU);

/** ThresholdedReLU lets through what is above theta, ours what is at the threshold too: the next float32 below it. */
function oneOfThree({config: {maxValue, ...config}, own, label}: TwinUse): TwinRow {
  const {negativeSlope, threshold} = own as {negativeSlope: number, threshold: number};
  if ([maxValue !== null, negativeSlope > 0, threshold > 0].filter(Boolean).length > 1) {
    throw new Error(`${label}: tf.layers has no rectifier with more than one of maxValue, negativeSlope and threshold. ` +
        `Got ${show({maxValue, negativeSlope, threshold})}. Leave one of them, or keep the explicit layer.`);
  }
  if (negativeSlope > 0) return {row: [leakyReLU({...config, alpha: negativeSlope})]};
  if (threshold > 0) return {row: [thresholdedReLU({...config, theta: floatBelow(threshold)})]};
  return {row: [relu({...config, maxValue})]};
}

/** Layers that work entry by entry: rectifiers and other activations, and noise. */
export const rectifierRows = {
  ReLU: {
    kind: 'entrywise',
    explicit: {
      factory: 'reLU', class: explicit.ExplicitReLU, make: maker(explicit.reLU), op: 'relu',
      own: {negativeSlope: {default: 0}, threshold: {default: 0}}, differs: ['kinks'],
      example: {inputShape: [6], args: {negativeSlope: 0.1}},
      twin: {factory: 'reLU', make: relu, row: oneOfThree},
    },
    keras: {args: ['maxValue'], neutral: {negative_slope: [0], threshold: [0]}},
  },
  LeakyReLU: {kind: 'entrywise', keras: {args: ['alpha'], spelling: {alpha: {2: 'alpha', 3: 'negative_slope'}}}},
  ELU: {kind: 'entrywise', keras: {args: ['alpha']}},
  // Keras 3 has none; its ReLU with a threshold lets through, as this does, what is strictly above.
  ThresholdedReLU: {
    kind: 'entrywise', keras: {args: ['theta'], kerasClass: 'ReLU', spelling: {theta: 'threshold'}},
    becomes: ({theta, ...config}) => explicitReLU({...config, ...explicitRectifier(null, 0, theta)}),
  },
  PReLU: {kind: 'other', keras: {args: [...weight('alpha'), 'sharedAxes']}},
  Activation: {kind: 'other', keras: {args: ['activation']}},
  Softmax: {kind: 'other', alongAxis: true, keras: {args: ['axis']}},
  AlphaDropout: {kind: 'noise', keras: {args: ['rate', 'noiseShape']}},
  Dropout: {
    kind: 'noise',
    explicit: {
      factory: 'dropout', class: explicit.ExplicitDropout, make: maker(explicit.dropout), op: null, own: {},
      example: {inputShape: [6], args: {rate: 0.1, seed: 3}},
      twin: {
        factory: 'dropout', make: maker(builtIn.dropout), note: () => 'its masks differ from those of the explicit layer',
      },
    },
    keras: {args: ['rate', 'noiseShape', 'seed']},
  },
  GaussianDropout: {kind: 'noise', keras: {args: ['rate']}},
  GaussianNoise: {kind: 'noise', keras: {args: ['stddev']}},
  SpatialDropout1D: {kind: 'noise', keras: {args: ['rate']}},
} satisfies {[className: string]: LayerRow};
