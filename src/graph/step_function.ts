import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {registerFlag} from '../flags';
import {graphBackend, graphEngine, isTapeOn} from '../tfjs_private';
import type {GraphBackend, GraphEngine} from '../tfjs_private';
import {sameState} from './optimizers';
import {isRecordingStep} from './recorder';
import {RecordedStep} from './recorded_step';
import {runEagerly} from './run_eagerly';
import {signatureOf, takeApart} from './structure';
import type {GraphStep} from './types';

/** Whether steps run as graphs where they can. */
const graphFlag = registerFlag<boolean>('EXPLICIT_LAYERS_GRAPH', () => true);
/** Signatures of one function that are kept; a step holds a graph of TensorFlow's. */
const LARGEST_CACHE = 16;

/** What is known of one signature. */
interface Entry {
  step: RecordedStep | null;
  /** Why the latest call ran op by op whatever the step could do; null where it did not. */
  bypass: string | null;
}

/** A step under one name: a recording for each signature, the one that was used longest ago dropped. */
export class StepFunction {
  private readonly entries = new Map<string, Entry>();
  private conditions: readonly unknown[] = [];

  constructor(readonly name: string) {}

  /**
   * Runs `f(...args)`, as a graph where that is known to be the same.
   * @param conditions What `f` depends on beside its arguments; where one is another object or number than at the last
   *     call, everything is recorded again.
   */
  call(f: (...args: unknown[]) => unknown, args: readonly unknown[], conditions: readonly unknown[] = []): unknown {
    this.checkConditions(conditions);
    const {tensors, rebuild} = takeApart(args);
    const entry = this.entry(args.map(signatureOf).join(', '));
    const step = (given: readonly Tensor[]) => f(...rebuild(given) as unknown[]);
    const backend = graphBackend();
    const engine = graphEngine();
    entry.bypass = reasonToBypass(backend, engine, tensors);
    if (entry.bypass !== null || !backend || !engine) {
      const result = runEagerly(this.name, () => step(tensors));
      return result.rebuild(result.tensors);
    }
    if (!entry.step?.isCurrent(backend)) {
      entry.step?.dispose();
      entry.step = new RecordedStep(this.name, backend, engine);
    }
    return entry.step.call(step, tensors);
  }

  steps(): GraphStep[] {
    return [...this.entries].map(([signature, {step, bypass}]) => ({
      step: this.name, signature, runsAs: bypass === null ? step!.runsAs : 'eager', ops: step?.ops ?? 0,
      reason: bypass ?? step!.reason,
    }));
  }

  dispose(): void {
    for (const {step} of this.entries.values()) step?.dispose();
    this.entries.clear();
  }

  private checkConditions(conditions: readonly unknown[]): void {
    if (!sameState(this.conditions, conditions)) this.dispose();
    this.conditions = conditions;
  }

  /** The entry of a signature, which becomes the youngest one. */
  private entry(signature: string): Entry {
    const entry = this.entries.get(signature) ?? {step: null, bypass: 'it has not run yet'};
    this.entries.delete(signature);
    this.entries.set(signature, entry);
    if (this.entries.size > LARGEST_CACHE) {
      const [oldest, {step}] = this.entries.entries().next().value!;
      step?.dispose();
      this.entries.delete(oldest);
    }
    return entry;
  }
}

function reasonToBypass(
    backend: GraphBackend | null, engine: GraphEngine | null, tensors: readonly Tensor[]): string | null {
  if (!graphFlag.read()) return `${graphFlag.name} is false`;
  if (!backend) return `the backend is '${tf.getBackend()}'; graphs need tfjs-node's, 'tensorflow'`;
  if (!engine) return 'this version of tfjs keeps its engine in another way';
  if (isRecordingStep()) return 'it was called in another step that is being recorded, and is a part of that';
  if (isTapeOn() !== false) return 'it was called in a function that is being differentiated';
  if (engine.profiling) return 'tfjs is profiling (tf.profile)';
  if (tf.env().getBool('DEBUG')) return 'tfjs is in debug mode (tf.enableDebugMode)';
  const strange = tensors.find(({dtype}) => !['float32', 'int32', 'bool'].includes(dtype));
  return strange ? `it was given a tensor of dtype ${strange.dtype}` : null;
}
