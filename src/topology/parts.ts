import {show} from '../validate';
import {classAndConfig, isObject, kerasObject, own} from './dialect';
import type {Generation, JsonObject} from './dialect';
import {camelCase, snakeCase} from './names';

/** What a part of a layer's configuration is, by the name of its argument. */
export type PartKind = 'initializer' | 'regularizer' | 'constraint' | 'activation' | 'word' | 'value';

/** The kind of the argument of this name in tf.layers. */
export function kindOf(key: string): PartKind {
  const suffix = /(Initializer|Regularizer|Constraint)$/.exec(key)?.[1];
  if (suffix) return suffix.toLowerCase() as PartKind;
  if (/^(recurrentA|a)ctivation$/.test(key)) return 'activation';
  return key === 'dataFormat' ? 'word' : 'value';
}

/** Arguments of each class, by Keras's names of the classes. */
const classes: {[kind: string]: {module: string, names: {[className: string]: readonly string[]}}} = {
  initializer: {
    module: 'keras.initializers',
    names: {
      Zeros: [], Ones: [], Constant: ['value'], RandomUniform: ['minval', 'maxval', 'seed'],
      RandomNormal: ['mean', 'stddev', 'seed'], TruncatedNormal: ['mean', 'stddev', 'seed'], Identity: ['gain'],
      VarianceScaling: ['scale', 'mode', 'distribution', 'seed'], GlorotUniform: ['seed'], GlorotNormal: ['seed'],
      HeNormal: ['seed'], HeUniform: ['seed'], LecunNormal: ['seed'], LecunUniform: ['seed'],
      Orthogonal: ['gain', 'seed'],
    },
  },
  regularizer: {module: 'keras.regularizers', names: {L1L2: ['l1', 'l2'], L1: ['l1'], L2: ['l2']}},
  constraint: {
    module: 'keras.constraints',
    names: {
      MaxNorm: ['maxValue', 'axis'], UnitNorm: ['axis'], NonNeg: [], MinMaxNorm: ['minValue', 'maxValue', 'rate', 'axis'],
    },
  },
};

/** What tfjs calls otherwise. */
const tfjsNames: {[className: string]: string} = {
  LecunNormal: 'LeCunNormal', LecunUniform: 'LeCunUniform', L1: 'L1L2', L2: 'L1L2',
};
const kerasNames: {[className: string]: string} = {LeCunNormal: 'LecunNormal', LeCunUniform: 'LecunUniform'};

/** Activations of tf.layers by Keras's names; both compute the same. */
const activations: {[keras: string]: string} = {
  linear: 'linear', relu: 'relu', relu6: 'relu6', elu: 'elu', selu: 'selu', sigmoid: 'sigmoid', tanh: 'tanh',
  softmax: 'softmax', softplus: 'softplus', softsign: 'softsign', swish: 'swish', silu: 'swish', mish: 'mish',
  gelu: 'gelu', log_softmax: 'logSoftmax', hard_sigmoid: 'hardSigmoid',
  exponential: 'exponential', hard_silu: 'hardSilu', hard_swish: 'hardSilu', leaky_relu: 'leakyRelu',
};

/** A value of tf.layers' configuration as Keras writes it. */
export function partToKeras(label: string, key: string, value: unknown, generation: Generation): unknown {
  if (value === null || value === undefined) return null;
  const kind = kindOf(key);
  if (kind === 'word') return snakeCase(String(value));
  if (kind === 'activation') return activationToKeras(label, String(value), generation);
  // tfjs keeps the size that Reshape works out itself as null, tf_keras knows -1 alone.
  if (key === 'targetShape') return (value as (number | null)[]).map((size) => size ?? -1);
  if (kind === 'value') return value;
  const {className, config} = value as {className: string, config: JsonObject};
  const name = kerasNames[className] ?? className;
  const args = classes[kind]!.names[name];
  if (!args) throw new Error(`${label}: Keras has no ${kind} ${show(className)}, which ${key} is. Use another.`);
  const words = (arg: string) => ['mode', 'distribution'].includes(arg);
  return kerasObject(3, classes[kind]!.module, name, Object.fromEntries(args.map((arg) => {
    const part = config[arg] ?? null;
    return [snakeCase(arg), words(arg) && typeof part === 'string' ? distribution(snakeCase(part)) : part];
  })));
}

/** tfjs's 'normal' has always been the truncated one. */
function distribution(word: string): string {
  return word === 'normal' ? 'truncated_normal' : word;
}

function activationToKeras(label: string, value: string, generation: Generation): string {
  if (value === 'kerasHardSigmoid' && generation === 3) return 'hard_sigmoid';
  const [name] = Object.entries(activations).find(([, ours]) => ours === value) ?? [];
  if (name === undefined) {
    throw new Error(`${label}: Keras has no activation ${show(value)} that computes the same. Use another.`);
  }
  if (name === 'hard_sigmoid') {
    throw new Error(`${label}: the activation 'hardSigmoid' is 0.2 x + 0.5 in tfjs and in Keras 2, but x / 6 + 0.5 in Keras ` +
        '3, so that a file would mean two things. Use another activation.');
  }
  if (generation === 2 && name === 'log_softmax') {
    throw new Error(`${label}: .h5 files have no activation 'logSoftmax'. Use the format 'keras'.`);
  }
  return name === 'swish' && generation === 3 ? 'silu' : name;
}

/** A value of Keras's configuration as tf.layers takes it; `major` is the version of Keras that wrote it. */
export function partFromKeras(label: string, key: string, value: unknown, major: Generation): unknown {
  if (value === null || value === undefined) return null;
  const kind = kindOf(key);
  if (kind === 'word') return camelCase(String(value));
  if (kind === 'activation') return activationFromKeras(label, key, value, major);
  if (kind === 'value') return value;
  const {className, config} = classAndConfig(value) ?? {className: show(value), config: {}};
  const known = Object.keys(classes[kind]!.names).find((name) => camelCase(name).toLowerCase() ===
      camelCase(className).toLowerCase());
  if (!known) {
    throw new Error(`${label}: tfjs has no ${kind} ${show(className)}, which ${snakeCase(key)} is. Change it in Python.`);
  }
  const args = Object.fromEntries(classes[kind]!.names[known]!.flatMap((arg) => {
    const part = config[snakeCase(arg)];
    if (part === undefined || part === null) return [];
    return [[arg, typeof part === 'string' ? camelCase(part.replace(/^untruncated_normal$/, 'normal')) : part]];
  }));
  const regularizer = known === 'L1' ? {l2: 0} : known === 'L2' ? {l1: 0} : {};
  return {className: tfjsNames[known] ?? known, config: {...regularizer, ...args}};
}

function activationFromKeras(label: string, key: string, value: unknown, major: Generation): string {
  const name = typeof value === 'string' ? value : isObject(value) ? String(value['config'] ?? value['class_name']) : show(value);
  const ours = own(activations, name);
  if (ours !== undefined) return ours === 'hardSigmoid' && major === 3 ? 'kerasHardSigmoid' : ours;
  throw new Error(`${label}: tfjs has no activation ${show(name)} that computes the same, which ${snakeCase(key)} is. ` +
      'Use another, or a layer for it, in Python.');
}
