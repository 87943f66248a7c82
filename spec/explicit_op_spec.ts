import * as tf from '@tensorflow/tfjs-core';

import {explicitOp, isRecording} from '../src/explicit_op';
import type {ExplicitOpDefinition} from '../src/explicit_op';
import {describeOnBackends} from './support/backends';
import {expectClose, expectNoLeaks} from './support/matchers';

type Product = {a: tf.Tensor, b: tf.Tensor | null};

/** a * b, with a note of every rule that runs. */
function product(ran: string[] = []) {
  return explicitOp<Product, {scale: number}>({
    name: 'product',
    forward: ({a, b}, options) => ({out: tf.mul(tf.mul(a, b ?? 1), options?.scale ?? 1)}),
    backward: {
      a: (dout, {b}, _, options) => {
        ran.push('a');
        return tf.mul(tf.mul(dout, b ?? 1), options?.scale ?? 1);
      },
      b: (dout, {a}, _, options) => {
        ran.push('b');
        return tf.mul(tf.mul(dout, a), options?.scale ?? 1);
      },
    },
  });
}

const pair = () => [tf.tensor1d([1, 2]), tf.tensor1d([10, 20])] as const;

describeOnBackends('explicitOp', () => {
  it('computes its value and its gradients, with the options', async () => {
    const [a, b] = pair();
    const mul = product();
    await expectClose(mul({a, b}, {scale: 3}), [30, 120]);
    const [da, db] = tf.grads((x, y) => mul({a: x, b: y}, {scale: 3}))([a, b]);
    await expectClose(da!, [30, 60]);
    await expectClose(db!, [3, 6]);
  });

  describe('runs the rules of what is differentiated alone', () => {
    const cases: [string, (mul: ReturnType<typeof product>, a: tf.Tensor, b: tf.Tensor) => void, string[]][] = [
      ['a', (mul, a, b) => tf.grad((x) => mul({a: x, b}))(a), ['a']],
      ['b', (mul, a, b) => tf.grad((y) => mul({a, b: y}))(b), ['b']],
      ['a and b', (mul, a, b) => tf.grads((x, y) => mul({a: x, b: y}))([a, b]), ['a', 'b']],
      ['a, b is null', (mul, a) => tf.grad((x) => mul({a: x, b: null}))(a), ['a']],
      ['nothing', (mul, a, b) => mul({a, b}), []],
      ['something else', (mul, a, b) => tf.grad((z) => tf.mul(z, mul({a, b})))(tf.tensor1d([5, 6])), []],
    ];
    for (const [what, call, rules] of cases) {
      it(what, () => {
        const ran: string[] = [];
        call(product(ran), ...pair());
        expect(ran.sort()).toEqual(rules);
      });
    }
  });

  it('one tensor for two inputs collects both gradients', async () =>
    expectClose(tf.grad((x) => product()({a: x, b: x}))(tf.tensor1d([3, 4])), [6, 8]));

  it('inputs without a rule are constants', async () => {
    const op = explicitOp<{x: tf.Tensor, mask: tf.Tensor}>({
      name: 'masked', forward: ({x, mask}) => ({out: tf.mul(x, mask)}), backward: {x: (dout, {mask}) => tf.mul(dout, mask)},
    });
    const [x, mask] = pair();
    await expectClose(tf.grad((a) => op({x: a, mask}))(x), [10, 20]);
    expect(() => tf.grad((m) => op({x, mask: m}))(mask)).toThrowError(/Cannot compute gradient/);
  });

  it('an op without rules is a constant', async () => {
    const op = explicitOp<{x: tf.Tensor}>({name: 'stop', forward: ({x}) => ({out: x}), backward: {}});
    const x = tf.tensor1d([2, 3]);
    await expectClose(op({x}), [2, 3]);
    await expectClose(tf.grad((a) => tf.mul(a, op({x: a})))(x), [2, 3]);
    expect(() => tf.grad((a) => op({x: a}))(x)).toThrowError(/Cannot compute gradient/);
  });

  it('a joint rule runs once for all', async () => {
    let runs = 0;
    const op = explicitOp<{x: tf.Tensor, y: tf.Tensor}>({
      name: 'joint', forward: ({x, y}) => ({out: tf.mul(x, y)}),
      backward: (dout, {x, y}) => {
        runs++;
        return {x: tf.mul(dout, y), y: tf.mul(dout, x)};
      },
    });
    const [x, y] = pair();
    const [dx, dy] = tf.grads((a, b) => op({x: a, y: b}))([x, y]);
    await expectClose(dx!, [10, 20]);
    await expectClose(dy!, [1, 2]);
    expect(runs).toBe(1);
  });

  describe('a rule that two of three inputs share', () => {
    type Three = {x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | null};
    const shared = (ran: string[]) => {
      const scaled = (dout: tf.Tensor, {x}: Three, _: unknown, __: unknown, wanted: ReadonlyArray<keyof Three>) => {
        ran.push(wanted.join(' '));
        return {w: wanted.includes('w') ? tf.mul(dout, x) : null, b: wanted.includes('b') ? tf.mul(dout, 3) : null};
      };
      return explicitOp<Three>({
        name: 'shared', forward: ({x, w, b}) => ({out: tf.add(tf.mul(x, w), tf.mul(b ?? 0, 3))}),
        backward: {
          x: (dout, {w}) => {
            ran.push('x');
            return tf.mul(dout, w);
          },
          shared: {rule: scaled, of: ['w', 'b']},
        },
      });
    };

    it('runs once for those of them that are asked for, and hands each its gradient', async () => {
      const [x, w] = pair();
      const b = tf.tensor1d([7, 8]);
      const ran: string[] = [];
      const gradients = tf.grads((x, w, b) => shared(ran)({x, w, b}))([x, w, b]);
      for (const [i, want] of [[10, 20], [1, 2], [3, 3]].entries()) await expectClose(gradients[i]!, want);
      expect(ran.sort()).toEqual(['w b', 'x']);
      ran.length = 0;
      await expectClose(tf.grad((b) => shared(ran)({x, w, b}))(b), [3, 3]);
      await expectClose(tf.grad((w) => shared(ran)({x, w, b: null}))(w), [1, 2]);
      expect(ran).toEqual(['b', 'w']);
    });

    it('runs once for two variables that are trained, and not for the third input', async () => {
      const [x] = pair();
      const [w, b] = [tf.variable(tf.tensor1d([10, 20])), tf.variable(tf.tensor1d([7, 8]))];
      const ran: string[] = [];
      const {grads} = tf.variableGrads(() => tf.sum(shared(ran)({x, w, b})) as tf.Scalar);
      await expectClose(grads[w.name]!, [1, 2]);
      await expectClose(grads[b.name]!, [3, 3]);
      expect(ran).toEqual(['w b']);
      ran.length = 0;
      b.trainable = false;
      tf.variableGrads(() => tf.sum(shared(ran)({x, w, b})) as tf.Scalar, [w]);
      expect(ran).toEqual(['w']);
      tf.dispose([w, b]);
    });

    it('may return one tensor for both', async () => {
      const pass = (dout: tf.Tensor) => dout;
      const sum = explicitOp<{x: tf.Tensor, y: tf.Tensor}>({
        name: 'sum', forward: ({x, y}) => ({out: tf.add(x, y)}), backward: {shared: {rule: pass, of: ['x', 'y']}},
      });
      const [x, y] = pair().map((t) => tf.variable(t)) as [tf.Variable, tf.Variable];
      const {grads} = tf.variableGrads(() => tf.sum(tf.mul(sum({x, y}), 5)) as tf.Scalar);
      await expectClose(grads[x.name]!, [5, 5]);
      await expectClose(grads[y.name]!, [5, 5]);
      tf.dispose([x, y]);
    });
  });

  describe('a shared rule', () => {
    type Factors = {x: tf.Tensor, w: tf.Tensor, b: tf.Tensor};
    /** x w b, of which all three gradients have one rule. */
    const productOfThree = (ran: string[] = []) => explicitOp<Factors>({
      name: 'productOfThree', forward: ({x, w, b}) => ({out: tf.mul(tf.mul(x, w), b)}),
      backward: {shared: {of: ['x', 'w', 'b'], rule: (dout, {x, w, b}, _, __, wanted) => {
        ran.push(wanted.join(' '));
        const others = {x: [w, b], w: [x, b], b: [x, w]} as const;
        return Object.fromEntries(wanted.map((key) => {
          const [p, q] = others[key];
          return [key, tf.mul(dout, tf.mul(p, q))];
        }));
      }}},
    });
    const numbers = () => [tf.tensor1d([2, 3]), tf.tensor1d([5, 7]), tf.tensor1d([11, 13])] as const;

    it('of all inputs gives each subset of the gradients, from one run', async () => {
      const want = [[55, 91], [22, 39], [10, 21]];
      for (const subset of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
        const ran: string[] = [];
        const all = numbers();
        const f = (...some: tf.Tensor[]) => {
          const [x, w, b] = all.map((t, i) => (subset.includes(i) ? some[subset.indexOf(i)]! : t));
          return productOfThree(ran)({x: x!, w: w!, b: b!});
        };
        const gradients = tf.grads(f)(subset.map((i) => all[i]!));
        for (const [at, i] of subset.entries()) await expectClose(gradients[at]!, want[i]!);
        expect(ran).toEqual([subset.map((i) => ['x', 'w', 'b'][i]).join(' ')]);
      }
    });

    it('is differentiated again, by each pair of inputs', async () => {
      const all = numbers();
      const relation = [[null, [11, 13], [5, 7]], [[11, 13], null, [2, 3]], [[5, 7], [2, 3], null]];
      for (const i of [0, 1, 2]) {
        for (const j of [0, 1, 2]) {
          const at = (k: number, t: tf.Tensor) => {
            const [x, w, b] = all.map((own, n) => (n === k ? t : own));
            return {x: x!, w: w!, b: b!};
          };
          const first = (given: Factors) => {
            const list = [given.x, given.w, given.b];
            return tf.grads((x, w, b) => tf.sum(productOfThree()({x, w, b})))(list)[i]!;
          };
          await expectClose(tf.grad((t) => tf.sum(first(at(j, t))))(all[j]!), relation[i]![j] ?? [0, 0]);
        }
      }
    });

    it('is told the same in a second backward over the same tape', async () => {
      const [x, w, b] = numbers();
      const ran: string[] = [];
      const twice = tf.grads((p, q) => {
        const inner = tf.grads((r, s) => tf.sum(productOfThree(ran)({x: r, w: s, b})))([p, q]);
        return tf.add(tf.sum(inner[0]!), tf.sum(tf.square(inner[1]!)));
      })([x, w]);
      // w b + (x b)^2: by x 2 x b^2, by w b.
      await expectClose(twice[0]!, [2 * 2 * 121, 2 * 3 * 169]);
      await expectClose(twice[1]!, [11, 13]);
      expect(ran[0]).toBe('x w');
    });

    it('forgets a pass that was broken off', async () => {
      let broken = true;
      const op = explicitOp<{x: tf.Tensor, y: tf.Tensor}>({
        name: 'once', forward: ({x, y}) => ({out: tf.add(x, y)}),
        backward: {shared: {of: ['x', 'y'], rule: (dout) => {
          if (broken) throw new Error('not yet');
          return dout;
        }}},
      });
      const [x, y] = pair();
      await expectNoLeaks(() => expect(() => tf.grads((a, b) => op({x: a, y: b}))([x, y])).toThrowError('not yet'));
      broken = false;
      await expectClose(tf.grad((a) => op({x: a, y}))(x), [1, 1]);
    });

    it('leaves nothing behind', async () => {
      const [x, w, b] = numbers();
      await expectNoLeaks(() => tf.grads((p, q) => tf.tidy(() => productOfThree()({x: tf.mul(p, 1), w: q, b})))([x, w]));
      await expectNoLeaks(() => tf.grad((p) => tf.sum(tf.grads((q, r) => productOfThree()({x: q, w: r, b}))([p, w])[0]!))(x));
    });
  });

  it('hands the cache to the rules, tensors and others', async () => {
    const op = explicitOp<{x: tf.Tensor}, undefined, {doubled: tf.Tensor, note: string}>({
      name: 'cached', forward: ({x}) => ({out: tf.square(x), cache: {doubled: tf.mul(x, 2), note: 'kept'}}),
      backward: {x: (dout, _, {doubled, note}) => {
        expect(note).toBe('kept');
        return tf.mul(dout, doubled);
      }},
    });
    await expectClose(tf.grad((x) => tf.tidy(() => op({x: tf.mul(x, 1)})))(tf.tensor1d([3])), [6]);
  });

  it('saves tensors for the gradient without copies of their values', () => {
    const twice = explicitOp({
      name: 'twice',
      forward: ({x}) => {
        const double = tf.mul(x!, 2);
        return {out: double, cache: {double}};
      },
      backward: {x: (dout, _, {double}) => tf.mul(dout, tf.onesLike(double as tf.Tensor))},
    });
    let made = 0;
    tf.grad((x) => {
      const before = tf.memory().numDataBuffers;
      const out = twice({x});
      made = tf.memory().numDataBuffers - before;
      return out;
    })(tf.tensor1d([1, 2]));
    expect(made).withContext('buffers of values').toBe(1);
  });

  it('guided backpropagation, as in the contract', async () => {
    const guidedRelu = explicitOp<{x: tf.Tensor}>({
      name: 'guidedRelu', forward: ({x}) => ({out: tf.relu(x), cache: {}}),
      backward: {x: (dout, {x}) => tf.mul(tf.relu(dout), tf.step(x))},
    });
    const dx = tf.grad((x) => guidedRelu({x}))(tf.tensor1d([-1, 2, 3]), tf.tensor1d([5, 6, -7]));
    await expectClose(dx, [0, 6, 0]);
  });

  it('rules of differentiable operations can be differentiated again, to any order', async () => {
    const cube = explicitOp<{x: tf.Tensor}>({
      name: 'cube', forward: ({x}) => ({out: tf.pow(x, 3)}), backward: {x: (dout, {x}) => tf.mul(dout, tf.mul(3, tf.square(x)))},
    });
    const derivatives = [1, 2, 3].reduce<((x: tf.Tensor) => tf.Tensor)[]>(
      (fs) => [...fs, tf.grad(fs.at(-1)!) as (x: tf.Tensor) => tf.Tensor], [(x) => tf.sum(cube({x}))]);
    const x = tf.tensor1d([2]);
    await expectClose(derivatives[1]!(x), [12], {relative: 1e-6, absolute: 0});
    await expectClose(tf.grad((a) => tf.sum(derivatives[1]!(a)))(x), [12], {relative: 1e-6, absolute: 0});
    await expectClose(tf.grad((a) => tf.sum(tf.grad((b) => tf.sum(derivatives[1]!(b)))(a)))(x), [6],
      {relative: 1e-6, absolute: 0});
  });

  it('a second derivative that is 0 by structure is zeros, not an error', async () => {
    const twice = explicitOp<{x: tf.Tensor}>({
      name: 'twice', forward: ({x}) => ({out: tf.mul(x, 2)}), backward: {x: (dout) => tf.mul(dout, 2)},
    });
    await expectClose(tf.grad((x) => tf.sum(tf.grad((y) => tf.sum(twice({x: y})))(x)))(tf.tensor1d([1, 2])), [0, 0]);
  });

  it('knows whether it is recorded', () => {
    expect(isRecording()).toBeFalse();
    const seen: boolean[] = [];
    tf.grad((x) => {
      seen.push(isRecording());
      return tf.square(x);
    })(tf.scalar(1));
    expect(seen).toEqual([true]);
  });

  describe('leaves nothing behind', () => {
    const [a, b] = [() => tf.tensor1d([1, 2]), () => tf.tensor1d([3, 4])];
    const ways: [string, (x: tf.Tensor, y: tf.Tensor) => unknown][] = [
      ['alone', (x, y) => product()({a: x, b: y})],
      ['in tf.grads', (x, y) => tf.grads((p, q) => product()({a: p, b: q}))([x, y])],
      ['in tf.valueAndGrads, inside a tidy', (x, y) => tf.valueAndGrads((p, q) => tf.tidy(() =>
        product()({a: tf.mul(p, 1), b: q})))([x, y])],
      ['in second derivatives', (x, y) => tf.grad((p) => tf.sum(tf.square(tf.grad((q) => product()({a: q, b: q}))(
        tf.mul(p, y)))))(x)],
      ['whose value is its input', (x) => explicitOp<{x: tf.Tensor}>({
        name: 'identity', forward: (inputs) => ({out: inputs.x}), backward: {x: (dout) => dout}})({x})],
    ];
    for (const [way, call] of ways) {
      it(way, async () => {
        const [x, y] = [a(), b()];
        await expectNoLeaks(() => call(x, y));
        expect([x.isDisposed, y.isDisposed]).toEqual([false, false]);
      });
    }
  });

  describe('refuses', () => {
    const valid: ExplicitOpDefinition<{x: tf.Tensor}, undefined, object & Record<string, unknown>> = {
      name: 'op', forward: ({x}) => ({out: tf.neg(x)}), backward: {x: (dout) => tf.neg(dout)},
    };
    const definitions: [string, object | undefined, RegExp][] = [
      ['no definition', undefined, /^explicitOp: expected \{name, forward, backward\}\. Got undefined/],
      ['an unknown field', {...valid, backwards: {}}, /explicitOp: unknown field backwards\. Known are name, forward, backward/],
      ['no name', {...valid, name: ''}, /explicitOp: name must be a non-empty string/],
      ['no forward', {...valid, forward: undefined}, /explicitOp: forward of op must be a function\. Got undefined/],
      ['no backward', {...valid, backward: null}, /explicitOp: backward of op must be a function per input.*Got null/],
      ['a rule that is not a function', {...valid, backward: {x: 1}}, /explicitOp: backward of op must be a function per input/],
    ];
    for (const [title, definition, message] of definitions) {
      it(title, () => expect(() => explicitOp(definition as typeof valid)).toThrowError(message));
    }

    it('an input that is not a tensor', () =>
      expect(() => explicitOp(valid)({x: [1, 2] as never})).toThrowError(/^op: input x must be a tensor or null\. Got a value of type Array/));
    it('inputs that are not by name', () =>
      expect(() => explicitOp(valid)(tf.scalar(1) as never)).toThrowError(/^op: expected the inputs by name, as in op\(\{x\}\)/));

    const rules: [string, unknown, RegExp][] = [
      ['nothing', undefined, /^op: the backward rule of x must return a tensor\. Got undefined/],
      ['a number', 1, /^op: the backward rule of x must return a tensor\. Got 1/],
      ['another shape', 'scalar', /^op: the backward rule of x must return the shape of x, \[2\]\. Got \[\]/],
    ];
    for (const [title, gives, message] of rules) {
      it(`a rule that returns ${title}, and leaves nothing behind`, async () => {
        const op = explicitOp<{x: tf.Tensor}>({
          ...valid, backward: {x: () => (gives === 'scalar' ? tf.scalar(1) : gives) as tf.Tensor},
        });
        const x = tf.tensor1d([1, 2]);
        await expectNoLeaks(() => expect(() => tf.grad((a) => op({x: tf.square(a)}))(x)).toThrowError(message));
      });
    }

    const values: [string, () => unknown, RegExp][] = [
      ['nothing', () => undefined, /^op: forward must return \{out: a tensor, cache\}\. Got undefined/],
      ['the value alone', () => tf.scalar(1), /^op: forward must return .* Got a tensor \[\]/],
      ['a number', () => ({out: 1}), /^op: forward must return .* Got out 1/],
    ];
    for (const [title, forward, message] of values) {
      it(`a forward that returns ${title}, and leaves nothing behind`, async () => {
        const op = explicitOp<{x: tf.Tensor}>({...valid, forward: forward as typeof valid.forward});
        const x = tf.tensor1d([1, 2]);
        await expectNoLeaks(() => expect(() => op({x})).toThrowError(message));
        await expectNoLeaks(() => expect(() => tf.grad((a) => op({x: a}))(x)).toThrowError(message));
      });
    }

    it('a forward that throws leaves nothing behind', async () => {
      const op = explicitOp<{x: tf.Tensor}>({...valid, forward: ({x}) => {
        tf.neg(x);
        throw new Error('forward fails');
      }});
      const x = tf.tensor1d([1, 2]);
      await expectNoLeaks(() => expect(() => op({x})).toThrowError('forward fails'));
      await expectNoLeaks(() => expect(() => tf.grad((a) => op({x: a}))(x)).toThrowError('forward fails'));
      // The tape is as it was.
      await expectClose(tf.grad((a) => explicitOp(valid)({x: a}))(x), [-1, -1]);
    });
  });
});
