import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {SetupError} from './errors.mjs';
import {run, thrownLine} from './run.mjs';

const PROGRAM = fileURLToPath(new URL('proof_program.mjs', import.meta.url));
/** In the repository the sources are run, since nothing is built yet when tfjs-node is set up. */
const SOURCES = fileURLToPath(new URL('../../src/checks/index.ts', import.meta.url));

/**
 * Lets the addon compute every case of verifyBackend in a process of its own: a compiler can be wrong.
 * @param {{folder: string}} tfjsNode
 * @param {{env: NodeJS.ProcessEnv, signal: AbortSignal, progress: import('./progress.mjs').Progress}} context
 * @returns {Promise<boolean>} false where this package cannot be loaded beside that tfjs-node, so that nothing was tried
 * @throws {SetupError} where a result is wrong
 */
export async function proveAddon({folder}, {env, signal, progress}) {
  const step = progress.step('Comparing what it computes with the reference');
  const loader = existsSync(SOURCES) ? ['--import', 'tsx'] : [];
  const outcome = await run(process.execPath, [...loader, PROGRAM, folder],
    {cwd: path.dirname(PROGRAM), env: {...env, TF_CPP_MIN_LOG_LEVEL: '3', EXPLICIT_LAYERS_NATIVE: 'true'}, signal})
    .catch((error) => {
      step.fail();
      throw error;
    });
  if (outcome.status === 0) {
    const [answer] = /^(right|absent)/m.exec(outcome.stdout) ?? [];
    if (answer === 'right') {
      step.done();
      return true;
    }
    step.done('not done: this package is not installed beside tfjs-node');
    return false;
  }
  step.fail();
  const said = outcome.stdout.trim() || thrownLine(outcome.stderr) || `ended by ${outcome.signal}`;
  throw new SetupError('wrong', 'The addon was compiled and computes wrongly; it was removed.',
    'name another compiler by CXX (clang++, say), and run this again.', said.split('\n').slice(-30).join('\n'));
}
