import type {Tensor} from '@tensorflow/tfjs-core';

import type {GraphBackend, GraphEngine} from '../tfjs_private';
import {difference} from './compare';
import {guardsOf} from './guards';
import {Recorder} from './recorder';
import {withoutUnused} from './recording';
import {runEagerly} from './run_eagerly';
import {missingForGraphs, openSession} from './session';
import type {Session} from './session';
import type {Template} from './structure';
import type {Recording} from './types';

/** A step as a function of the tensors that it is given. */
export type Step = (tensors: readonly Tensor[]) => unknown;

/** Replays after which a graph is compared with the step op by op; the first ones make TensorFlow's plans. */
const REPLAYS_BEFORE_JUDGEMENT = 6;
const WARM_UP = 2;
/** Steps that are run op by op, without recording, where a graph seems slower. */
const EAGER_TRIALS = 3;
/** A graph is dropped when it takes this many times as long, and this many milliseconds longer. */
const SLOWER = 1.1;
const SLOWER_MS = 2;

/** One signature of a step: recorded twice, then a graph, or op by op for good. */
export class RecordedStep {
  runsAs: 'graph' | 'eager' = 'eager';
  reason = 'it has not run yet';
  ops = 0;
  private last: Recording | null = null;
  private rebuild: Template['rebuild'] | null = null;
  private guardsHold = () => true;
  private session: Session | null = null;
  private isSettled = false;
  private isRetried = false;
  private replays = 0;
  private eagerTimes: number[] = [];
  private readonly graphTimes: number[] = [];
  private trials = 0;

  constructor(
      private readonly name: string, private readonly backend: GraphBackend, private readonly engine: GraphEngine) {}

  /** Whether all that was found out about the step is still true. */
  isCurrent(backend: GraphBackend): boolean {
    return this.backend === backend && this.guardsHold();
  }

  call(step: Step, given: readonly Tensor[]): unknown {
    if (this.session) return this.isOnTrial() ? this.tryEager(step, given) : this.replay(this.session, step, given);
    return this.isSettled ? this.runPlain(step, given) : this.record(step, given);
  }

  dispose(): void {
    this.session?.dispose();
    this.session = null;
  }

  private runPlain(step: Step, given: readonly Tensor[]): unknown {
    const {tensors, rebuild} = runEagerly(this.name, () => step(given));
    return rebuild(tensors);
  }

  private record(step: Step, given: readonly Tensor[]): unknown {
    const known = this.last?.updates.map(({optimizer}) => optimizer) ?? [];
    const recorder = new Recorder(this.backend, this.engine, known);
    const start = performance.now();
    const {tensors, rebuild} = runEagerly(this.name, () => recorder.run(step, given));
    this.eagerTimes.push(performance.now() - start);
    const recording = withoutUnused(recorder.finish(tensors));
    this.rebuild = rebuild;
    this.ops = recording.operations.length;
    this.decide(recording);
    this.guardsHold = guardsOf(recording);
    return rebuild(tensors);
  }

  private decide(recording: Recording): void {
    const {last} = this;
    this.last = recording;
    if (!last) {
      this.reason = recording.problem ?? 'it was recorded once, and becomes a graph when it does the same again';
      return;
    }
    const found = recording.problem ?? (recording.makesVariables ? 'it makes variables at each call' : null) ??
        last.problem ?? difference(last, recording) ?? recording.doubt ?? last.doubt;
    if (found === null) {
      this.open(recording);
    } else {
      this.reason = found;
      // What happens once, such as an optimizer's variables, is over by now.
      const isFirst = !this.isRetried && recording.problem === null && recording.doubt === null &&
          (last.problem !== null || last.doubt !== null || last.makesVariables);
      this.isRetried = true;
      this.isSettled = !isFirst;
    }
    if (this.isSettled) this.last = null;
  }

  private open(recording: Recording): void {
    this.isSettled = true;
    const missing = missingForGraphs();
    if (missing !== null) {
      this.reason = missing;
      return;
    }
    try {
      this.session = openSession(this.backend, recording);
      this.ops = this.session.ops;
      this.runsAs = 'graph';
      this.reason = 'two recordings were the same';
    } catch (error) {
      this.reason = `TensorFlow does not take the graph: ${(error as Error).message}`;
    }
  }

  private replay(session: Session, step: Step, given: readonly Tensor[]): unknown {
    const start = performance.now();
    let outputs: Tensor[];
    try {
      outputs = session.run(given);
    } catch (error) {
      const result = this.runPlain(step, given);  // where the step is at fault it says so better
      this.drop(`the graph failed: ${(error as Error).message}`);
      return result;
    }
    if (this.replays++ >= WARM_UP && this.graphTimes.length < REPLAYS_BEFORE_JUDGEMENT) {
      this.graphTimes.push(performance.now() - start);
    }
    return this.rebuild!(outputs);
  }

  /** Whether the graph seems slower than the two recordings were, and that has not been settled yet. */
  private isOnTrial(): boolean {
    return this.trials < EAGER_TRIALS && this.graphTimes.length >= REPLAYS_BEFORE_JUDGEMENT && this.isSlower();
  }

  private isSlower(): boolean {
    const graph = Math.min(...this.graphTimes);
    const eager = Math.min(...this.eagerTimes);
    return graph > SLOWER * eager && graph > eager + SLOWER_MS;
  }

  private tryEager(step: Step, given: readonly Tensor[]): unknown {
    if (this.trials++ === 0) this.eagerTimes = [];
    const start = performance.now();
    const result = this.runPlain(step, given);
    this.eagerTimes.push(performance.now() - start);
    if (this.trials === EAGER_TRIALS && this.isSlower()) {
      const [graph, eager] = [this.graphTimes, this.eagerTimes].map(times => Math.min(...times).toFixed(1));
      this.drop(`the graph was slower: ${graph} ms, op by op ${eager} ms`);
    }
    return result;
  }

  private drop(reason: string): void {
    this.dispose();
    this.runsAs = 'eager';
    this.reason = reason;
  }
}
