import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import type {NodeBackend} from '../../examples/shared/backend';
import {WrongResult} from '../compare';
import {writeTask} from '../peers/exchange';
import type {PeerRun} from '../peers/exchange';
import {findPackage, findPython} from '../peers/find';
import {runPeer} from '../peers/run_process';
import {summary} from '../statistics';
import type {Times} from '../statistics';

/** Where the user has the others. */
export interface PeerPlaces {
  python?: string;
  jaxJs?: string;
  onnxruntime?: string;
}

/** A step of ours beside that of another library, in processes that took turns. */
export interface PeerResult {
  title: string;
  batch: number;
  ours: Times;
  peer: Times;
  /** Median time of the other / median of ours. */
  ratio: number;
  /** Null where none was set. */
  target: number | null;
  /** Largest relative difference of the losses of the first steps. */
  difference: number;
}

/** How one of them is measured. */
interface Peer {
  backend: NodeBackend;
  batchNorm: boolean;
  fusedActivation?: boolean;
  asGraph?: boolean;
  /** Whether it predicts, instead of training. */
  forward?: boolean;
  target: number | null;
  turns: number;
  warmUp: number;
  steps: number;
  command(places: PeerPlaces): {file: string, args: string[]};
}

const script = (name: string) => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
const onTensorFlow = {backend: 'tensorflow', turns: 3, warmUp: 5, steps: 30} as const;
const keras: Omit<Peer, 'batchNorm'> = {
  ...onTensorFlow, target: 1,
  command: ({python}) => ({file: findPython('Keras', python), args: [script('keras_step.py')]}),
};
/** TensorFlow's convolutions are faster with AVX-512; ours gain less from it. */
const kerasGraph = {...keras, asGraph: true, target: hasAvx512() ? 1.1 : 1.5};
const torchGraph: Omit<Peer, 'batchNorm'> = {
  ...onTensorFlow, asGraph: true, target: 1.3,
  command: ({python}) => ({file: findPython('PyTorch', python), args: [script('torch_step.py')]}),
};
const PEERS: {[item: string]: Peer} = {
  'peers: Keras, Net S': {...keras, batchNorm: false},
  'peers: Keras, Net S, relu as activation': {...keras, batchNorm: false, fusedActivation: true},
  'peers: Keras, Net S+BN': {...keras, batchNorm: true},
  'peers: Keras, Net S as a graph': {...kerasGraph, batchNorm: false},
  'peers: Keras, Net S+BN as a graph': {...kerasGraph, batchNorm: true},
  'peers: PyTorch, Net S as a graph': {...torchGraph, batchNorm: false},
  'peers: PyTorch, Net S+BN as a graph': {...torchGraph, batchNorm: true},
  'peers: onnxruntime-web, Net S, predict': {
    backend: 'wasm', batchNorm: false, forward: true, target: null, turns: 3, warmUp: 5, steps: 30,
    command: ({onnxruntime}) => (
      {file: process.execPath, args: [script('onnx_forward.mjs'), findPackage('onnxruntime-web', onnxruntime)]}),
  },
  'peers: jax-js, Net S': {
    backend: 'wasm', batchNorm: false, target: 20, turns: 1, warmUp: 2, steps: 3,
    command: ({jaxJs}) => ({file: process.execPath, args: [script('jax_step.mjs'), findPackage('jax-js', jaxJs)]}),
  },
};

const BATCH = 64;
/** Other libraries add up in another order. */
const TOLERANCE = 1e-3;

export function peerItems(backend: NodeBackend): string[] {
  return Object.keys(PEERS).filter((item) => PEERS[item]!.backend === backend);
}

/** They cannot share a process, so the processes take turns: theirs, ours, theirs, ours, ... */
export async function measurePeer(item: string, quick: boolean, places: PeerPlaces): Promise<PeerResult> {
  const peer = PEERS[item]!;
  const {file, args} = peer.command(places);
  const {folder, remove} = writeTask({...peer, steps: quick ? Math.ceil(peer.steps / 3) : peer.steps}, BATCH);
  const runs: {ours: PeerRun[], theirs: PeerRun[]} = {ours: [], theirs: []};
  try {
    for (let turn = 0; turn < (quick ? 1 : peer.turns); turn++) {
      runs.theirs.push(await runPeer(file, [...args, folder]));
      runs.ours.push(await runPeer(process.execPath, ['--import', 'tsx', script('ours_step.ts'), peer.backend, folder]));
    }
  } finally {
    remove();
  }
  const difference = differenceOf(runs.ours[0]!.losses, runs.theirs[0]!.losses);
  const [ours, theirs] = [runs.ours, runs.theirs].map((some) => summary(some.flatMap(({ms}) => ms))) as [Times, Times];
  return {
    title: runs.theirs[0]!.title, batch: BATCH, ours, peer: theirs, ratio: theirs.median / ours.median, target: peer.target,
    difference,
  };
}

function hasAvx512(): boolean {
  try {
    return /\bavx512f\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

function differenceOf(ours: readonly number[], theirs: readonly number[]): number {
  const differences = theirs.map((loss, i) => Math.abs(loss - ours[i]!) / Math.abs(loss));
  const largest = Math.max(...differences);
  if (!(largest <= TOLERANCE)) {
    throw new WrongResult(`The losses differ: ours ${ours.join(', ')}, theirs ${theirs.join(', ')}.`);
  }
  return largest;
}
