/** Programs that load tfjs-core and tfjs-layers twice, as a nested node_modules makes them do. */
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const program = `
import {createRequire} from 'node:module';
const require = createRequire(import.meta.url);
const mine = async () => [
  require('../@tensorflow/tfjs-core'), require('../@tensorflow/tfjs-layers'), require('../@tensorflow/tfjs-backend-cpu'),
  await import('../../src/index'),
];
const theirs = () => [require('@tensorflow/tfjs-core'), require('@tensorflow/tfjs-layers')];
const first = process.argv[2] === 'theirs first' ? theirs() : null;
if (process.argv[2] === 'one copy') await import('../../src/ops');  // before tfjs-layers, which holds parts of core
const [tf, tfLayers, , {layers, models, ops}] = await mine();
const env = tf.env();
const own = {
  derived: () => Object.assign(Object.create(env.platform), {fetch: () => Promise.reject(new Error('own'))}),
  written: () => ({fetch, now: () => Date.now(), encode: env.platform.encode.bind(env.platform),
    decode: env.platform.decode.bind(env.platform), isTypedArray: ArrayBuffer.isView}),
}[process.argv[3]];
if (own) env.setPlatform(env.platformName, own());
const [otherTf, otherLayers] = process.argv[2] === 'one copy' ? [tf, tfLayers] : first ?? theirs();
await tf.setBackend('cpu');
const attempt = (f) => {
  try {
    return String(f());
  } catch (error) {
    return error.message;
  }
};
const model = () => otherLayers.sequential({layers: [otherLayers.layers.dense({units: 1, inputShape: [2]})]});
console.log(JSON.stringify({
  twoCopies: tf !== otherTf,
  op: attempt(() => ops.relu(otherTf.tensor1d([-1, 2])).arraySync()),
  backward: attempt(() => ops.reluBackward(otherTf.tensor1d([1, 1]), ops.reluForward([-1, 2]).cache).dx.arraySync()),
  model: attempt(() => { const net = model(); net.add(layers.reLU()); return net.outputs[0].shape; }),
  functional: attempt(() => layers.dense({units: 1}).apply(otherLayers.input({shape: [2]})).shape),
  initializer: attempt(() => layers.dense({units: 1, kernelInitializer: otherLayers.initializers.ones()}).getClassName()),
  conversion: attempt(() => models.toExplicit(model()).layers[0].getClassName()),
}));
`;

describe('a second copy of tfjs', () => {
  let folder: string;
  const run = (order: string, platform = ''): {[name: string]: string} => {
    const {stdout, stderr} = spawnSync(
        process.execPath, ['--import', 'tsx', path.join(folder, 'program.mts'), order, platform],
        {encoding: 'utf8', cwd: ROOT});
    const line = stdout.trim().split('\n').at(-1)!;
    if (!line.startsWith('{')) throw new Error(stderr);
    return JSON.parse(line) as {[name: string]: string};
  };

  beforeAll(() => {
    folder = mkdtempSync(path.join(ROOT, 'node_modules', '.two-copies-'));
    for (const name of ['core', 'layers']) {
      const [from, to] = [ROOT, folder].map(root => path.join(root, `node_modules/@tensorflow/tfjs-${name}`));
      mkdirSync(path.join(to!, 'dist'), {recursive: true});
      for (const file of ['package.json', `dist/tf-${name}.node.js`]) copyFileSync(path.join(from!, file), path.join(to!, file));
    }
    writeFileSync(path.join(folder, 'program.mts'), program);
  });
  afterAll(() => { rmSync(folder, {recursive: true}); });

  it('is not seen where there is one', () => {
    expect(run('one copy')).toEqual({
      twoCopies: false as unknown as string, op: '0,2', backward: '0,1', model: ',1', functional: ',1',
      initializer: 'ExplicitDense', conversion: 'ExplicitDense',
    });
  });

  for (const platform of ['derived', 'written']) {
    it(`is not seen where the program set a platform of its own, ${platform}`, () => {
      expect(run('one copy', platform)['op']).toBe('0,2');
      expect(run('one copy', platform)['backward']).toBe('0,1');
    });
  }

  for (const [order, platform] of [['theirs first'], ['ours first'], ['ours first', 'written']]) {
    it(`is named in the error, ${order}${platform ? ', beside a platform of the program' : ''}`, () => {
      const {twoCopies, ...errors} = run(order!, platform);
      expect(twoCopies).toBe(true as unknown as string);
      for (const [what, message] of Object.entries(errors)) {
        const kind = what === 'op' || what === 'backward' ? 'core' : 'layers';
        expect(message).withContext(what).toContain(`This program holds two copies of tfjs-${kind}`);
        expect(message).withContext(what).toContain(`npm ls @tensorflow/tfjs-${kind}`);
      }
      expect(errors['op']).toMatch(/^relu: /);
      expect(errors['model']).toMatch(/^layers\.reLU '.*': the input belongs to a model of another copy/);
      expect(errors['conversion']).toMatch(/^toExplicit: the model was made by another copy/);
    });
  }
});
