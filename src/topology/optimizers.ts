import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Variable} from '@tensorflow/tfjs-core';

import {openOptimizer} from '../tfjs_private';
import {tidy} from '../tidy';
import {own} from './dialect';

/** What tfjs keeps for a weight. */
export interface Slot {
  originalName: string;
  variable: Variable;
}

type Gradients = tf.NamedTensorMap | {name: string, tensor: Tensor}[];

/** Makes the optimizers of Keras known whose formulas tfjs's optimizers of the same names do not follow. */
export function registerOptimizers(): void {
  const {classNameMap} = tf.serialization.SerializationMap.getMap();
  if (Object.hasOwn(classNameMap, 'KerasAdadelta')) return;
  register('KerasAdam', adam());
  register('KerasAdadelta', adadelta());
  register('KerasCenteredRMSprop', centeredRMSprop());
}

/** Gives a class a name of its own in files; its optimizers answer with that of tfjs's class. */
function register(className: string, cls: tf.serialization.SerializableConstructor<tf.Optimizer> & {prototype: object}): void {
  const {className: ofTfjs} = cls;
  Object.defineProperty(cls, 'className', {value: className});
  Object.assign(cls.prototype, {getClassName: () => ofTfjs});
  tf.serialization.registerClass(cls);
}

/** An optimizer as files hold it. */
export interface SavedOptimizer {
  className: string;
  config: tf.serialization.ConfigDict;
  scalars: {[field: string]: number};
}

/** How a model was compiled, with Keras's formula where tfjs's optimizer has another. */
export function withKerasFormula<T extends {optimizer: SavedOptimizer}>(training: T): T {
  const {optimizer} = training;
  const className = optimizer.className === 'RMSProp' && optimizer.config['centered'] ? 'KerasCenteredRMSprop' :
    own({Adam: 'KerasAdam', Adadelta: 'KerasAdadelta'}, optimizer.className) ?? optimizer.className;
  return {...training, optimizer: {...optimizer, className}};
}

/** What files call the class of an optimizer; ours answer `getClassName` with the name of tfjs's. */
export function optimizerClass(optimizer: tf.Optimizer): string {
  return (optimizer.constructor as unknown as {className?: string}).className ?? optimizer.getClassName();
}

function adam() {
  /** Keras adds epsilon before the second moment is corrected for its start at 0, tfjs after. */
  return class KerasAdam extends tf.AdamOptimizer {
    override applyGradients(gradients: Gradients): void {
      const open = openOptimizer(this);
      const {epsilon} = open;
      tidy(() => {
        open['epsilon'] = tf.div(epsilon as number, tf.sqrt(tf.sub(1, open['accBeta2'] as Variable)));
        try {
          super.applyGradients(gradients as {name: string, tensor: Tensor}[]);
        } finally {
          open['epsilon'] = epsilon;
        }
      });
    }
  };
}

function adadelta() {
  /** Keras divides by the mean of squares with this step's gradient in it, tfjs by the one before. */
  return class KerasAdadelta extends tf.AdadeltaOptimizer {
    override applyGradients(gradients: Gradients): void {
      const {learningRate, rho, epsilon} = this;
      stepEach(this, gradients, ['accumulatedGrads', 'accumulatedUpdates'], (dw, [squares, updates]) => {
        const newSquares = average(squares!, tf.square(dw), rho);
        const update = tf.mul(tf.div(root(updates!, epsilon), root(newSquares, epsilon)), dw);
        return {step: tf.mul(update, learningRate), slots: [newSquares, average(updates!, tf.square(update), rho)]};
      });
    }
  };
}

function centeredRMSprop() {
  /** Keras adds epsilon under the root, tfjs takes it away, which is NaN for small gradients. */
  return class KerasCenteredRMSprop extends tf.RMSPropOptimizer {
    override applyGradients(gradients: Gradients): void {
      const {learningRate, decay, momentum, epsilon} = this;
      const fields = ['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads'];
      stepEach(this, gradients, fields, (dw, [squares, moment, mean]) => {
        const [newSquares, newMean] = [average(squares!, tf.square(dw), decay), average(mean!, dw, decay)];
        const scaled = tf.div(tf.mul(dw, learningRate), root(tf.sub(newSquares, tf.square(newMean)), epsilon));
        const newMoment = tf.add(tf.mul(moment!, momentum), scaled);
        return {step: newMoment, slots: [newSquares, newMoment, newMean]};
      });
    }
  };
}

/** Changes each weight, and what the optimizer keeps for it under these names. */
function stepEach(
    optimizer: tf.Optimizer, gradients: Gradients, fields: readonly string[],
    rule: (dw: Tensor, slots: Tensor[]) => {step: Tensor, slots: Tensor[]}): void {
  const open = openOptimizer(optimizer);
  const list = Array.isArray(gradients) ? gradients : Object.entries(gradients).map(([name, tensor]) => ({name, tensor}));
  const {registeredVariables} = tf.engine();
  list.forEach(({name, tensor}, i) => {
    const weight = registeredVariables[name]!;
    const slots = fields.map((field) => ((open[field] as Slot[])[i] ??= {
      originalName: `${name}/${field}`, variable: tidy(() => tf.variable(tf.zerosLike(weight), false)),
    }).variable);
    if (!tensor) return;
    tidy(() => {
      const after = rule(tensor, slots);
      slots.forEach((slot, k) => slot.assign(after.slots[k]!));
      weight.assign(tf.sub(weight, after.step));
    });
  });
  open.incrementIterations();
}

function average(before: Tensor, now: Tensor, rate: number): Tensor {
  return tf.add(tf.mul(before, rate), tf.mul(now, 1 - rate));
}

function root(x: Tensor, epsilon: number): Tensor {
  return tf.sqrt(tf.add(x, epsilon));
}
