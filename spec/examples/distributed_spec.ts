import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {allReduceSeconds, bestWorkers, breakEvenBatch, stepSeconds} from '../../examples/distributed/scaling_model';
import {freePorts, runWorkers, WorkerDied} from '../../examples/distributed/workers';
import type {WorkerEvent, WorkerStart} from '../../examples/distributed/workers';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A worker that runs this JavaScript. */
function worker(index: number, script: string): WorkerStart {
  return {index, command: process.execPath, args: ['-e', script], env: process.env};
}

const says = (event: WorkerEvent) => `console.log(${JSON.stringify(JSON.stringify(event))});`;
const never = new AbortController().signal;
const waits = 'setTimeout(() => {}, 60000);';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('examples/distributed: workers', () => {
  it('are waited for, and heard', async () => {
    const heard: [number, WorkerEvent][] = [];
    const script = `${says({epoch: 0, step: 5, steps: 5, loss: 0.5})}${says({state: 'done'})}`;
    await runWorkers([worker(0, script), worker(1, script)], never, (index, event) => heard.push([index, event]));
    for (const index of [0, 1]) {
      expect(heard.filter(([from]) => from === index).map(([, event]) => event))
          .toEqual([{epoch: 0, step: 5, steps: 5, loss: 0.5}, {state: 'done'}]);
    }
  });

  it('are stopped where one dies; it is named with its place and last words', async () => {
    let pid = 0;
    const dies = `${says({epoch: 1, step: 7, steps: 9})} console.error('out of memory'); setTimeout(() => process.exit(3), 500);`;
    const stays = `console.log(JSON.stringify({state: String(process.pid)}));${waits}`;
    const run = runWorkers([worker(0, stays), worker(1, dies)], never, (index, {state}) => {
      if (index === 0) pid = Number(state);
    });
    const error = await run.then(() => null, (reason: unknown) => reason) as WorkerDied;
    expect(error).toBeInstanceOf(WorkerDied);
    expect([error.index, error.how, error.where, error.words])
        .toEqual([1, 'exit code 3', 'in epoch 2, about step 7 of 9', 'out of memory']);
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBeFalse();
  });

  it('are stopped with the signal, also those that do not listen', async () => {
    const controller = new AbortController();
    let pid = 0;
    const deaf = `process.on('SIGTERM', () => {}); console.log(JSON.stringify({state: String(process.pid)}));${waits}`;
    const run = runWorkers([worker(0, deaf)], controller.signal, (_, {state}) => {
      pid = Number(state);
      controller.abort(new Error('asked'));
    });
    await expectAsync(run).toBeRejectedWithError('asked');
    expect(isAlive(pid)).toBeFalse();
  }, 20_000);

  it('that end well without having said so have not done their work', async () => {
    await expectAsync(runWorkers([worker(0, '')], never, () => undefined)).toBeRejectedWithError(/Worker 0 ended while starting/);
  });

  it('get free ports', async () => {
    const ports = await freePorts(3);
    expect(new Set(ports).size).toBe(3);
    expect(ports.every((port) => port > 1023 && port < 65536)).toBeTrue();
  });
});

describe('examples/distributed: flags', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, ['--import', 'tsx', 'examples/distributed/main.ts', ...args],
      {cwd: root, encoding: 'utf8'});

  it('refuses what does not fit together', () => {
    const {status, stderr} = run('--hosts', 'a:1,b:2');
    expect(stderr).toContain('--hosts and --index go together');
    expect(status).toBe(2);
  }, 30_000);
});

describe('examples/distributed: scaling', () => {
  const link = {bytesPerSecond: 1000, latency: 0.5};
  const cost = {gradientBytes: 4000, flopPerExample: 10};
  const machine = {flops: 20};

  it('sends each byte twice around the ring but for a share', () => {
    expect(allReduceSeconds(4000, 1, link)).toBe(0);
    expect(allReduceSeconds(4000, 2, link)).toBe(2 * (2 + 0.5));
    expect(allReduceSeconds(4000, 4, link)).toBe(6 * (1 + 0.5));
    expect(stepSeconds(cost, machine, link, 2, 8)).toBe(2 + 5);
  });

  it('finds where it breaks even and where it is fastest', () => {
    expect(breakEvenBatch(cost, machine, link)).toBe(16);
    expect(bestWorkers(cost, machine, link, 4)).toEqual({workers: 1, speedup: 1});
    const {workers, speedup} = bestWorkers(cost, machine, {bytesPerSecond: 1e6, latency: 0.001}, 100);
    expect(workers).toBeGreaterThan(10);
    expect(speedup).toBeGreaterThan(10);
  });

  it('prints the tables of docs/scaling.md', () => {
    const args = ['--import', 'tsx', 'examples/distributed/scaling.ts'];
    const {stdout} = spawnSync(process.execPath, args, {cwd: root, encoding: 'utf8'});
    expect(stdout).toContain('| ResNet-50 |');
    const documented = readFileSync(`${root}docs/scaling.md`, 'utf8').split('\n');
    const lines = stdout.split('\n').filter((line) => line.startsWith('|'));
    expect(lines.filter((line) => !documented.includes(line))).toEqual([]);
  }, 60_000);
});
