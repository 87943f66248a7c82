import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {isRecord, takeApart} from './structure';
import type {Template} from './structure';

/** Calls a step op by op; its tensors, and no others, outlive it and belong to the caller. */
export function runEagerly(name: string, step: () => unknown): Template {
  let result: Template | undefined;
  tf.tidy(() => {
    const marker = tf.scalar(0);
    result = ownedResult(name, step(), marker);
    return result.tensors;
  });
  return result!;
}

/** A result takes nothing away from the caller and is not a tensor twice. */
function ownedResult(name: string, returned: unknown, marker: Tensor): Template {
  checkResult(name, returned);
  const {tensors, rebuild} = takeApart(returned);
  const seen = new Set<Tensor>();
  const owned = tensors.map((tensor) => {
    const isOwn = tensor.id > marker.id && !(tensor instanceof tf.Variable) && !seen.has(tensor);
    seen.add(tensor);
    return isOwn ? tensor : tf.clone(tensor);
  });
  return {tensors: owned, rebuild};
}

function checkResult(name: string, returned: unknown): void {
  if (typeof (returned as Promise<unknown> | null | undefined)?.then === 'function') {
    (returned as Promise<unknown>).then(undefined, () => undefined);
    throw new Error(`graphFunction: ${name} returns a promise. A step must be a plain function: ` +
        'await what it needs before the call, and read its results after it.');
  }
  if (!isStructure(returned)) {
    throw new Error(`graphFunction: ${name} must return a tensor, a list or a record of tensors, or nothing. ` +
        `Got ${typeof returned === 'object' ? 'something else inside' : typeof returned}. Return one of these.`);
  }
}

function isStructure(part: unknown): boolean {
  if (part === null || part === undefined || part instanceof tf.Tensor) return true;
  if (Array.isArray(part)) return part.every(isStructure);
  return isRecord(part) && Object.values(part).every(isStructure);
}
