import {defaultKernels} from '../default';
import type {Kernels} from '../kernels';
import {registerKernels} from '../registry';
import * as conv from './conv';
import * as dense from './dense';
import * as native from './native_kernels';
import {hasNativeOps} from './native_ops';
import * as norm from './norm';
import * as pool from './pool';

/** tfjs-node runs any op of TensorFlow by its name, also those that tfjs itself never calls. */
const composedKernels: Kernels = {
  ...defaultKernels,
  conv2d: conv.conv2d, conv2dInputGrad: conv.conv2dInputGrad, conv2dFilterGrad: conv.conv2dFilterGrad,
  relu: dense.relu, reluGrad: dense.reluGrad, matMul: dense.matMul, affine: dense.affine,
  maxPool: pool.maxPool, maxPoolScatter: pool.maxPoolScatter, maxPoolGather: pool.maxPoolGather,
  softmaxLoss: dense.softmaxLoss,
  batchNorm: norm.batchNorm, batchNormGrad: norm.batchNormGrad, batchNormInference: norm.batchNormInference,
};

/** A kernel that gives null where the composed one is better. */
type Native = {[K in keyof Kernels]?: (...args: Parameters<NonNullable<Kernels[K]>>) =>
  ReturnType<NonNullable<Kernels[K]>> | null};

const nativeKernels: Native = {
  conv2d: native.conv2d, conv2dRelu: native.conv2dRelu, conv2dFilterGrad: native.conv2dFilterGrad,
  conv2dWeightGrads: native.conv2dWeightGrads, relu: native.relu, reluGrad: native.reluGrad, matMul: native.matMul,
  affineRelu: native.affineRelu, columnSum: native.columnSum, maxPool: native.maxPool,
  maxPoolScatter: native.maxPoolScatter, maxPoolGather: native.maxPoolGather, softmaxLoss: native.softmaxLoss,
  batchNorm: native.batchNorm, batchNormGrad: native.batchNormGrad, batchNormInference: native.batchNormInference,
  movingAverages: native.movingAverages, layerNorm: native.layerNorm, layerNormGrad: native.layerNormGrad,
};

type Kernel = (...args: unknown[]) => unknown;

/** The kernel of `native/` where TensorFlow has it and it serves, else the one composed of TensorFlow's own ops. */
function choose(name: keyof Kernels): Kernel {
  const own = nativeKernels[name] as Kernel | undefined;
  const composed = composedKernels[name] as Kernel | undefined;
  if (!own) return composed!;
  return (...args) => (hasNativeOps() ? own(...args) : null) ?? composed?.(...args) ?? null;
}

const names = new Set([...Object.keys(composedKernels), ...Object.keys(nativeKernels)]) as Set<keyof Kernels>;
registerKernels('tensorflow', Object.fromEntries([...names].map(name => [name, choose(name)])));
