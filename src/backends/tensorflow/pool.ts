import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {tieNumber} from '../tie_rules';
import {nativeOne, windowSizes} from './native_ops';

/** The pools of this set, by their names. */
export const pools = {averagePool, averagePoolGrad, maxPool, maxPoolScatter, maxPoolGather};

export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return nativeOne('ExplicitMaxPool', [x], {sizes: windowSizes(g)});
}

export function averagePool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return nativeOne('ExplicitAveragePool', [x], {sizes: windowSizes(g)});
}

export function averagePoolGrad(dout: Tensor4D, g: WindowGeometry): Tensor4D {
  return nativeOne('ExplicitAveragePoolGrad', [dout, tf.tensor1d(g.inSize, 'int32')], {sizes: windowSizes(g)});
}

export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return nativeOne('ExplicitMaxPoolScatter', [dout, x, out], {sizes: [...windowSizes(g), tieNumber(ties)]});
}

export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return nativeOne('ExplicitMaxPoolGather', [v, x, out], {sizes: [...windowSizes(g), tieNumber(ties)]});
}
