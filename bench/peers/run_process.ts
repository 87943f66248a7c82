import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import {WrongResult} from '../compare';
import type {PeerRun} from './exchange';

const execute = promisify(execFile);

/**
 * Runs a process to its end and reads its last line.
 *
 * @throws {WrongResult} With what it wrote last, if it fails.
 */
export async function runPeer(command: string, args: readonly string[]): Promise<PeerRun> {
  try {
    const {stdout} = await execute(command, args, {maxBuffer: 2 ** 26});
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as PeerRun;
  } catch (error) {
    const {stderr, message} = error as {stderr?: string, message: string};
    throw new WrongResult(`${command} failed: ${stderr?.trimEnd().split('\n').at(-1) ?? message}`);
  }
}
