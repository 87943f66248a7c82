import {layers as builtIn} from '@tensorflow/tfjs-layers';

import * as explicit from '../layers';
import {weight} from './keras_args';
import {maker} from './make';
import type {LayerRow} from './row';

/** Layers that normalise. */
export const normRows = {
  BatchNormalization: {
    kind: 'norm', alongAxis: true,
    explicit: {
      factory: 'batchNormalization', class: explicit.ExplicitBatchNormalization, make: maker(explicit.batchNormalization),
      op: 'batchNorm', own: {backward: {default: 'simplified'}}, differs: ['frozen'],
      example: {inputShape: [3, 3, 2], args: {}},
      twin: {
        factory: 'batchNormalization', make: maker(builtIn.batchNormalization),
        // Keras 2 writes the axis as a list of one, and tfjs lets it stand.
        configOf: (layer) => ({...layer.getConfig(), axis: [layer.getConfig()['axis']].flat()[0] as number}),
        note: ({scale, center}) => (scale && center ? '' : 'tf.layers.batchNormalization trains with scale and center only'),
      },
    },
    keras: {
      args: ['axis', 'momentum', 'epsilon', 'center', 'scale', ...weight('beta'), ...weight('gamma'),
        'movingMeanInitializer', 'movingVarianceInitializer'],
      neutral: {renorm: [false], renorm_momentum: [0.99], synchronized: [false], fused: [true, false]},
    },
  },
  LayerNormalization: {
    kind: 'norm', alongAxis: true,
    explicit: {
      factory: 'layerNormalization', class: explicit.ExplicitLayerNormalization, make: maker(explicit.layerNormalization),
      op: 'layerNorm', own: {}, example: {inputShape: [6], args: {}},
      twin: {
        factory: 'layerNormalization', make: maker(builtIn.layerNormalization),
        note: ({center}) => (center ? '' : 'tf.layers.layerNormalization trains with center only'),
      },
    },
    keras: {
      args: ['axis', 'epsilon', 'center', 'scale', ...weight('beta').slice(0, 2), ...weight('gamma').slice(0, 2)],
      neutral: {rms_scaling: [false]},
    },
  },
  GroupNormalization: {
    kind: 'norm',
    explicit: {
      factory: 'groupNormalization', class: explicit.ExplicitGroupNormalization, make: maker(explicit.groupNormalization),
      op: 'groupNorm', own: {}, example: {inputShape: [3, 3, 4], args: {groups: 2}},
      twin: {none: 'tf.layers has no group normalisation'},
    },
    keras: {args: ['groups', 'axis', 'epsilon', 'center', 'scale', ...weight('beta'), ...weight('gamma')]},
  },
} satisfies {[className: string]: LayerRow};
