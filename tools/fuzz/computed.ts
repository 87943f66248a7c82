/** Ops and layers, one by one, on random configurations of the specs, against src/reference. */
import * as fc from 'fast-check';
import * as tf from '@tensorflow/tfjs-core';

import {layers} from '../../src';
import {assertAgreement} from '../../spec/support/agreement';
import type {Agreement, Comparison} from '../../spec/support/agreement';
import {toTensor} from '../../spec/support/arrays';
import * as cases from '../../spec/support/cases';
import type {Layer} from '../../spec/support/layer_checks';
import {assertClose} from '../../spec/support/matchers';
import {randomValues} from '../../spec/support/random';
import {toleranceOf} from '../../spec/support/tolerances';
import {windowOptions} from '../../spec/support/windows';
import type {Draw} from './damage';

/** The configuration that belongs to a seed. */
export function sampled<T>(arbitrary: fc.Arbitrary<T>, draw: Draw): T {
  return fc.sample(arbitrary, {seed: draw(2 ** 31), numRuns: 1, unbiased: true})[0]!;
}

/** Some of them with a larger batch, where work is split. */
function configuration<T>({random}: Agreement<T>, draw: Draw): T {
  const one = sampled(random, draw);
  const more = draw(10) === 0 ? 1 + draw(64) : null;
  const isBatch = more !== null && typeof (one as {batch?: unknown}).batch === 'number';
  return isBatch ? {...one, batch: more} : one;
}

/** An op's value and gradients by each way to them. */
export async function fuzzOp(draw: Draw): Promise<string> {
  const agreement = cases.allAgreements[draw(cases.allAgreements.length)] as unknown as Agreement<unknown>;
  const one = configuration(agreement, draw);
  return told(`${agreement.op} ${JSON.stringify(one)}`, () => assertAgreement(agreement.comparison(one)));
}

/** A layer that stands for a configuration of an op; the names of its weights are inputs of the op. */
interface LayerFuzz<T> {
  agreement: Agreement<T>;
  make: (one: T) => Layer | null;
  weights: (inputs: Comparison['inputs']) => string[];
  training?: (one: T) => boolean;
}

type CaseOf<A> = A extends Agreement<infer T> ? T : never;
const given = (...names: string[]) => (inputs: Comparison['inputs']) => names.filter((name) => inputs[name]);

function rule<A>(agreement: A & Agreement<CaseOf<A>>, rest: Omit<LayerFuzz<CaseOf<A>>, 'agreement'>): LayerFuzz<unknown> {
  return {agreement, ...rest} as unknown as LayerFuzz<unknown>;
}

/** The layers that do one op; what they are made of is read from the op's configuration. */
const layerRules: {[factory: string]: LayerFuzz<unknown>} = {
  conv2d: rule(cases.conv2dAgreement, {
    make: ({window, groups, filters, bias}) => layers.conv2d(
        {...windowOptions(window), filters: filters * groups, kernelSize: window.kernel, groups, useBias: bias}),
    weights: given('w', 'b'),
  }),
  depthwiseConv2d: rule(cases.depthwiseConv2dAgreement, {
    make: ({window, multiplier, bias}) => layers.depthwiseConv2d(
        {...windowOptions(window), kernelSize: window.kernel, depthMultiplier: multiplier, useBias: bias}),
    weights: given('w', 'b'),
  }),
  conv2dTranspose: rule(cases.conv2dTransposeAgreement, {
    make: ({window, outputPadding, filters, bias}) => layers.conv2dTranspose(
        {...windowOptions(window), filters, kernelSize: window.kernel, outputPadding, useBias: bias}),
    weights: given('w', 'b'),
  }),
  maxPooling2d: rule(cases.maxPool2dAgreement, {
    make: ({window, ties}) => layers.maxPooling2d({...windowOptions(window), poolSize: window.kernel, ties}),
    weights: given(),
  }),
  averagePooling2d: rule(cases.averagePool2dAgreement, {
    make: ({window}) => layers.averagePooling2d({...windowOptions(window), poolSize: window.kernel}), weights: given(),
  }),
  dense: rule(cases.affineAgreement, {
    make: ({shape, columns, bias}) => (shape.length === 2 ? layers.dense({units: columns, useBias: bias}) : null),
    weights: given('w', 'b'),
  }),
  reLU: rule(cases.reluAgreement, {
    make: ({shape, options}) =>
      (shape.length > 0 ? layers.reLU({...options, maxValue: options.maxValue ?? undefined}) : null),
    weights: given(),
  }),
  batchNormalization: rule(cases.batchNormAgreement, {
    make: ({axis, backward, gamma, beta, epsilon}) =>
      layers.batchNormalization({axis, backward, scale: gamma, center: beta, epsilon: epsilon ?? 1e-3}),
    weights: given('gamma', 'beta', 'mean', 'variance'), training: ({mode}) => mode === 'train',
  }),
  layerNormalization: rule(cases.layerNormAgreement, {
    make: ({shape, axis = -1, gamma, beta, epsilon}) => ([axis].flat().some((a) => (a + shape.length) % shape.length === 0) ?
      null : layers.layerNormalization({axis, scale: gamma, center: beta, epsilon: epsilon ?? 1e-3})),
    weights: given('gamma', 'beta'),
  }),
  groupNormalization: rule(cases.groupNormAgreement, {
    make: ({groups, axis, gamma, beta, epsilon}) =>
      layers.groupNormalization({groups, axis, scale: gamma, center: beta, epsilon: epsilon ?? 1e-3}),
    weights: given('gamma', 'beta'),
  }),
};

const layerNames = Object.keys(layerRules);

/** A layer's value, and its gradients by its input and its trainable weights. */
export async function fuzzLayer(draw: Draw): Promise<string> {
  const name = layerNames[draw(layerNames.length)]!;
  const {agreement, make, weights, training} = layerRules[name]!;
  let one = configuration(agreement, draw);
  for (let tries = 0; make(one) === null && tries < 100; tries++) one = configuration(agreement, draw);
  return told(`layers.${name} ${JSON.stringify(one)}`, async () => {
    const layer = make(one)!;
    const {op, inputs, orders = {}, reference} = agreement.comparison(one);
    const tolerance = toleranceOf(op);
    const {out, backward} = reference(inputs);
    const dout = randomValues(out.shape, 1001);
    const wanted = backward(dout);
    const names = weights(inputs);
    const results = tf.tidy(() => {
      const x = toTensor(inputs['x']!, orders['x']);
      layer.build(x.shape);
      layer.setWeights(names.map((input) => toTensor(inputs[input]!, orders[input])));
      const by = [x, ...layer.trainableWeights.map((weight) => weight.read())];
      const call = () => layer.apply(x, {training: training?.(one) ?? false}) as tf.Tensor;
      const {grads} = tf.engine().gradients(call, by, toTensor(dout, orders['out']));
      return [call(), ...grads];
    });
    try {
      await assertClose(results[0]!, out, tolerance, 'out', orders['out']);
      for (const [i, input] of ['x', ...names].entries()) {
        const expected = wanted[input];
        if (expected) await assertClose(results[i + 1]!, expected, tolerance, `d${input}`, orders[input]);
      }
    } finally {
      tf.dispose(results);
      layer.weights.forEach((weight) => weight.dispose());
    }
  });
}

async function told(title: string, check: () => Promise<void>): Promise<string> {
  try {
    await check();
    return 'agreed';
  } catch (error) {
    throw new Error(`${title}: ${error instanceof Error ? error.message : error}`, {cause: error});
  }
}
