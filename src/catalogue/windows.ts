import {layers as builtIn} from '@tensorflow/tfjs-layers';

import * as explicit from '../layers';
import {layerFields} from '../tfjs_private';
import {bias, convolution, lastAxis, noDilation, noDilation3d, noKeepdims, pool, pool1d, weight, window} from './keras_args';
import {maker} from './make';
import {
  croppedTranspose, paddedConvolution, paddedPool, paddedSeparable, pooledThenReshaped, wordedConv1d,
} from './padding';
import type {Config, KernelFacts, Kernels, Layer, LayerRow} from './row';

function filtersOf({config, channels}: KernelFacts): Kernels {
  const [filters, groups] = [config['filters'] as number, (config['groups'] ?? 1) as number];
  return {sizes: [[[...config['kernelSize'] as number[], channels / groups], [filters]]], bias: filters};
}

function depthwiseFilters({config, channels}: KernelFacts): Kernels {
  const multiplier = (config['depthMultiplier'] ?? 1) as number;
  return {sizes: [[[...config['kernelSize'] as number[], channels], [multiplier]]], bias: channels * multiplier};
}

function separableFilters(facts: KernelFacts): Kernels {
  const {sizes, bias: between} = depthwiseFilters(facts);
  const filters = facts.config['filters'] as number;
  return {sizes: [...sizes, [[between], [filters]]], bias: filters};
}

/** tf.layers' depthwise layer computes without dilation, and says its regularizer where the constraint belongs. */
function depthwiseConfig(layer: Layer): Config {
  const {depthwiseConstraint} = layerFields(layer);
  if (depthwiseConstraint === undefined) throw new Error('its constraint is not found. Use @tensorflow/tfjs-layers 4.22.');
  return {
    ...layer.getConfig(), dilationRate: 1,
    depthwiseConstraint: depthwiseConstraint &&
      {className: depthwiseConstraint.getClassName(), config: depthwiseConstraint.getConfig()},
  };
}

/** getConfig forgets the data format; ours has none, and refuses one. */
function conv1dConfig(layer: Layer): Config {
  const {dataFormat} = layerFields(layer);
  return {...layer.getConfig(), ...(dataFormat === 'channelsFirst' && {dataFormat})};
}

/** Layers that slide a window, and those that change the sizes of images. */
export const windowRows = {
  Conv2D: {
    kind: 'convolution', kernels: filtersOf,
    explicit: {
      factory: 'conv2d', class: explicit.ExplicitConv2D, make: maker(explicit.conv2d), op: 'conv2d',
      own: {groups: {default: 1, refused: 'knows no groups'}, exactFit: {default: false}},
      example: {inputShape: [5, 5, 3], args: {filters: 2, kernelSize: 3, strides: 2, padding: 1}},
      twin: {factory: 'conv2d', make: maker(builtIn.conv2d), row: paddedConvolution},
    },
    keras: {args: [...convolution, 'dilationRate', ...weight('kernel')], more: ['groups'], neutral: {groups: [1]}},
  },
  MaxPooling2D: {
    kind: 'pool',
    explicit: {
      factory: 'maxPooling2d', class: explicit.ExplicitMaxPooling2D, make: maker(explicit.maxPooling2d), op: 'maxPool2d',
      own: {dilationRate: {default: [1, 1], refused: 'knows no dilation'}, ties: {default: 'all'}, exactFit: {default: false}},
      differs: ['ties'],
      example: {inputShape: [5, 5, 2], args: {poolSize: 3, strides: 2}},
      twin: {factory: 'maxPooling2d', make: maker(builtIn.maxPooling2d), row: paddedPool},
    },
    keras: {args: pool},
  },
  AveragePooling2D: {
    kind: 'pool',
    explicit: {
      factory: 'averagePooling2d', class: explicit.ExplicitAveragePooling2D, make: maker(explicit.averagePooling2d),
      op: 'averagePool2d', own: {dilationRate: {default: [1, 1], refused: 'knows no dilation'}, exactFit: {default: false}},
      differs: ['borders'], example: {inputShape: [5, 5, 2], args: {poolSize: 3, strides: 2}},
      twin: {factory: 'averagePooling2d', make: maker(builtIn.averagePooling2d), row: paddedPool},
    },
    keras: {args: pool},
  },
  DepthwiseConv2D: {
    kind: 'convolution', kernels: depthwiseFilters,
    explicit: {
      factory: 'depthwiseConv2d', class: explicit.ExplicitDepthwiseConv2D, make: maker(explicit.depthwiseConv2d),
      op: 'depthwiseConv2d',
      own: {dilationRate: {default: [1, 1], refused: 'ignores dilationRate'}, exactFit: {default: false}},
      example: {inputShape: [5, 5, 3], args: {kernelSize: 3, strides: 2, padding: 1, depthMultiplier: 2}},
      twin: {
        factory: 'depthwiseConv2d', make: maker(builtIn.depthwiseConv2d), row: paddedConvolution, configOf: depthwiseConfig,
      },
    },
    keras: {
      args: ['kernelSize', ...window, 'depthMultiplier', 'activation', ...bias, ...weight('depthwise')],
      more: ['dilationRate'],
      neutral: {...noDilation, groups: [1]},
    },
  },
  SeparableConv2D: {
    kind: 'convolution', kernels: separableFilters,
    explicit: {
      factory: 'separableConv2d', class: explicit.ExplicitSeparableConv2D, make: maker(explicit.separableConv2d), op: 'conv2d',
      own: {exactFit: {default: false}},
      example: {inputShape: [5, 5, 3], args: {filters: 2, kernelSize: 3, strides: 2, padding: 1, depthMultiplier: 2}},
      twin: {
        factory: 'separableConv2d', make: maker(builtIn.separableConv2d), row: paddedSeparable,
        // getConfig forgets it.
        configOf: (layer) => ({...layer.getConfig(), depthMultiplier: layerFields(layer).depthMultiplier!}),
        note: () => 'a tf.layers.separableConv2d that is rebuilt initialises both kernels with depthwiseInitializer',
      },
    },
    keras: {
      args: [...convolution, 'dilationRate', 'depthMultiplier', ...weight('depthwise'), ...weight('pointwise')],
      neutral: {groups: [1]},
    },
  },
  Conv2DTranspose: {
    kind: 'other', kernels: (facts) => ({...filtersOf(facts), over: 'input'}),
    explicit: {
      factory: 'conv2dTranspose', class: explicit.ExplicitConv2DTranspose, make: maker(explicit.conv2dTranspose),
      op: 'conv2dTranspose',
      own: {
        outputPadding: {default: null, refused: 'knows no outputPadding'},
        dilationRate: {default: [1, 1], refused: 'ignores dilationRate'},
      },
      example: {inputShape: [3, 4, 3], args: {filters: 2, kernelSize: 3, strides: 2, padding: 'same'}},
      twin: {factory: 'conv2dTranspose', make: maker(builtIn.conv2dTranspose), row: croppedTranspose},
    },
    keras: {
      args: [...convolution, ...weight('kernel')], more: ['outputPadding', 'dilationRate'],
      neutral: {...noDilation, groups: [1]},
    },
  },
  Conv1D: {
    kind: 'other', kernels: filtersOf,
    explicit: {
      factory: 'conv1d', class: explicit.ExplicitConv1D, make: maker(explicit.conv1d), op: 'conv2d',
      own: {groups: {default: 1, refused: 'knows no groups'}},
      example: {inputShape: [7, 3], args: {filters: 2, kernelSize: 3, strides: 2, padding: 'same'}},
      twin: {factory: 'conv1d', make: maker(builtIn.conv1d), row: wordedConv1d, configOf: conv1dConfig},
    },
    keras: {
      args: [...convolution.filter((arg) => arg !== 'dataFormat'), 'dilationRate', ...weight('kernel')],
      more: ['groups'], neutral: {...lastAxis, groups: [1]},
    },
  },
  Conv3D: {kind: 'other', keras: {args: [...convolution, 'dilationRate', ...weight('kernel')], neutral: {groups: [1]}}},
  Conv3DTranspose: {
    kind: 'other',
    keras: {args: [...convolution, ...weight('kernel')], neutral: {...noDilation3d, groups: [1]}},
  },
  AveragePooling3D: {kind: 'other', keras: {args: pool}},
  MaxPooling3D: {kind: 'other', keras: {args: pool}},
  AveragePooling1D: {kind: 'other', keras: {args: pool1d, neutral: lastAxis}},
  MaxPooling1D: {kind: 'other', keras: {args: pool1d, neutral: lastAxis}},
  GlobalAveragePooling1D: {kind: 'reshape', keras: {args: [], neutral: {...lastAxis, ...noKeepdims}}},
  GlobalAveragePooling2D: {
    kind: 'reshape',
    explicit: {
      factory: 'globalAveragePooling2d', class: explicit.ExplicitGlobalAveragePooling2D,
      make: maker(explicit.globalAveragePooling2d), op: 'averagePool2d', own: {keepDims: {default: false}},
      example: {inputShape: [4, 5, 3], args: {}},
      twin: {factory: 'globalAveragePooling2d', make: maker(builtIn.globalAveragePooling2d), row: pooledThenReshaped},
    },
    keras: {args: ['dataFormat'], more: ['keepDims'], spelling: {keepDims: 'keepdims'}, neutral: noKeepdims},
  },
  GlobalMaxPooling1D: {kind: 'reshape', keras: {args: [], neutral: {...lastAxis, ...noKeepdims}}},
  GlobalMaxPooling2D: {
    kind: 'reshape',
    explicit: {
      factory: 'globalMaxPooling2d', class: explicit.ExplicitGlobalMaxPooling2D,
      make: maker(explicit.globalMaxPooling2d), op: 'maxPool2d',
      own: {keepDims: {default: false}, ties: {default: 'all', refused: 'gives every tied maximum the full gradient'}},
      example: {inputShape: [4, 5, 3], args: {}},
      twin: {factory: 'globalMaxPooling2d', make: maker(builtIn.globalMaxPooling2d), row: pooledThenReshaped},
    },
    keras: {args: ['dataFormat'], more: ['keepDims'], spelling: {keepDims: 'keepdims'}, neutral: noKeepdims},
  },
  Cropping2D: {kind: 'border', keras: {args: ['cropping', 'dataFormat']}},
  ZeroPadding2D: {kind: 'border', keras: {args: ['padding', 'dataFormat']}},
  UpSampling2D: {
    kind: 'other', upscales: (config) => config['size'] as [number, number],
    keras: {args: ['size', 'dataFormat', 'interpolation']},
  },
} satisfies {[className: string]: LayerRow};
