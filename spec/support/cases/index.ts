/** Every op's configurations, each to be compared with the reference. A file here may hold several ops. */
import {assertAgreement, assertSecondAgreement, itAgrees} from '../agreement';
import type {Agreement} from '../agreement';
import * as affine from './affine';
import * as batchNorm from './batch_norm';
import * as conv2d from './conv2d';
import * as conv2dTranspose from './conv2d_transpose';
import * as depthwiseConv2d from './depthwise_conv2d';
import * as im2col from './im2col';
import * as layerNorm from './layer_norm';
import * as maxPool2d from './max_pool2d';
import * as relu from './relu';
import * as softmaxLoss from './softmax_loss';

export * from './affine';
export * from './batch_norm';
export * from './conv2d';
export * from './conv2d_transpose';
export * from './depthwise_conv2d';
export * from './im2col';
export * from './layer_norm';
export * from './max_pool2d';
export * from './relu';
export * from './softmax_loss';

/** An agreement whose configurations are nobody's business. */
type AnyAgreement = Agreement<never>;

/** Those of all ops. */
export const allAgreements = Object.values<AnyAgreement>({
  ...affine, ...batchNorm, ...conv2d,
  ...conv2dTranspose,
  ...depthwiseConv2d,
  ...im2col, ...layerNorm, ...maxPool2d, ...relu, ...softmaxLoss,
} as unknown as {[name: string]: AnyAgreement});

/** The first cases and the last one, and second derivatives of the first that has them. */
async function assertSome<T>({cases, comparison}: Agreement<T>): Promise<void> {
  for (const {one} of [...cases.slice(0, 2), cases.at(-1)!]) await assertAgreement(comparison(one));
  const twice = cases.find(({second}) => second !== false);
  if (twice) await assertSecondAgreement(comparison(twice.one));
}

/** Of each op in turn: `declare` its specs; `assertSome` throws unless some cases agree with the reference. */
export const agreements: readonly {
  op: string, declare: (runs?: number) => void, assertSome: () => Promise<void>,
}[] = allAgreements.map((agreement) => ({
  op: agreement.op, declare: (runs?: number) => itAgrees(agreement, runs), assertSome: () => assertSome(agreement),
}));
