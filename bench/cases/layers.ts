import type {NodeBackend} from '../../examples/shared/backend';
import {explicitNamed} from '../../src/catalogue';
import type {Config, LayerName} from '../../src/catalogue';
import {ALL} from './case';
import type {BenchCase} from './case';
import {layerSides} from './layer_case';
import type {LayerPair} from './layer_case';

/** A feature map; smaller on cpu, where the built-in layers take seconds. */
const map = (backend: NodeBackend) => [backend === 'cpu' ? 8 : 64, 32, 32, 32];
const half = (backend: NodeBackend) => [backend === 'cpu' ? 1 : 64, 16, 16, 32];

const filters = {filters: 64, kernelSize: 3, padding: 'same'} as const;
const pool2 = {poolSize: 2, strides: 2};
const pool3 = {poolSize: 3, strides: 2};

type Setting = Omit<LayerPair, 'ours' | 'builtIn'>;

/** A layer beside its twin in tf.layers, with the same arguments. */
function row(name: string, layer: LayerName, args: Config, setting: Setting, rest: Partial<BenchCase> = {}): BenchCase {
  const {make, twin} = explicitNamed(layer);
  if ('none' in twin) throw new Error(`bench: layers.${layer} has no twin in tf.layers. Give it a row of its own.`);
  const pair = {ours: () => make(args), builtIn: () => twin.make(args), ...setting};
  return {name, layer, backends: ALL, make: (backend) => layerSides(pair, backend), ...rest};
}

/** Every layer, forward + backward with all gradients unless its name says otherwise. */
export const layerCases: readonly BenchCase[] = [
  row('relu', 'reLU', {}, {x: map}, {target: {tensorflow: 4.5, wasm: 1, cpu: 1}}),
  row('max-pool 2x2/2', 'maxPooling2d', pool2, {x: map, tieFree: true}, {target: {tensorflow: 2, wasm: 1, cpu: 1}}),
  row('max-pool 3x3/2', 'maxPooling2d', pool3, {x: map, tieFree: true}, {target: {tensorflow: 1, wasm: 1, cpu: 1}}),
  row('average-pool 3x3/2', 'averagePooling2d', pool3, {x: map}, {target: {tensorflow: 1, wasm: 1, cpu: 1}}),
  row('global average-pool', 'globalAveragePooling2d', {}, {x: map}, {target: {tensorflow: 1, wasm: 1, cpu: 1}}),
  row('global max-pool', 'globalMaxPooling2d', {}, {x: map, tieFree: true}, {target: {tensorflow: 1, wasm: 1, cpu: 1}}),
  row('dropout', 'dropout', {rate: 0.5}, {x: map, run: {training: true}, draws: true},
    {tolerance: 0.02, target: {tensorflow: 1, cpu: 1}}),
  row('batch norm, training', 'batchNormalization', {}, {x: map, run: {training: true}},
    {target: {tensorflow: 8, wasm: 4, cpu: 1}}),
  row('batch norm, inference', 'batchNormalization', {}, {x: map}, {target: {tensorflow: 1, cpu: 1}}),
  // On more images tf.layers takes half a minute: its gradient of gamma goes through a slice for every pixel.
  row('layer norm [4,32,32,32]', 'layerNormalization', {}, {x: () => [4, 32, 32, 32]},
    {target: {tensorflow: 5, wasm: 20, cpu: 1}}),
  row('layer norm [256,1024]', 'layerNormalization', {}, {x: () => [256, 1024]},
    {target: {tensorflow: 20, wasm: 20, cpu: 1}}),
  row('conv 3x3', 'conv2d', filters, {x: half}, {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('conv 3x3, forward', 'conv2d', filters, {x: half, run: {forwardOnly: true}}, {target: {cpu: 1}}),
  row('conv 3x3 of images, no dx', 'conv2d', {...filters, filters: 32},
    {x: (backend) => [backend === 'cpu' ? 1 : 64, 32, 32, 3], run: {weightsOnly: true}},
    {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('conv 3x3/2', 'conv2d', {...filters, strides: 2}, {x: half},
    {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('conv 3x3, dilated, forward', 'conv2d', {...filters, dilationRate: 2}, {x: half, run: {forwardOnly: true}},
    {target: {tensorflow: 1, cpu: 1}}),
  row('conv 3x3, dilated', 'conv2d', {...filters, dilationRate: 2}, {x: half}, {builtInThrows: ALL}),
  row('depthwise 3x3', 'depthwiseConv2d', {kernelSize: 3, padding: 'same'}, {x: map},
    {target: {tensorflow: 1, cpu: 1}, builtInThrows: ['wasm']}),
  row('depthwise 3x3, forward', 'depthwiseConv2d', {kernelSize: 3, padding: 'same'}, {x: map, run: {forwardOnly: true}},
    {target: {tensorflow: 1, wasm: 0.9, cpu: 1}}),
  row('transposed conv 3x3/2', 'conv2dTranspose', {...filters, filters: 32, strides: 2}, {x: half},
    {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('separable 3x3', 'separableConv2d', filters, {x: half}, {target: {tensorflow: 1, cpu: 1}, builtInThrows: ['wasm']}),
  row('conv1d 3', 'conv1d', filters, {x: (backend) => [backend === 'cpu' ? 1 : 64, 256, 32]},
    {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('dense 4096 to 256', 'dense', {units: 256}, {x: (backend) => [backend === 'cpu' ? 4 : 64, 4096]},
    {target: {tensorflow: 1, wasm: 15, cpu: 1}}),
];
