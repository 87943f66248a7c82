/**
 * A part of the code that is mutated by itself, with only the specs that are about it: few specs start fast, and a part
 * that is done need not be done again when a run is interrupted.
 * @typedef {object} Shard
 * @property {string} name
 * @property {string} folder whose row of the table it counts in
 * @property {string[]} mutate
 * @property {string[]} specs in the order they run; the first failure ends a mutant, so the sharpest come first
 * @property {string} backends
 */

const BACKEND = 'src/backends';

/**
 * @param {string} file
 * @param {string[]} [specs] of which ops, where the file is not an op itself
 * @returns {Shard}
 */
function op(file, specs = [file]) {
  return {name: `ops/${file}`, folder: 'src/ops', mutate: [`src/ops/${file}.ts`], backends: 'cpu', specs: ofOps(specs)};
}

/**
 * @param {string} part
 * @param {string[]} files
 * @param {string[]} [specs]
 * @returns {Shard}
 */
function reference(part, files, specs = files) {
  return {
    name: `reference/${part}`, folder: 'src/reference', mutate: files.map((file) => `src/reference/${file}.ts`),
    specs: specs.map((name) => `reference/${name}_spec.ts`), backends: 'cpu',
  };
}

/**
 * @param {string} part
 * @param {string[]} files
 * @returns {Shard}
 */
function cpu(part, files) {
  return {
    name: `cpu/${part}`, folder: `${BACKEND}/cpu`, backends: 'cpu', mutate: files.map((file) => `${BACKEND}/cpu/${file}.ts`),
    specs: ['backends/cpu_spec.ts'],
  };
}

/** @param {string[]} names */
function ofOps(names) {
  return names.map((name) => `ops/${name}_spec.ts`);
}

/** @type {readonly Shard[]} */
export const SHARDS = [
  {name: 'geometry', folder: 'src/geometry.ts', mutate: ['src/geometry.ts'], specs: ['geometry_spec.ts'], backends: 'cpu'},
  reference('dense', ['array', 'affine', 'relu', 'softmax_loss']), reference('norm', ['batch_norm', 'layer_norm', 'group_norm']),
  reference('window',
    ['window', 'pool_window', 'bias', 'conv', 'depthwise_conv', 'conv_transpose', 'im2col', 'max_pool', 'average_pool'],
    ['conv', 'depthwise_conv', 'conv_transpose', 'max_pool', 'gradients']),
  op('affine'), op('relu'), op('softmax_loss'), op('layer_norm'), op('batch_norm'), op('im2col'), op('max_pool2d'),
  op('average_pool2d'), op('depthwise_conv2d'), op('conv2d_transpose'),
  op('convolution_family', ['conv2d', 'depthwise_conv2d', 'conv2d_transpose']),
  op('group_norm'), op('record', ['relu', 'max_pool2d', 'affine']), op('one_hot_rows', ['softmax_loss']),
  {...op('dropout_mask'), specs: ['layers/dropout_spec.ts']},
  op('conv2d'), op('conv_matrix', ['conv_matrix', 'conv2d']), op('mat_mul', ['affine']),
  op('channel_sum', ['affine', 'conv2d']), op('layout', ['im2col', 'layer_norm', 'batch_norm']),
  {
    name: 'default', folder: `${BACKEND}/default`, backends: 'cpu,wasm',
    mutate: [`${BACKEND}/default/*.ts`, `${BACKEND}/{probe,registry,seen}.ts`, '!**/index.ts'],
    specs: ['backends/ways_spec.ts', 'backends/registry_spec.ts', 'backends/seen_spec.ts', 'backends/default_spec.ts'],
  },
  cpu('products', ['conv', 'direct', 'gemm', 'operands', 'patches', 'thin']), cpu('windows', ['pool', 'depthwise', 'runs']),
  cpu('rows', ['activation', 'arrays', 'dense', 'norm', 'scratch', 'softmax_loss', 'thresholds']),
  {
    name: 'wasm', folder: `${BACKEND}/wasm`, backends: 'wasm',
    mutate: [...[
      'arriving', 'carried', 'composition', 'conv', 'dense', 'depthwise', 'heap', 'index', 'loadable', 'module', 'norm',
      'open_heap', 'pool', 'thresholds',
    ].map((file) => `${BACKEND}/wasm/${file}.ts`), `${BACKEND}/tie_rules.ts`],
    specs: ['backends/wasm_ways_spec.ts', 'backends/wasm_spec.ts', 'backends/arriving_spec.ts'],
  },
  {
    name: 'threads', folder: `${BACKEND}/wasm, threads`, backends: 'wasm',
    mutate: ['shared_memory', 'threads', 'worker_source'].map((file) => `${BACKEND}/wasm/${file}.ts`),
    specs: ['backends/wasm_threads_node_spec.ts'],
  },
  {
    name: 'tensorflow', folder: `${BACKEND}/tensorflow`, backends: 'tensorflow',
    mutate: [`${BACKEND}/tensorflow/*.ts`],
    specs: ['backends/ways_spec.ts', 'backends/tensorflow_spec.ts', 'backends/huge_filter_spec.ts'],
  },
];

/** @param {string} name */
export function shardNamed(name) {
  const shard = SHARDS.find((one) => one.name === name);
  const names = [...SHARDS.map((one) => one.name), 'native', 'assembly'];
  if (!shard) throw new Error(`No part is called ${name}. There are ${names.join(', ')}.`);
  return shard;
}
