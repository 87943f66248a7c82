/** Every op's configurations, each to be compared with the reference. */
import {itAgrees} from '../agreement';
import type {Agreement} from '../agreement';
import {affineAgreement} from './affine';
import {batchNormAgreement} from './batch_norm';
import {conv2dAgreement} from './conv2d';
import {col2imAgreement, im2colAgreement} from './im2col';
import {layerNormAgreement} from './layer_norm';
import {maxPool2dAgreement} from './max_pool2d';
import {reluAgreement} from './relu';
import {softmaxLossAgreement} from './softmax_loss';

export {
  affineAgreement, batchNormAgreement, col2imAgreement, conv2dAgreement, im2colAgreement, layerNormAgreement,
  maxPool2dAgreement, reluAgreement, softmaxLossAgreement,
};

const declare = <T>(agreement: Agreement<T>) => ({
  op: agreement.op, declare: (runs?: number) => itAgrees(agreement, runs),
});

/** Declares the specs of each op in turn. */
export const agreements: readonly {op: string, declare: (runs?: number) => void}[] = [
  declare(conv2dAgreement), declare(im2colAgreement), declare(col2imAgreement), declare(reluAgreement),
  declare(maxPool2dAgreement), declare(affineAgreement), declare(softmaxLossAgreement), declare(batchNormAgreement),
  declare(layerNormAgreement),
];
