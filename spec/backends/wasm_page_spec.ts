/**
 * The wasm backend's threads as a page has them: cross-origin isolated, or not, or with a content security policy that
 * allows no workers from blob: URLs. `npm run test:browser` says which page this is; in Node there is none.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {kernelInfo} from '../../src/backends';
import {currentHeap} from '../../src/backends/wasm/open_heap';
import {verifyBackend} from '../../src/checks/verify_backend';
import {affine, conv2d, maxPool2d, relu} from '../../src/ops';
import {toTensor} from '../support/arrays';
import {backendNames, environment} from '../support/backends';
import {randomValues} from '../support/random';

const isPage = typeof process === 'undefined';
/** How many threads tfjs has. */
const ofTfjs = Number(environment('SPEC_THREADS') ?? 1);
/** 'strict' from the start, 'late' from when the backend had its workers, or 'none'. */
const policy = environment('SPEC_POLICY') ?? 'none';
const flag = 'EXPLICIT_LAYERS_WASM_THREADS';

const PATIENCE_MS = 30_000;

/** The private parts of a pool. */
interface OpenPool {
  reason: string;
  isReady: boolean;
  workers: Worker[];
  publish(job: object, starts: readonly number[]): void;
  claim(parts: number): number;
}

function pool(): OpenPool {
  return currentHeap()!.threads as unknown as OpenPool;
}

/** Bits of what ops with work for several threads make, forward and backward. */
function compute(): Int32Array[] {
  return tf.tidy(() => {
    const x = toTensor(randomValues([8, 32, 32, 16], 1)) as Tensor4D;
    const w = toTensor(randomValues([3, 3, 16, 32], 2)) as Tensor4D;
    const m = toTensor(randomValues([256, 256], 3)) as Tensor2D;
    const {value, grads} = tf.valueAndGrads((a, b) => tf.sum(
      maxPool2d(relu(conv2d(a as Tensor4D, b as Tensor4D, null, {padding: 'same'})), {poolSize: 2})))([x, w]);
    return [value, ...grads, affine(m, m, null)].map((t) => new Int32Array((t.dataSync() as Float32Array).buffer.slice(0)));
  });
}

/** What a page does between two ops. */
function turn(ms = 20): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Computes, and returns to the event loop, until something is so or it is too late. */
async function computeUntil(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !isSo() && performance.now() < end;) {
    compute();
    await turn();
  }
}

/** With one thread, then with another pool. */
async function restart(): Promise<Int32Array[]> {
  tf.env().set(flag, 1);
  const alone = compute();
  expect(kernelInfo().threads).toBe(1);
  expect(kernelInfo().reason).toContain('One thread: EXPLICIT_LAYERS_WASM_THREADS is 1. Set it to 0');
  tf.env().set(flag, 0);
  await computeUntil(() => kernelInfo().threads === ofTfjs || pool().reason !== '');
  return alone;
}

if (backendNames.includes('wasm')) {
  describe('threads of a page [wasm]', () => {
    beforeAll(() => tf.setBackend('wasm'));
    if (ofTfjs === 1) declareAlone();
    else if (policy === 'none') declareSeveral();
    else declareForbidden();
  });
}

function declareAlone(): void {
  it('are one, which says why', async () => {
    compute();
    await turn(1500);
    const {set, threads, reason} = kernelInfo();
    expect({set, threads}).toEqual({set: 'heap', threads: 1});
    const why = policy === 'strict' ? 'tfjs started without threads' : 'the page is not cross-origin isolated';
    if (isPage) expect(reason).toContain(`One thread: ${why}`);
    else expect(reason).not.toContain('thread');
  });

  it('stay one where more are asked for', async () => {
    const wanted = compute();
    tf.env().set(flag, 3);
    try {
      compute();
      await turn(1500);
      expect(compute()).toEqual(wanted);
      expect(kernelInfo().threads).toBe(1);
      expect(kernelInfo().reason).toContain('One thread: ');
    } finally {
      tf.env().set(flag, 0);
    }
  });

  it('are told by verifyBackend', async () => {
    const report = await verifyBackend();
    expect(report.ok).withContext(report.toString()).toBeTrue();
    expect(report.kernels).toEqual(kernelInfo());
  }, 120_000);
}

function declareSeveral(): void {
  it('share the work once the page has returned to its event loop, with the same bits', async () => {
    const alone = await restart();
    expect(kernelInfo()).toEqual(jasmine.objectContaining({set: 'heap', threads: ofTfjs, reason: ''}));
    // Of all parts, those that this thread did not take were done by a worker.
    const publish = spyOn(pool(), 'publish').and.callThrough();
    const claim = spyOn(pool(), 'claim').and.callThrough();
    const byWorkers = () => publish.calls.allArgs().reduce((sum, [, starts]) => sum + starts.length - 1, 0) -
        claim.calls.all().filter(({returnValue}) => returnValue >= 0).length;
    await computeUntil(() => {
      expect(compute()).toEqual(alone);
      return byWorkers() > 0;
    });
    expect(byWorkers()).toBeGreaterThan(0);
    expect(pool().reason).toBe('');
  }, 2 * PATIENCE_MS);

  it('are one at first', async () => {
    await restart();
    tf.env().set(flag, 1);
    kernelInfo();
    tf.env().set(flag, 0);
    compute();
    expect(kernelInfo()).toEqual(jasmine.objectContaining(
      {threads: 1, reason: 'Threads start when the page has returned to its event loop: wait for that.'}));
  }, 2 * PATIENCE_MS);

  it('are one, with the same bits, when a worker was killed; verifyBackend says so', async () => {
    const alone = await restart();
    const [worker] = pool().workers;
    worker!.terminate();
    const m = toTensor(randomValues([512, 512], 3)) as Tensor2D;
    await computeUntil(() => {
      for (let i = 0; i < 20; i++) affine(m, m, null).dispose();
      return pool().reason !== '';
    });
    m.dispose();
    expect(kernelInfo()).toEqual(jasmine.objectContaining({threads: 1, reason: jasmine.stringMatching(/^One thread: /)}));
    expect(compute()).toEqual(alone);
    const report = await verifyBackend();
    expect(report.ok).withContext(report.toString()).toBeTrue();
    expect(report.toString()).toContain('One thread: ');
    await restart();
    expect(kernelInfo().threads).withContext('with a new pool').toBe(ofTfjs);
  }, 4 * PATIENCE_MS);

  it('are one when a worker throws', async () => {
    const alone = await restart();
    pool().workers[0]!.dispatchEvent(new ErrorEvent('error', {message: 'out of memory'}));
    expect(kernelInfo()).toEqual(jasmine.objectContaining(
      {threads: 1, reason: jasmine.stringContaining('One thread: a worker failed: out of memory. Load the page again')}));
    expect(compute()).toEqual(alone);
    await restart();
  }, 2 * PATIENCE_MS);
}

function declareForbidden(): void {
  it('are one where no worker from a blob: URL may start; verifyBackend says so', async () => {
    const alone = await restart();
    expect(kernelInfo().threads).toBe(1);
    expect(kernelInfo().reason).toMatch(/One thread: .* the page does not allow workers from blob: URLs/);
    expect(compute()).toEqual(alone);
    const report = await verifyBackend();
    expect(report.ok).withContext(report.toString()).toBeTrue();
    expect(report.kernels).toEqual(kernelInfo());
    expect(report.toString().replace(/\s+/g, ' ')).toContain('workers from blob: URLs');
  }, 120_000);
}
