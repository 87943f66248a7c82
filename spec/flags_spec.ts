/** Flags are on, off or a number; what only looks like one is refused. */
import * as tf from '@tensorflow/tfjs-core';

import {registerFlag} from '../src/flags';

describe('a flag', () => {
  const flag = registerFlag('EXPLICIT_LAYERS_SPEC', (): boolean => true);
  afterEach(() => tf.env().set(flag.name, true));

  it('is what was set last', () => {
    tf.env().set(flag.name, false);
    expect(flag.read()).toBe(false);
  });

  it('refuses a text, which would count as true', () => {
    tf.env().set(flag.name, 'false' as unknown as boolean);
    expect(() => flag.read()).toThrowError(/EXPLICIT_LAYERS_SPEC must be true, false or a number. Got the text 'false'. Set it/);
  });
});
