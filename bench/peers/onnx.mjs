/** Net S as an ONNX file, whose fields are those of onnx.proto, version 1.16. */

/** @typedef {import('./read_task.mjs').Values} Values */

/**
 * @param {number} id
 * @param {string} type
 * @param {boolean} [repeated]
 */
const field = (id, type, repeated) => ({id, type, ...repeated && {rule: 'repeated'}});

const MESSAGES = {
  Model: {irVersion: field(1, 'int64'), graph: field(7, 'Graph'), opsetImport: field(8, 'OperatorSet', true)},
  OperatorSet: {domain: field(1, 'string'), version: field(2, 'int64')},
  Graph: {
    node: field(1, 'Node', true), name: field(2, 'string'), initializer: field(5, 'Tensor', true),
    input: field(11, 'ValueInfo', true), output: field(12, 'ValueInfo', true),
  },
  Node: {
    input: field(1, 'string', true), output: field(2, 'string', true), opType: field(4, 'string'),
    attribute: field(5, 'Attribute', true),
  },
  Attribute: {name: field(1, 'string'), i: field(3, 'int64'), ints: field(8, 'int64', true), type: field(20, 'int32')},
  Tensor: {dims: field(1, 'int64', true), dataType: field(2, 'int32'), name: field(8, 'string'), rawData: field(9, 'bytes')},
  ValueInfo: {name: field(1, 'string'), type: field(2, 'Type')},
  Type: {tensorType: field(1, 'TensorType')},
  TensorType: {elemType: field(1, 'int32'), shape: field(2, 'Shape')},
  Shape: {dim: field(1, 'Dimension', true)},
  Dimension: {dimValue: field(1, 'int64')},
};
const FLOAT = 1, INT = 2, INTS = 7;

/**
 * The file, for images [N,C,H,W]; `x` goes in, `scores` come out.
 * @param {any} protobuf the package protobufjs
 * @param {Values} images [N,H,W,C]
 * @param {Values[]} weights in tf.layers' order
 * @returns {Uint8Array}
 */
export function onnxOfNetS(protobuf, images, weights) {
  const [w1, b1, w2, b2, w3, b3, w4, b4] = /** @type {[Values, Values, Values, Values, Values, Values, Values, Values]} */
    (weights);
  const [n, height, width, channels] = /** @type {[number, number, number, number]} */ (images.shape);
  const [side, last] = [height / 4, /** @type {number} */ (w2.shape[3])];
  const units = /** @type {number} */ (w3.shape[1]);
  const filters = (/** @type {Values} */ w) => permuted(w, [3, 2, 0, 1]);
  // The dense layer takes what is flattened with the channels first.
  const dense = {...permuted({shape: [side, width / 4, last, units], data: w3.data}, [2, 0, 1, 3]), shape: w3.shape};
  const window = (/** @type {number} */ size) => ints('kernel_shape', [size, size]);
  const node = (/** @type {string} */ opType, /** @type {string} */ input, /** @type {string} */ output,
      /** @type {object[]} */ attribute = []) => ({opType, input: input.split(' '), output: [output], attribute});
  const conv = [window(3), ints('pads', [1, 1, 1, 1])], pool = [window(2), ints('strides', [2, 2])];
  const nested = Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, {fields}]));
  const type = protobuf.Root.fromJSON({nested}).lookupType('Model');
  return type.encode(type.fromObject({
    irVersion: 8, opsetImport: [{domain: '', version: 17}],
    graph: {
      name: 'NetS',
      node: [
        node('Conv', 'x w1 b1', 'c1', conv), node('Relu', 'c1', 'r1'), node('MaxPool', 'r1', 'p1', pool),
        node('Conv', 'p1 w2 b2', 'c2', conv), node('Relu', 'c2', 'r2'), node('MaxPool', 'r2', 'p2', pool),
        node('Flatten', 'p2', 'f', [{name: 'axis', i: 1, type: INT}]),
        node('Gemm', 'f w3 b3', 'd'), node('Relu', 'd', 'r3'), node('Gemm', 'r3 w4 b4', 'scores'),
      ],
      initializer: Object.entries({w1: filters(w1), b1, w2: filters(w2), b2, w3: dense, b3, w4, b4}).map(
        ([name, {shape, data}]) => ({name, dims: shape, dataType: FLOAT, rawData: new Uint8Array(data.slice().buffer)})),
      input: [info('x', [n, channels, height, width])],
      output: [info('scores', [n, /** @type {number} */ (b4.shape[0])])],
    },
  })).finish();
}

/**
 * @param {string} name
 * @param {number[]} values
 */
function ints(name, values) {
  return {name, ints: values, type: INTS};
}

/**
 * @param {string} name
 * @param {number[]} shape
 */
function info(name, shape) {
  return {name, type: {tensorType: {elemType: FLOAT, shape: {dim: shape.map((dimValue) => ({dimValue}))}}}};
}

/**
 * Values with their dimensions in another order.
 * @param {Values} values
 * @param {number[]} order
 * @returns {Values}
 */
export function permuted({shape, data}, order) {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((size, n) => size * n, 1));
  const to = order.map((i) => /** @type {number} */ (shape[i]));
  const out = new Float32Array(data.length);
  const at = to.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = /** @type {number} */ (data[order.reduce((sum, from, k) => sum + /** @type {number} */ (at[k]) * strides[from], 0)]);
    for (let k = to.length - 1; k >= 0 && ++at[k] === to[k]; k--) at[k] = 0;
  }
  return {shape: to, data: out};
}
