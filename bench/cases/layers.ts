import {layers as builtIn} from '@tensorflow/tfjs-layers';

import type {NodeBackend} from '../../examples/shared/backend';
import * as ours from '../../src/layers';
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

function row(name: string, pair: LayerPair, rest: Partial<BenchCase> = {}): BenchCase {
  return {name, backends: ALL, make: (backend) => layerSides(pair, backend), ...rest};
}

/** Every layer, forward + backward with all gradients unless its name says otherwise. */
export const layerCases: readonly BenchCase[] = [
  row('relu', {ours: () => ours.reLU(), builtIn: () => builtIn.reLU(), x: map},
    {target: {tensorflow: 4.5, wasm: 1, cpu: 1}}),
  row('max-pool 2x2/2', {
    ours: () => ours.maxPooling2d(pool2), builtIn: () => builtIn.maxPooling2d(pool2), x: map, tieFree: true,
  }, {target: {tensorflow: 2, wasm: 1, cpu: 1}}),
  row('max-pool 3x3/2', {
    ours: () => ours.maxPooling2d(pool3), builtIn: () => builtIn.maxPooling2d(pool3), x: map, tieFree: true,
  }, {target: {tensorflow: 1, wasm: 1, cpu: 1}}),
  row('batch norm, training', {
    ours: () => ours.batchNormalization(), builtIn: () => builtIn.batchNormalization(), x: map, run: {training: true},
  }, {target: {tensorflow: 8, wasm: 4, cpu: 1}}),
  row('batch norm, inference', {
    ours: () => ours.batchNormalization(), builtIn: () => builtIn.batchNormalization(), x: map,
  }, {target: {tensorflow: 1, cpu: 1}}),
  // On more images tf.layers takes half a minute: its gradient of gamma goes through a slice for every pixel.
  row('layer norm [4,32,32,32]', {
    ours: () => ours.layerNormalization(), builtIn: () => builtIn.layerNormalization(), x: () => [4, 32, 32, 32],
  }, {target: {tensorflow: 5, wasm: 20, cpu: 1}}),
  row('layer norm [256,1024]', {
    ours: () => ours.layerNormalization(), builtIn: () => builtIn.layerNormalization(), x: () => [256, 1024],
  }, {target: {tensorflow: 20, wasm: 20, cpu: 1}}),
  row('conv 3x3', {ours: () => ours.conv2d(filters), builtIn: () => builtIn.conv2d(filters), x: half},
    {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('conv 3x3, forward', {
    ours: () => ours.conv2d(filters), builtIn: () => builtIn.conv2d(filters), x: half, run: {forwardOnly: true},
  }, {target: {cpu: 1}}),
  row('conv 3x3 of images, no dx', {
    ours: () => ours.conv2d({...filters, filters: 32}), builtIn: () => builtIn.conv2d({...filters, filters: 32}),
    x: (backend) => [backend === 'cpu' ? 1 : 64, 32, 32, 3], run: {weightsOnly: true},
  }, {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('conv 3x3/2', {
    ours: () => ours.conv2d({...filters, strides: 2}), builtIn: () => builtIn.conv2d({...filters, strides: 2}), x: half,
  }, {target: {tensorflow: 1, cpu: 10}, builtInThrows: ['wasm']}),
  row('conv 3x3, dilated, forward', {
    ours: () => ours.conv2d({...filters, dilationRate: 2}),
    builtIn: () => builtIn.conv2d({...filters, dilationRate: 2}), x: half, run: {forwardOnly: true},
  }, {target: {tensorflow: 1, cpu: 1}}),
  row('conv 3x3, dilated', {
    ours: () => ours.conv2d({...filters, dilationRate: 2}),
    builtIn: () => builtIn.conv2d({...filters, dilationRate: 2}), x: half,
  }, {builtInThrows: ALL}),
  row('dense 4096 to 256', {
    ours: () => ours.dense({units: 256}), builtIn: () => builtIn.dense({units: 256}),
    x: (backend) => [backend === 'cpu' ? 4 : 64, 4096],
  }, {target: {tensorflow: 1, wasm: 15, cpu: 1}}),
];
