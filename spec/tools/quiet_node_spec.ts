import {spawnSync} from 'node:child_process';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {backendNames} from '../support/backends';

const PROGRAM = 'require("tfjs-explicit-layers/node"); const tf = require("@tensorflow/tfjs-node"); tf.ones([2]).print();';

describe('tfjs-node behind tfjs-explicit-layers/node', () => {
  const load = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['-e', PROGRAM], {cwd: ROOT, encoding: 'utf8', env: {...process.env, ...env}});

  beforeEach(() => {
    if (!backendNames.includes('tensorflow')) pending('tfjs-node is not set up here');
  });

  it('prints nothing but the program\'s own output', () => {
    const {stdout, stderr} = load({});
    expect(stderr).toBe('');
    expect(stdout).toContain('[1, 1]');
  });

  it('prints TensorFlow\'s notes where the user wants them', () => {
    expect(load({TF_CPP_MIN_LOG_LEVEL: '0', TF_ENABLE_ONEDNN_OPTS: '1'}).stderr).toContain('oneDNN custom operations are on');
  });
});
