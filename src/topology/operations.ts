import {isConstant, isReduction, operandsOf} from '../layers/keras';
import type {Constant} from '../layers/keras';
import {referenceOf} from './calls';
import type {Reference, TfjsLayer} from './calls';
import {show} from '../validate';
import {damaged} from './damaged';
import {isObject, own} from './dialect';
import type {Generation, JsonObject} from './dialect';
import {camelCase, groupName} from './names';

/** An operation that Keras recorded as a layer: `a + b`, `keras.ops.exp(x)`, `tf.nn.relu(x)`. */
interface Operation {
  /** How Python calls it. */
  word: string;
  /** What it is called with: the operands, as tensors of the graph or as numbers, then whatever else by name. */
  operands: (Reference | Constant)[];
  options: JsonObject;
}

/** Python's names of operations, where they are not ours. */
const synonyms: {[word: string]: string} = {
  sub: 'subtract', mul: 'multiply', truediv: 'divide', true_divide: 'divide', div: 'divide', realdiv: 'divide', pow: 'power',
  neg: 'negative', abs: 'absolute', swish: 'silu', hard_swish: 'hardSilu', mod: 'mod', amax: 'max', amin: 'min',
  reduce_mean: 'mean', reduce_max: 'max', reduce_min: 'min', reduce_sum: 'sum', clip_by_value: 'clip', re_lu: 'relu',
  re_lu6: 'relu6',
};
/** What arguments are called that are operands. */
const OPERANDS = ['x', 'x1', 'a', 'input', 'input_tensor', 'features', 'logits', 'tensor', 't', 'x2', 'y', 'b'];
/** Options that change nothing, by operation, or by any. */
const NEUTRAL: {[option: string]: readonly unknown[]} = {
  name: [], dtype: ['float32'], trainable: [true, false], decimals: [0], negative_slope: [0], threshold: [0],
};

/** True for an operation among layers. The `.h5` files of Keras 3 do not say so: layers have a dtype. */
export function isOperation(part: JsonObject, major: Generation): boolean {
  const {module, class_name: className, config} = part;
  if (className === 'TFOpLambda') return true;
  if (major === 2 || !isObject(config)) return false;
  if (typeof module === 'string') return /^keras\.src\.(ops|activations)\b/.test(module);
  const word = wordOf(groupName(String(className)));
  const isKnown = operandsOf(word) !== undefined || isReduction(word);
  return isKnown && ['dtype', 'trainable'].every((key) => !Object.hasOwn(config, key));
}

/**
 * The layer that computes what an operation of Keras does, and its calls with nothing but tensors.
 * @param common name and trainable in tfjs's words
 * @throws Naming the operation or the argument that no layer here computes.
 */
export function operationFromKeras(
    label: string, part: JsonObject, common: JsonObject, shift: (reference: Reference) => Reference): TfjsLayer {
  const nodes = Array.isArray(part['inbound_nodes']) ? part['inbound_nodes'] as unknown[] : [];
  if (nodes.length !== 1) throw damaged(`${label}: an operation is called once. Got ${nodes.length} calls`);
  const operation = operationOf(label, part, nodes[0]);
  const tensors = operation.operands.filter(isReference);
  if (tensors.length === 0) throw new Error(`${label}: it is called without tensors of the model. Use a layer in Python.`);
  // tfjs frees a tensor that is given to a layer twice too early: one that is both operands is given once.
  const [first, second] = tensors;
  const distinct = second && String(first) === String(second) ? [first!] : tensors;
  const inboundNodes = [distinct.map(([name, call, output]) => [...shift([name, call, output]), {}])];
  const {className, config} = layerOf(label, operation);
  return {className, config: {...common, ...config}, inboundNodes};
}

function isReference(operand: Reference | Constant): operand is Reference {
  return Array.isArray(operand) && typeof operand[0] === 'string';
}

function operationOf(label: string, {class_name: className, config}: JsonObject, node: unknown): Operation {
  const {name: _, function: called, ...settings} = isObject(config) ? config : {};
  const word = className === 'TFOpLambda' ? String(called).split('.').at(-1)! : groupName(String(className));
  const {args, kwargs} = isObject(node) ? node : fromKeras2(label, node);
  const named: JsonObject = {...settings, ...isObject(kwargs) ? kwargs : {}};
  const isGiven = (key: string) => named[key] !== undefined && named[key] !== null;
  const byPosition: unknown[] = Array.isArray(args) ? args : [];
  const operands = [...byPosition, ...OPERANDS.filter(isGiven).map((key) => named[key])].map((arg) => operandOf(label, arg));
  const options = Object.fromEntries(Object.entries(named).filter(([key]) => !OPERANDS.includes(key)));
  return {word: wordOf(word), operands, options};
}

/** Our name of an operation of Python's name. */
function wordOf(word: string): string {
  return own(synonyms, word) ?? camelCase(word);
}

/** [layer, call, output, {other arguments}], and ['_CONSTANT_VALUE', -1, 3.0, {...}] where the first is a number. */
function fromKeras2(label: string, node: unknown): JsonObject {
  const list = Array.isArray(node) && Array.isArray(node[0]) ? node as unknown[][] : [node as unknown[]];
  if (list.length !== 1 || !Array.isArray(list[0])) {
    throw new Error(`${label}: an operation on a list of tensors has no layer here. Use a layer in Python.`);
  }
  const [name, call, output, kwargs] = list[0];
  return {args: [name === '_CONSTANT_VALUE' ? output : [name, call, output]], kwargs};
}

function operandOf(label: string, value: unknown): Reference | Constant {
  if (Array.isArray(value) && typeof value[0] === 'string') return referenceOf(label, value);
  if (isObject(value)) {
    const config = isObject(value['config']) ? value['config'] : {};
    if (value['class_name'] === '__keras_tensor__') return referenceOf(label, config['keras_history']);
    if (isConstant(config['value'])) return config['value'];
  }
  if (isConstant(value)) return value;
  throw new Error(`${label}: it is called with ${show(value).slice(0, 80)}, neither a tensor of the model nor numbers. ` +
      'Use a layer in Python.');
}

function layerOf(label: string, operation: Operation): TfjsLayer {
  const {word, options} = operation;
  const operands = [...operation.operands];
  const taken = new Set<string>();
  const take = (key: string, position?: Constant | Reference) => {
    taken.add(key);
    return options[key] ?? position;
  };
  const layer = ((): TfjsLayer | null => {
    if (isReduction(word)) {
      const axis = take('axis', operands[1]);
      return {className: 'KerasReduce', config: {
        op: word, axis: axis === undefined || axis === null ? [] : [axis].flat(), keepDims: Boolean(take('keepdims')),
      }};
    }
    if (word === 'clip') {
      const [min, max] = ['min', 'max'].map((end, i) => take(`x_${end}`, operands[i + 1]) ?? take(`clip_value_${end}`) ?? null);
      return elementwise(word, operands.slice(0, 1), {min, max});
    }
    if (word === 'relu' && ['max_value', 'negative_slope', 'threshold'].some((key) => options[key])) {
      const [maxValue, negativeSlope, threshold] = [take('max_value'), take('negative_slope'), take('threshold')];
      if (!negativeSlope && !threshold) return {className: 'ReLU', config: {maxValue}};
      if (!maxValue && !threshold) return elementwise('leakyRelu', operands, {alpha: negativeSlope});
      return null;
    }
    if (word === 'gelu') return elementwise(take('approximate') ? 'geluTanh' : 'gelu', operands);
    if (word === 'leakyRelu') return elementwise(word, operands, {alpha: take('negative_slope', take('alpha') as number) ?? 0.2});
    if (word === 'elu') return elementwise(word, operands, {alpha: take('alpha') ?? 1});
    if (word === 'softmax' || word === 'logSoftmax') {
      const axis = take('axis');
      if (axis !== undefined && axis !== null && axis !== -1) {
        throw new Error(`${label}: axis is ${show(axis)}; tfjs only has a softmax along the last axis. ` +
            'Permute the axes before it in Python.');
      }
    }
    return operandsOf(word) === undefined ? null : elementwise(word, operands);
  })();
  if (!layer) {
    throw new Error(`${label}: the operation ${word} has no layer here that computes the same. Use a layer instead, ` +
        'keras.layers.Reshape for reshape, say.');
  }
  const other = Object.entries(options).find(([key, value]) =>
    !taken.has(key) && value !== null && value !== undefined && value !== false &&
      !(own(NEUTRAL, key) ?? []).includes(value) && !(layer.className !== 'KerasElementwise' && value === 0));
  if (other) {
    throw new Error(`${label}: the operation ${word} has ${other[0]} ${show(other[1])}, which no layer here computes. Use a ` +
        'layer instead.');
  }
  return layer;

  function elementwise(op: string, given: Operation['operands'], more: JsonObject = {}): TfjsLayer {
    const count = operandsOf(op)!;
    if (given.length !== count) {
      throw new Error(`${label}: the operation ${word} takes ${count} operand${count > 1 ? 's' : ''}. Got ${given.length}. ` +
          'Pass others by name in Python.');
    }
    const at = given.findIndex((operand) => !isReference(operand));
    const constants = at < 0 ? {} : {constant: given[at], constantFirst: at === 0};
    return {className: 'KerasElementwise', config: {op, ...constants, ...more}};
  }
}
