import * as tf from '@tensorflow/tfjs-core';

import {graphFunction, ops} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {expectGraphs, runs} from './support/twins';

describeOnBackends('graphFunction', (backend) => {
  const isGraph = backend === 'tensorflow';

  it('gives the same results at each call, from the third on as a graph', async () => {
    const g = graphFunction((x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(tf.relu(x), y)));
    for (const scale of [1, 2, 3, 4]) {
      await expectClose(g(tf.tensor1d([-scale, scale, 2]), tf.tensor1d([5, 6, 7])), 6 * scale + 14);
      expect(g.report().steps[0]!.runsAs).toBe(isGraph && scale > 1 ? 'graph' : 'eager');
    }
    expectGraphs(g.report(), backend);
    expect(g.report().steps[0]!.ops).toBe(isGraph ? 3 : 0);
    expect(`${g.report()}`).toContain('float32[3], float32[3]');
    g.dispose();
    expect(g.report().steps).toEqual([]);
    await expectClose(g(tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 1, 1])), 6);
  });

  it('takes and returns lists and records, of any depth', async () => {
    const g = graphFunction(({a, list}: {a: tf.Tensor, list: tf.Tensor[]}) =>
      ({sum: tf.add(a, list[0]!), rest: [tf.neg(list[1]!), null]}));
    for (const v of [1, 2, 3, 4]) {
      const {sum, rest} = g({a: tf.scalar(v), list: [tf.scalar(10), tf.scalar(2 * v)]});
      await expectClose(sum, 10 + v);
      await expectClose(rest[0]!, -2 * v);
      expect(rest[1]).toBeNull();
    }
    expectGraphs(g.report(), backend);
  });

  it('records each signature: shapes, dtypes and the other arguments', async () => {
    const g = graphFunction((x: tf.Tensor, factor: number, name: string) =>
      name === 'mul' ? tf.mul(x, factor) : tf.add(x, factor));
    for (let i = 0; i < 3; ++i) {
      await expectClose(g(tf.tensor1d([1, 2]), 3, 'mul'), [3, 6]);
      await expectClose(g(tf.tensor1d([1, 2]), 4, 'mul'), [4, 8]);
      await expectClose(g(tf.tensor1d([1, 2]), 3, 'add'), [4, 5]);
      await expectClose(g(tf.tensor1d([1, 2, 3]), 3, 'add'), [4, 5, 6]);
      await expectClose(g(tf.tensor1d([1, 2], 'int32'), 3, 'add'), [4, 5]);
    }
    expect(g.report().steps.length).toBe(5);
    expectGraphs(g.report(), backend);
  });

  it('keeps at most 16 signatures, the oldest are dropped', () => {
    const g = graphFunction((x: tf.Tensor) => tf.square(x));
    for (let n = 1; n <= 20; ++n) {
      for (let i = 0; i < 3; ++i) g(tf.ones([n])).dispose();
    }
    expect(g.report().steps.map(({signature}) => signature))
        .toEqual(Array.from({length: 16}, (_, i) => `float32[${i + 5}]`));
    g.dispose();
  });

  it('reads and assigns variables', async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const g = graphFunction((x: tf.Tensor) => {
      const old = tf.clone(v);
      v.assign(tf.add(v, x));
      return old;
    });
    for (let i = 0; i < 5; ++i) await expectClose(g(tf.tensor1d([1, 10])), [1 + i, 2 + 10 * i]);
    await expectClose(v, [6, 52]);
    v.assign(tf.tensor1d([0, 0]));
    await expectClose(g(tf.tensor1d([1, 10])), [0, 0]);
    await expectClose(v, [1, 10]);
    expectGraphs(g.report(), backend);
    v.dispose();
  });

  it('tells variables apart that hold the same data at first', async () => {
    const source = tf.variable(tf.tensor1d([3]));
    const target = tf.variable(tf.tensor1d([0]));
    target.assign(source);
    const snapshot = tf.clone(source);
    const g = graphFunction(() => tf.stack([source, target, snapshot]));
    for (let i = 0; i < 3; ++i) await expectClose(g(), [[3], [3], [3]]);
    source.assign(tf.tensor1d([4]));
    await expectClose(g(), [[4], [3], [3]]);
    tf.dispose([source, target]);
  });

  it('tells arguments apart that are the same tensor at first', async () => {
    const x = tf.tensor1d([1, 2]);
    const g = graphFunction((a: tf.Tensor, b: tf.Tensor) => tf.sub(tf.mul(a, 2), tf.add(b, x)));
    for (let i = 0; i < 3; ++i) await expectClose(g(x, x), [0, 0]);
    await expectClose(g(tf.tensor1d([5, 5]), tf.tensor1d([1, 1])), [8, 7]);
    expectGraphs(g.report(), backend);
  });

  it('takes a variable as an argument, which it may assign', async () => {
    const [v, w] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(100))];
    const g = graphFunction((variable: tf.Variable) => {
      variable.assign(tf.add(variable, 1));
    });
    for (let i = 0; i < 4; ++i) g(v);
    for (let i = 0; i < 3; ++i) g(w);
    await expectClose(v, 5);
    await expectClose(w, 103);
    tf.dispose([v, w]);
  });

  it('feeds the tensors that it closes over, and refuses a disposed one by its name', async () => {
    let k = tf.scalar(3);
    const g = graphFunction((x: tf.Tensor) => tf.mul(x, k));
    for (let i = 0; i < 3; ++i) await expectClose(g(tf.scalar(2)), 6);
    const {id} = k;
    k.dispose();
    const two = tf.scalar(2);
    if (isGraph) await expectRefusal(() => g(two), new RegExp(`tensor ${id} \\(float32 \\[\\]\\), which has been disposed`));
    k = tf.scalar(5);
    for (let i = 0; i < 3; ++i) await expectClose(g(tf.scalar(2)), 10);
  });

  it('returns what belongs to the caller, also where it returns what it was given', async () => {
    const [x, k, v] = [tf.tensor1d([1, 2]), tf.tensor1d([7]), tf.variable(tf.tensor1d([9]))];
    const g = graphFunction((a: tf.Tensor) => [a, a, k, v, tf.scalar(4), tf.zeros([2])]);
    for (let i = 0; i < 4; ++i) {
      const results = g(x);
      await expectClose(results[0]!, [1, 2]);
      await expectClose(results[2]!, [7]);
      await expectClose(results[3]!, [9]);
      await expectClose(results[4]!, 4);
      await expectClose(results[5]!, [0, 0]);
      expect(new Set(results).size).toBe(6);
      tf.dispose(results);
    }
    await expectClose(x, [1, 2]);
    await expectClose(v, [9]);
    v.dispose();
  });

  it('leaves nothing behind', async () => {
    const v = tf.tidy(() => tf.variable(tf.ones([3])));
    const g = graphFunction((x: tf.Tensor) => {
      v.assign(tf.add(v, x));
      return tf.sum(tf.exp(x));
    });
    const x = tf.ones([3]);
    for (let call = 0; call < 5; ++call) await expectNoLeaks(() => g(x));
    v.dispose();
  });

  it('differentiates inside, twice too', async () => {
    const w = tf.variable(tf.tensor2d([[1, 2], [3, 4]]));
    const g = graphFunction((x: tf.Tensor2D) => {
      const size = (a: tf.Tensor) => tf.sum(tf.square(ops.affine(a as tf.Tensor2D, w as tf.Tensor2D, null)));
      const slope = (a: tf.Tensor) => tf.sum(tf.square(tf.grad(size)(a)));
      return tf.grad(slope)(x);
    });
    const x = tf.tensor2d([[1, -1]]);
    const first = await g(x).array();
    for (let i = 0; i < 3; ++i) await expectClose(g(x), first as number[][]);
    expectGraphs(g.report(), backend);
    w.dispose();
  });

  it('is a part of a graphFunction around it, and of a function that is differentiated', async () => {
    const inner = graphFunction((x: tf.Tensor) => tf.square(x));
    const outer = graphFunction((x: tf.Tensor) => tf.add(inner(x), 1));
    for (let i = 0; i < 4; ++i) await expectClose(outer(tf.scalar(3)), 10);
    expectGraphs(outer.report(), backend);
    expect(runs(inner.report())).toEqual(['function eager']);
    for (let i = 0; i < 3; ++i) inner(tf.scalar(1));
    await expectClose(tf.grad((x: tf.Tensor) => inner(x))(tf.scalar(3)), 6);
    if (isGraph) expect(inner.report().steps[0]!.reason).toContain('differentiated');
    await expectClose(inner(tf.scalar(5)), 25);
    expectGraphs(inner.report(), backend);
  });

  it('throws what the function throws and is as before', async () => {
    let fails = true;
    const v = tf.tidy(() => tf.variable(tf.scalar(1)));
    const g = graphFunction((x: tf.Tensor) => {
      const y = tf.add(x, v);
      if (fails) throw new Error('no luck');
      return y;
    });
    const {runKernel} = tf.engine();
    const one = tf.scalar(1);
    for (let i = 0; i < 3; ++i) await expectRefusal(() => g(one), /^no luck$/);
    expect(tf.engine().runKernel).toBe(runKernel);
    expect(Object.hasOwn(tf.engine(), 'runKernel')).toBeFalse();
    fails = false;
    for (let i = 0; i < 3; ++i) await expectClose(g(tf.scalar(1)), 2);
    expectGraphs(g.report(), backend);
    v.dispose();
  });

  it('throws what TensorFlow throws of a graph\'s values', async () => {
    const table = tf.tensor2d([[1], [2], [3]]);
    const g = graphFunction((index: tf.Tensor1D) => tf.gather(table, index));
    for (let i = 0; i < 3; ++i) await expectClose(g(tf.tensor1d([2, 0], 'int32')), [[3], [1]]);
    const beyond = tf.tensor1d([3, 0], 'int32');
    if (isGraph) await expectRefusal(() => g(beyond), /3/);
    await expectClose(g(tf.tensor1d([1, 1], 'int32')), [[2], [2]]);
    expectGraphs(g.report(), backend);
  });

  it('is eager while tfjs profiles or debugs', async () => {
    const g = graphFunction((x: tf.Tensor) => tf.square(x));
    for (let i = 0; i < 3; ++i) g(tf.scalar(2));
    const {kernels} = await tf.profile(() => g(tf.scalar(2)));
    expect(kernels.map(({name}) => name)).toContain('Square');
    if (isGraph) expect(g.report().steps[0]!.reason).toContain('tf.profile');
    tf.env().set('DEBUG', true);
    try {
      await expectClose(g(tf.scalar(3)), 9);
      if (isGraph) expect(g.report().steps[0]!.reason).toContain('debug');
    } finally {
      tf.env().set('DEBUG', false);
    }
    await expectClose(g(tf.scalar(4)), 16);
    expectGraphs(g.report(), backend);
  });

  it('is eager where EXPLICIT_LAYERS_GRAPH is false', async () => {
    const g = graphFunction((x: tf.Tensor) => tf.square(x));
    tf.env().set('EXPLICIT_LAYERS_GRAPH', false);
    try {
      for (let i = 0; i < 3; ++i) await expectClose(g(tf.scalar(3)), 9);
      expect(g.report().steps[0]).toEqual(jasmine.objectContaining(
          {runsAs: 'eager', reason: 'EXPLICIT_LAYERS_GRAPH is false'}));
    } finally {
      tf.env().set('EXPLICIT_LAYERS_GRAPH', true);
    }
  });

  const refusals: [string, unknown, RegExp][] = [
    ['something else than a function', 5, /expected a function of tensors\. Got number/],
    ['null', null, /Got null/],
    ['an async function', async (x: tf.Tensor) => x, /is async\. A step must be a plain function/],
  ];
  for (const [title, f, message] of refusals) {
    it(`refuses ${title}`, () => expectRefusal(() => graphFunction(f as () => tf.Tensor), message));
  }

  it('refuses a function that returns a promise, or no tensor', async () => {
    const promise = graphFunction(((x: tf.Tensor) => Promise.resolve(x)) as unknown as (x: tf.Tensor) => tf.Tensor);
    const text = graphFunction((() => 'five') as unknown as () => tf.Tensor);
    const x = tf.scalar(1);
    await expectRefusal(() => promise(x), /returns a promise/);
    await expectRefusal(() => text(), /must return a tensor, a list or a record of tensors.*Got string/);
  });
});
