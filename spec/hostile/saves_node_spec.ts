/** Saves that fail, that are killed, and that run in several processes at once. */
import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import fs from 'node:fs/promises';
import {createServer} from 'node:http';
import type {RequestListener, Server} from 'node:http';
import {syncBuiltinESMExports} from 'node:module';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';

import {models} from '../../src';
import {importKeras} from '../../src/keras';
import {net} from '../models/support/saving';
import {backendNames} from '../support/backends';
import {oneDense} from './support/one_dense';

function filled(value: number) {
  const model = net();
  model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, value)));
  return model;
}

/** The value that all weights of the model in the folder have. */
async function valueIn(folder: string): Promise<number> {
  const model = await models.load(folder);
  const values = new Set(model.getWeights().flatMap((weight) => Array.from(weight.dataSync())));
  model.dispose();
  return values.size === 1 ? [...values][0]! : NaN;
}

describe('SECURITY.md: the save that was called last remains, whole, and clears what a killed one left:', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeAll(() => tf.setBackend(backendNames[0]!));
  beforeEach(async () => { folder = await fs.mkdtemp(path.join(tmpdir(), 'saves-')); });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(ended));
    await fs.rm(folder, {recursive: true});
    tf.disposeVariables();
  });

  /** A process that saves again and again; `saved` resolves after its n-th save. */
  function saver() {
    const script = fileURLToPath(new URL('support/save_loop.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {stdio: ['ignore', 'ignore', 'inherit', 'ipc']});
    children.push(child);
    const saved = (count: number) => new Promise<void>((resolve) => {
      child.on('message', (done: number) => { if (done >= count) resolve(); });
    });
    return {child, saved};
  }

  /** Kills a process and waits for its end. */
  function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('close', () => resolve());
      child.kill('SIGKILL');
    });
  }

  const failures: [title: string, method: 'open' | 'rename' | 'mkdir', code: string][] = [
    ['on a full disk', 'open', 'ENOSPC'], ['in a folder that is read-only', 'open', 'EROFS'],
    ['where the last step fails', 'rename', 'ENOSPC'],
  ];
  for (const [title, method, code] of failures) {
    it(`a save ${title} leaves the old model`, async () => {
      await models.save(filled(1), folder);
      const names = (await fs.readdir(folder)).sort();
      const original = fs[method];
      const fail = () => Promise.reject(Object.assign(new Error(`${code}: no space left, or none to write`), {code}));
      const stub = title.includes('full') ? async (...args: Parameters<typeof fs.open>) => {
        const file = await (original as typeof fs.open)(...args);
        if (args[1] === 'wx') file.writeFile = fail;
        return file;
      } : fail;
      Object.assign(fs, {[method]: stub});
      syncBuiltinESMExports();
      try {
        await expectAsync(models.save(filled(2), folder)).toBeRejectedWithError(
          new RegExp(`^models\\.save: 'net' could not be saved to .*${code}`));
      } finally {
        Object.assign(fs, {[method]: original});
        syncBuiltinESMExports();
      }
      expect((await fs.readdir(folder)).sort()).toEqual(names);
      expect(await valueIn(folder)).toBe(1);
    });
  }

  it('of two processes that save, and one that reads meanwhile, none meets half a model', async () => {
    const savers = [saver(), saver()];
    await Promise.all(savers.map(({saved}) => saved(1)));
    const seen = new Set<number>();
    // On a busy machine the savers may take longer than that for the next model.
    for (const end = Date.now() + 4000; Date.now() < end || seen.size < 2;) seen.add(await valueIn(folder));
    expect([...seen].filter((value) => ![1, 2, 3].includes(value))).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  }, 60_000);

  it('what was killed at any moment', async () => {
    for (let round = 0; round < 3; round++) {
      const {child, saved} = saver();
      await saved(2);
      await new Promise((resolve) => { setTimeout(resolve, 7 * round + 1); });
      await ended(child);
      expect([1, 2, 3]).toContain(await valueIn(folder));
    }
    await models.save(filled(7), folder);
    expect(await valueIn(folder)).toBe(7);
    expect((await fs.readdir(folder)).length).toBe(2);
  }, 90_000);
});

describe('SECURITY.md: memory stays in proportion to the file: the same over http:', () => {
  let server: Server;
  let address: string;
  let answer: RequestListener;
  beforeAll(async () => {
    await tf.setBackend(backendNames[0]!);
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  }));

  const topology = {class_name: 'Sequential', config: {name: 's', layers: [
    {class_name: 'Dense', config: {name: 'd', units: 1, use_bias: false, batch_input_shape: [null, 2]}}]}};
  const json = (paths: string[], dtype = 'float32') => JSON.stringify(
    {modelTopology: topology, weightsManifest: [{paths, weights: [{name: 'd/kernel', shape: [2, 1], dtype}]}]});
  /** Sends without end, until the other side hangs up. */
  const endless = (response: Parameters<RequestListener>[1], sent: {bytes: number}) => {
    const piece = Buffer.alloc(1 << 16);
    const more = () => {
      while (!response.destroyed && sent.bytes < 1e9) {
        sent.bytes += piece.length;
        if (!response.write(piece)) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  };

  it('a server that goes on sending, that declares too much, and one that sends elsewhere', async () => {
    for (const head of [{}, {'content-length': '2000000000'}, {location: '/long.bin'}]) {
      const sent = {bytes: 0};
      answer = (request, response) => {
        if (request.url === '/model.json') response.end(json(['z.bin']));
        else if (request.url === '/z.bin' && 'location' in head) response.writeHead(302, head).end();
        else endless(response.writeHead(200, 'location' in head ? {} : head), sent);
      };
      await expectAsync(models.load(`${address}/model.json`))
        .toBeRejectedWithError(/more than the 8 bytes that model\.json says/);
      expect(sent.bytes).toBeLessThan(100e6);
    }
  });

  it('a model.json that is sent without end, and weights whose size it does not tell', async () => {
    const sent = {bytes: 0};
    answer = (_, response) => endless(response.writeHead(200), sent);
    await expectAsync(models.load(`${address}/model.json`)).toBeRejectedWithError(/model\.json .*more than 64 MB/);
    answer = (request, response) => (request.url === '/model.json' ? response.end(json(['z.bin'], 'quaternion')) :
      endless(response.writeHead(200), sent));
    await expectAsync(models.load(`${address}/model.json`)).toBeRejectedWithError(/does not say how long the weights are/);
  });

  it('what is as long as it says is loaded, with and without a length, after a redirect too', async () => {
    const bytes = Buffer.from(Float32Array.of(3, 4).buffer);
    answer = (request, response) => {
      if (request.url === '/old/model.json') response.writeHead(302, {location: '/model.json'}).end();
      else if (request.url === '/model.json') response.end(json(['z.bin']));
      else response.writeHead(200).write(bytes, () => response.end());
    };
    for (const place of ['/model.json', '/old/model.json']) {
      const model = await models.load(`${address}${place}`);
      expect(Array.from(model.getWeights()[0]!.dataSync())).toEqual([3, 4]);
      model.dispose();
    }
  });

  it('a small HDF5 file that declares 2 GB', async () => {
    const bytes = await oneDense(500e6, (group) => {
      const data = Float32Array.of(0.25, 0.5);
      group.create_dataset({name: 'kernel', data, shape: [2, 1], maxshape: [null, 1], chunks: [2, 1]});
      (group.get('kernel') as unknown as {resize(shape: number[]): void}).resize([500e6, 1]);
    });
    expect(bytes.length).toBeLessThan(200_000);
    const before = process.resourceUsage().maxRSS;
    await expectAsync(importKeras(bytes)).toBeRejectedWithError(/dataset '.*kernel' declares 2000000000 bytes, more than/);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 << 10);  // kilobytes
  });
});
