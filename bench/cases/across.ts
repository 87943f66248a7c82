import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {builtInNet, explicitNet} from '../nets';
import {Unavailable} from './case';
import type {BenchCase, Side, Sides} from './case';
import {disposeNet, randomBatch, stepSide} from './nets';

/** Ours on wasm against the built-in layers where those can train at all. */
export const acrossCases: readonly BenchCase[] = [
  {
    name: 'Net S an image, theirs on cpu', backends: ['wasm'], target: {wasm: 300}, rounds: {wasm: 3},
    units: {ours: 64, builtIn: 4}, make: (backend) => stepsAcross(backend, 'cpu', 4),
  },
  {
    name: 'Net S, theirs on tfjs-node', backends: ['wasm'], target: {wasm: 1 / 3}, rounds: {wasm: 20},
    make: (backend) => stepsAcross(backend, 'tensorflow', 64),
  },
];

/** A step of ours with 64 images on one backend, a step of the built-in net on another, compared on the same images. */
async function stepsAcross(backend: NodeBackend, other: NodeBackend, otherSize: number): Promise<Sides> {
  await start(other);
  await start(backend);
  const [large, small] = [[randomBatch(64, 0)], [randomBatch(otherSize, 1)]];
  const [ours, builtIn] = [explicitNet(), builtInNet()];
  ours.setWeights(builtIn.getWeights());
  const theirs = onBackend(other, stepSide(builtIn, small));
  return {
    ours: onBackend(backend, stepSide(ours, large)),
    builtIn: theirs,
    compared: {ours: onBackend(backend, stepSide(ours, small)), builtIn: theirs},
    dispose: () => {
      for (const net of [ours, builtIn]) disposeNet(net);
      tf.dispose([large, small].flatMap(([{x, y}]) => [x, y]));
      tf.setBackend(backend);
    },
  };
}

async function start(name: NodeBackend): Promise<void> {
  let note = '';
  const started = await startBackend(name, (text) => {
    note += text;
  });
  if (started.name !== name) throw new Unavailable(note.split('\n')[0]);
}

function onBackend(name: NodeBackend, side: Side): Side {
  return async () => {
    await tf.setBackend(name);
    return side();
  };
}
