/** Every op's configurations, each to be compared with the reference. */
import {assertAgreement, assertSecondAgreement, itAgrees} from '../agreement';
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
  op: agreement.op, declare: (runs?: number) => itAgrees(agreement, runs), assertSome: () => assertSome(agreement),
});

/** The first cases and the last one, and second derivatives of the first that has them. */
async function assertSome<T>({cases, comparison}: Agreement<T>): Promise<void> {
  for (const {one} of [...cases.slice(0, 2), cases.at(-1)!]) await assertAgreement(comparison(one));
  const twice = cases.find(({second}) => second !== false);
  if (twice) await assertSecondAgreement(comparison(twice.one));
}

/** Of each op in turn: `declare` its specs; `assertSome` throws unless some cases agree with the reference. */
export const agreements: readonly {
  op: string, declare: (runs?: number) => void, assertSome: () => Promise<void>,
}[] = [
  declare(conv2dAgreement), declare(im2colAgreement), declare(col2imAgreement), declare(reluAgreement),
  declare(maxPool2dAgreement), declare(affineAgreement), declare(softmaxLossAgreement), declare(batchNormAgreement),
  declare(layerNormAgreement),
];
