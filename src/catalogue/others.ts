import {layers as builtIn} from '@tensorflow/tfjs-layers';

import * as explicit from '../layers';
import {bias, noStates, recurrent, weight} from './keras_args';
import {maker} from './make';
import type {LayerRow} from './row';

/** Dense, and layers that tf.layers alone has: joining, reshaping, looking up. */
export const otherRows = {
  Dense: {
    kind: 'dense',
    kernels: ({config, channels}) => ({sizes: [[[channels], [config['units'] as number]]], bias: config['units'] as number}),
    explicit: {
      factory: 'dense', class: explicit.ExplicitDense, make: maker(explicit.dense), op: 'affine', own: {},
      example: {inputShape: [6], args: {units: 3}},
      twin: {factory: 'dense', make: maker(builtIn.dense)},
    },
    keras: {args: ['units', 'activation', ...bias, ...weight('kernel')]},
  },
  Add: {kind: 'merge', keras: {args: []}},
  Average: {kind: 'merge', keras: {args: []}},
  Maximum: {kind: 'merge', keras: {args: []}},
  Minimum: {kind: 'merge', keras: {args: []}},
  Multiply: {kind: 'merge', keras: {args: []}},
  Concatenate: {kind: 'other', alongAxis: true, keras: {args: ['axis']}},
  Dot: {kind: 'other', keras: {args: ['axes', 'normalize']}},
  Flatten: {kind: 'reshape', keras: {args: ['dataFormat']}},
  Permute: {kind: 'reshape', keras: {args: ['dims']}},
  RepeatVector: {kind: 'reshape', keras: {args: ['n']}},
  Reshape: {kind: 'reshape', keras: {args: ['targetShape']}},
  Embedding: {
    kind: 'other', takesIndices: true,
    keras: {args: ['inputDim', 'outputDim', ...weight('embeddings'), 'maskZero'], neutral: {sparse: [false]}},
  },
  GRU: {kind: 'other', keras: {args: [...recurrent, 'recurrentActivation', 'resetAfter'], neutral: noStates}},
  LSTM: {kind: 'other', keras: {args: [...recurrent, 'recurrentActivation', 'unitForgetBias'], neutral: noStates}},
  SimpleRNN: {kind: 'other', keras: {args: recurrent, neutral: noStates}},
  Masking: {kind: 'other', keras: {args: ['maskValue']}},
  Rescaling: {kind: 'other', keras: {args: ['scale', 'offset']}},
} satisfies {[className: string]: LayerRow};
