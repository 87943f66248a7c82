import type {Backend} from '../../shared/backend_names';
import type {Backprop, Change, Report, Sample, Saved, Settings, Tested, View} from '../engine/contract';
import {Connections} from './connection';
import type {Place, Remote} from './connection';
import {count, percent} from './format';
import {History} from './history';

/** All that the page shows. */
export interface State {
  /** Where each backend runs; null until it is known. */
  places: Record<Backend, Place> | null;
  settings: Settings;
  /** What the visitor waits for, in words; null when nothing. */
  doing: string | null;
  running: boolean;
  step: number;
  /** Of the first weights and of the order of the images. */
  seed: number;
  imagesPerSecond: number | null;
  history: History;
  tested: Tested | null;
  view: View | null;
  /** What the net is shown. */
  sample: Sample;
  backprop: Backprop | null;
  /** What the last single step changed. */
  change: Change | null;
  saved: Saved | null;
  /** What went wrong last, in words. */
  problem: string | null;
  /** What was done last, in words. */
  message: string;
}

/** What an address asks for. */
export interface Wanted {
  settings?: Partial<Settings>;
  seed?: number;
  step?: number;
  sample?: Sample;
}

/** Small, and right on most machines: wasm is everywhere, and quick for a net of this size. */
const PREFERRED: readonly Backend[] = ['wasm', 'webgpu', 'webgl', 'cpu'];

/** Does what the visitor asks for, and keeps what is to be seen. */
export class Trainer {
  state: State = {
    places: null, settings: {backend: 'wasm', kind: 'explicit', batchSize: 32, learningRate: 0.02},
    doing: 'Loading the images and a backend', running: false, step: 0, seed: 1, imagesPerSecond: null,
    history: History.empty, tested: null, view: null, sample: {test: 0}, backprop: null, change: null, saved: null,
      problem: null, message: '',
  };
  private connections!: Connections;
  private session!: Remote;

  constructor(private readonly onChange: (state: State) => void) {}

  /** @param wanted what an address asks for; the net is trained again until it is as it was there */
  async start(wanted: Wanted = {}): Promise<void> {
    await this.wait('Loading the images and a backend', async () => {
      this.connections = await Connections.make((report) => this.take(report));
      const {places} = this.connections;
      const backends = [wanted.settings?.backend ?? PREFERRED[0]!, ...PREFERRED];
      const settings = {
        ...this.state.settings, ...wanted.settings, backend: backends.find((backend) => places[backend] !== 'missing')!};
      this.session = await this.connections.session(settings.backend);
      await this.session.configure(settings);
      if (wanted.seed !== undefined && wanted.seed !== 1) await this.session.reset(wanted.seed);
      this.set({seed: wanted.seed ?? 1, sample: wanted.sample ?? this.state.sample});
      if (wanted.sample) await this.session.show(wanted.sample);
      this.set({places: {...places}, settings, saved: await this.session.kept(), message: `Ready on ${settings.backend}.`});
    });
    if (this.state.problem === null && wanted.step) await this.train(wanted.step);
  }

  /** Whether the backward pass is looked at; of a drawing, which digit it is. */
  explain(on: boolean, label: number | null): Promise<void> {
    return this.wait(null, async () => this.session?.explain(on, label));
  }

  configure(change: Partial<Settings>): Promise<void> {
    const before = this.state.settings;
    const settings = {...before, ...change};
    this.set({settings});
    if (settings.backend === before.backend && settings.kind === before.kind) {
      return this.wait(null, () => this.session.configure(settings));
    }
    return this.wait(`Starting ${settings.backend} with the ${settings.kind} layers`, async () => {
      try {
        const next = await this.connections.session(settings.backend);
        if (next === this.session) await next.configure(settings);
        else await this.moveTo(next, settings);
      } catch (error) {
        this.set({settings: before});
        throw error;
      }
      this.set({imagesPerSecond: null, message: `Now on ${settings.backend} with the ${settings.kind} layers.`});
    });
  }

  /** @param until so many steps, counted from a new net; by default until `pause` */
  async train(until?: number): Promise<void> {
    this.set({running: true, problem: null, message: until === undefined ? `Training on ${this.state.settings.backend}.` :
      `Training ${count(until)} steps, as the link asks for.`});
    try {
      await this.session.train(until);
      if (until !== undefined && this.state.step >= until) this.set({running: false});
      if (this.state.running) return;
      this.set({message: `Paused after step ${count(this.state.step)}.`});
    } catch (error) {
      this.set({running: false});
      this.fail(error);
    }
  }

  pause(): Promise<void> {
    this.set({running: false});
    return this.wait(null, () => this.session.pause());
  }

  trainStep(): Promise<void> {
    return this.wait('Training one step', () => this.session.trainStep());
  }

  reset(): Promise<void> {
    return this.wait('Making a new net', async () => {
      const seed = await this.session.reset();
      this.set({
        seed, change: null, step: 0, imagesPerSecond: null, history: History.empty, tested: null,
          message: 'A new, untrained net.',
      });
    });
  }

  test(): Promise<void> {
    return this.wait('Testing', async () => {
      await this.session.test();
      const {accuracy, images} = this.state.tested!;
      this.set({message: `${percent(accuracy)} of ${count(images)} test images classified right.`});
    });
  }

  show(sample: Sample): Promise<void> {
    this.set({sample});
    return this.wait(null, () => this.session.show(sample));
  }

  save(): Promise<void> {
    return this.wait('Saving', async () => {
      const saved = await this.session.keep();
      this.set({saved, message: `Saved in this browser.`});
    });
  }

  load(): Promise<void> {
    return this.wait('Loading the saved net', async () => {
      const {step, kind} = await this.session.load();
      this.set({
        step, settings: {...this.state.settings, kind}, history: History.empty, tested: null, imagesPerSecond: null,
        message: `Loaded the net of step ${count(step)}.`,
      });
    });
  }

  private async moveTo(next: Remote, settings: Settings): Promise<void> {
    const {running} = this.state;
    if (running) await this.session.pause();
    await next.configure(settings, await this.session.handOver());
    this.session = next;
    if (running) void this.train();
  }

  /** Does something that the visitor waits for, and says in words what goes wrong. */
  private async wait(doing: string | null, task: () => Promise<void>): Promise<void> {
    if (doing !== null) this.set({doing, problem: null});
    try {
      await task();
    } catch (error) {
      this.fail(error);
    } finally {
      if (doing !== null) this.set({doing: null});
    }
  }

  private fail(error: unknown): void {
    this.set({problem: error instanceof Error ? error.message : String(error), message: ''});
  }

  private take(report: Report): void {
    if (report.type === 'view') {
      this.set({view: report});
    } else if (report.type === 'backprop') {
      this.set({backprop: report});
    } else if (report.type === 'change') {
      this.set({change: report});
    } else if (report.type === 'tested') {
      this.set({tested: report, history: this.state.history.withTest(report)});
    } else if (report.losses.length > 0) {
      const {step, imagesPerSecond} = report;
      this.set({step, imagesPerSecond, history: this.state.history.withSteps(report)});
    }
  }

  private set(change: Partial<State>): void {
    this.state = {...this.state, ...change};
    this.onChange(this.state);
  }
}
