import type {GradCheckOptions} from '../../src/checks';
import type {Backend} from '../shared/backend_names';
import type {LayerKind} from './layer_options';

/** What the page asks its worker to do, once. */
export type Request = {task: 'verify', backend: Backend} | GradCheckRequest;

export interface GradCheckRequest {
  task: 'gradCheck';
  backend: Backend;
  layer: LayerKind;
  /** Handed to the layer as they are. */
  options: {[name: string]: unknown};
  shape: number[];
  /** Entries of x: normally distributed, or small whole numbers, whose ties and zeros are kinks. */
  entries: Entries;
  check: GradCheckOptions;
}

export type Entries = 'normal' | 'whole';

/** What the worker answers: any number of 'progress', then one of the others. */
export type Answer =
  {kind: 'progress', done: number, all: number} |
  {kind: 'report', ok: boolean, text: string} |
  {kind: 'refused', message: string};
