import type * as Fs from 'node:fs';
import type * as Os from 'node:os';
import type * as Path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import type {GraphBackend} from '../tfjs_private';
import {isGone} from '../validate';
import {fused} from './fuse';
import {AS_WRITTEN, graphDefinition} from './graph_def';
import type {GraphDefinition} from './graph_def';
import {loadMessages, nodeModule} from './messages';
import {valuesOf} from './recording';
import type {Leaf, Recording} from './types';

/** A recording as a graph in TensorFlow's executor. */
export interface Session {
  readonly ops: number;
  /** Runs the step once and returns its outputs, which belong to the caller; variables are assigned. */
  run(given: readonly Tensor[]): Tensor[];
  dispose(): void;
}

/** Why no graph can be loaded in this process; null where one can. */
export function missingForGraphs(): string | null {
  if (!nodeModule('module')) return 'this Node is older than 20.16 (process.getBuiltinModule)';
  return loadMessages() ? null : 'the protobuf messages of tfjs-node (dist/proto/api_pb.js) were not found';
}

/**
 * Loads a recording into TensorFlow.
 * @throws If TensorFlow refuses the graph.
 */
export function openSession(backend: GraphBackend, recording: Recording): Session {
  const {binding} = backend;
  const definition = graphDefinition(fused(recording, backend), binding, loadMessages()!);
  const session = load(backend, definition.savedModel);
  const inputNames = definition.feeds.map(({name}) => name).join(',');
  const outputNames = definition.fetches.join(',');
  return {
    ops: definition.ops,
    run: given => {
      const fed = feeds(backend, definition, given);
      try {
        const infos = binding.runSavedModel(session, fed.ids, inputNames, outputNames);
        const results = infos.map(info => backend.createOutputTensor(info));
        const outputs = results.slice(0, recording.outputs.length);
        recording.assigned.forEach(({variable}, i) => {
          const value = results[outputs.length + i]!;
          variable.assign(value);
          value.dispose();
        });
        for (const {optimizer, iterations} of recording.updates) {
          for (let i = 0; i < iterations; ++i) optimizer.incrementIterations();
        }
        return outputs;
      } finally {
        fed.own.forEach(id => binding.deleteTensor(id));
      }
    },
    dispose: () => binding.deleteSavedModel(session),
  };
}

/** TensorFlow reads a SavedModel from a folder, which is gone again when this returns. */
function load({binding}: GraphBackend, savedModel: Uint8Array): number {
  const fs = nodeModule<typeof Fs>('fs')!;
  const os = nodeModule<typeof Os>('os')!;
  const path = nodeModule<typeof Path>('path')!;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-explicit-layers-graph-'));
  const remove = () => fs.rmSync(folder, {recursive: true, force: true});
  process.once('exit', remove);
  try {
    fs.writeFileSync(path.join(folder, 'saved_model.pb'), savedModel);
    return binding.loadSavedModel(folder, AS_WRITTEN);
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}

/** The handles of what is fed, and those among them that were made for this. */
function feeds(backend: GraphBackend, {feeds: wanted}: GraphDefinition, given: readonly Tensor[]):
    {ids: number[], own: number[]} {
  const {binding} = backend;
  const own: number[] = [];
  const ids = wanted.map(({leaf}) => {
    if (leaf.kind !== 'learningRate') return backend.getInputTensorIds([tensorOf(leaf, given)])[0]!;
    const rate = leaf.sign * (leaf.optimizer.learningRate as number);
    own.push(binding.createTensor([], binding.TF_FLOAT as number, Float32Array.of(rate)));
    return own[own.length - 1]!;
  });
  return {ids, own};
}

/** The tensor that a leaf stands for now. */
function tensorOf(leaf: Exclude<Leaf, {kind: 'learningRate'}>, given: readonly Tensor[]): Tensor {
  switch (leaf.kind) {
    case 'argument': return given[leaf.index]!;
    case 'variable': return leaf.variable;
    case 'tensor': return leaf.tensor;
    case 'field': return leaf.optimizer[leaf.field] as Tensor;
  }
}

/** Whether everything that a recording reads from outside is still there, in the same shape. */
export function canBeFed(recording: Recording): boolean {
  return valuesOf(recording).every(value => {
    if (value.kind !== 'fed' || value.leaf.kind === 'argument') return true;
    if (value.leaf.kind === 'learningRate') return typeof value.leaf.optimizer.learningRate === 'number';
    const tensor = tensorOf(value.leaf, []);
    return tensor instanceof tf.Tensor && !isGone(tensor) && `${tensor.shape}` === `${value.shape}`;
  }) && recording.assigned.every(({variable}) => !isGone(variable));
}
