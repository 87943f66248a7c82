import {proxy, wrap} from 'comlink';

import {BACKENDS} from '../../shared/backend_names';
import type {Backend} from '../../shared/backend_names';
import digits from '../assets/mnist.zip?url';
import type {Report} from '../engine/contract';
import type {Session} from '../engine/session';

/** Where a backend runs: beside the page, in the page where it must, or nowhere here. */
export type Place = 'worker' | 'page' | 'missing';

/** A session wherever it is; all its methods are asynchronous anyway. */
export type Remote = Omit<Session, 'open'>;

/** Sessions in their places, and what runs where. */
export class Connections {
  private readonly opened = new Map<Place, Promise<Remote>>();

  private constructor(
      readonly places: Record<Backend, Place>, private readonly worker: Worker | null,
      private readonly report: (report: Report) => void) {}

  static async make(report: (report: Report) => void): Promise<Connections> {
    const worker = await startWorker();
    const missingThere = worker ? await wrap<Session>(worker).missingBackends() : BACKENDS;
    const places = BACKENDS.map(async (backend) => {
      if (!missingThere.includes(backend)) return [backend, 'worker'];
      return [backend, await runsInPage(backend) ? 'page' : 'missing'];
    });
    return new Connections(Object.fromEntries(await Promise.all(places)), worker, report);
  }

  /** The session that runs this backend, its images loaded. */
  session(backend: Backend): Promise<Remote> {
    const place = this.places[backend];
    const opened = this.opened.get(place) ?? (place === 'worker' ? this.inWorker(this.worker!) : this.inPage());
    this.opened.set(place, opened);
    // What failed, with the network say, may be asked for again.
    opened.catch(() => this.opened.delete(place));
    return opened;
  }

  private async inWorker(worker: Worker): Promise<Remote> {
    const session = wrap<Session>(worker);
    await session.open(address(digits), proxy(this.report));
    return session as unknown as Remote;
  }

  private async inPage(): Promise<Remote> {
    const {Session} = await import('../engine/session');
    const session = new Session();
    await session.open(address(digits), this.report);
    return session;
  }
}

/** A worker elsewhere would read a relative address as its own. */
const address = (url: string) => new URL(url, document.baseURI).href;

/** Null where the browser does not start it. */
async function startWorker(): Promise<Worker | null> {
  try {
    const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), {type: 'module', name: 'training'});
    await new Promise((resolve, reject) => {
      worker.addEventListener('message', resolve, {once: true});
      worker.addEventListener('error', reject, {once: true});
    });
    return worker;
  } catch {
    return null;
  }
}

async function runsInPage(backend: Backend): Promise<boolean> {
  if (backend === 'cpu') return true;
  if (backend === 'wasm') return typeof WebAssembly === 'object';
  if (backend === 'webgl') return document.createElement('canvas').getContext('webgl2') !== null;
  const {gpu} = navigator as {gpu?: {requestAdapter(): Promise<unknown>}};
  return Boolean(await gpu?.requestAdapter().catch(() => null));
}
