import {fork} from 'node:child_process';
import {fileURLToPath} from 'node:url';

import type {Job, Message} from './jobs';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/**
 * Does a job in a process of its own.
 *
 * @param hear gets every message of it
 * @throws If the process ends before it is done.
 */
export function runJob(job: Job, signal: AbortSignal, hear: (message: Message) => void): Promise<void> {
  const child = fork(WORKER, [JSON.stringify(job)], {
    execArgv: ['--import', 'tsx', '--expose-gc'], stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let ended = false;
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  child.on('message', (message: Message) => {
    ended ||= message.type === 'done' || (message.type === 'unavailable' && message.item === undefined);
    hear(message);
  });
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      if (ended || signal.aborted) resolve();
      else reject(new Error(`The measurement on ${job.backend} ended early (${killedBy ?? `exit code ${code}`}).\n${errors}`));
    });
  });
}
