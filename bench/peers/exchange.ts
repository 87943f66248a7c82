import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {disposeNet, randomBatch} from '../cases/nets';
import type {Batch} from '../cases/nets';
import {explicitNet, LEARNING_RATE, MOMENTUM} from '../nets';

/** What every process is to do: the same net from the same weights on the same batch. */
export interface Task {
  batchNorm: boolean;
  /** Whether ours has its ReLUs as activations of the layers before; TensorFlow joins them in its graph anyway. */
  fusedActivation?: boolean;
  /** Whether the net only predicts, instead of training. */
  forward?: boolean;
  /** Whether ours runs its steps as graphs. */
  asGraph?: boolean;
  learningRate: number;
  momentum: number;
  /** Steps before the clock starts, and steps that are timed. */
  warmUp: number;
  steps: number;
  /** Shapes of images and labels, then of the weights in tf.layers' order; their values stand in values.bin so. */
  shapes: number[][];
}

/** What a process prints on its last line, as JSON. */
export interface PeerRun {
  /** Of the first steps from the given weights; of predictions, where the task is these. */
  losses: number[];
  /** Milliseconds of each timed step. */
  ms: number[];
  /** What ran, with versions. */
  title: string;
}

/** Writes a task for other processes into a folder of its own; `remove` deletes it. */
export function writeTask(
    options: Omit<Task, 'learningRate' | 'momentum' | 'shapes'>, batchSize: number): {folder: string, remove: () => void} {
  const net = explicitNet({batchNorm: options.batchNorm, fusedActivation: options.fusedActivation ?? false});
  const {x, y} = randomBatch(batchSize, 0);
  const tensors = [x, y, ...net.getWeights()];
  const task: Task = {
    ...options, learningRate: LEARNING_RATE, momentum: MOMENTUM, shapes: tensors.map(({shape}) => shape),
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'peers-'));
  writeFileSync(path.join(folder, 'task.json'), JSON.stringify(task));
  writeFileSync(path.join(folder, 'values.bin'), Buffer.concat(
    tensors.map((tensor) => Buffer.from(Float32Array.from(tensor.dataSync()).buffer))));
  disposeNet(net);
  tf.dispose([x, y]);
  return {folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}

/** Reads a task: the net of ours with its weights, and the batch. */
export function readTask(folder: string): {task: Task, net: Sequential, batch: Batch} {
  const task = JSON.parse(readFileSync(path.join(folder, 'task.json'), 'utf8')) as Task;
  const bytes = new Uint8Array(readFileSync(path.join(folder, 'values.bin')));
  let offset = 0;
  const tensors = task.shapes.map((shape) => {
    const size = tf.util.sizeFromShape(shape);
    const values = new Float32Array(bytes.buffer, offset, size);
    offset += values.byteLength;
    return tf.tensor(values, shape, 'float32');
  });
  const [x, y, ...weights] = tensors;
  const net = explicitNet({batchNorm: task.batchNorm, fusedActivation: task.fusedActivation ?? false});
  net.setWeights(weights);
  tf.dispose(weights);
  if (task.asGraph) models.runAsGraph(net);
  return {task, net, batch: {x: x as tf.Tensor4D, y: y as tf.Tensor2D}};
}
