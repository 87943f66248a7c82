import type * as tf from '@tensorflow/tfjs-core';

import {expectRefusal} from './matchers';
import {wholeSentence} from './messages';

/** A call that is to be refused: what it is given, made before tensors are counted, and the message. */
export interface Refusal {
  title: string;
  given?: () => (tf.Tensor | null)[];
  call: (...given: never[]) => unknown;
  message: RegExp;
}

/** A spec for each: the call throws this message and leaves no tensor behind. */
export function itRefuses(op: string, refusals: readonly Refusal[]): void {
  for (const {title, given, call, message} of refusals) {
    it(`refuses ${title}`, async () => {
      const tensors = given?.() ?? [];
      await expectRefusal(() => call(...tensors as never[]), message);
      await expectRefusal(() => call(...tensors as never[]), new RegExp(`^${op}`));
      await expectRefusal(() => call(...tensors as never[]), wholeSentence);
    });
  }
}
