/**
 * Two copies of tfjs-core in one program share an engine and still do not fit together: classes, symbolic tensors and
 * registered layers are not shared, and what fails then fails far from its cause.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {platform} from './tfjs_private';

const first = platform();
const judged = new WeakMap<object, boolean>();

/** Every copy of core sets a platform of its own under the same name; a program may set one that it wrote itself. */
function anotherCopyCame(): boolean {
  const now = platform();
  if (!now || now.object === first?.object || now.name !== first?.name) return false;
  let isCopy = judged.get(now.object);
  if (isCopy === undefined) {
    isCopy = isOfAnotherCore(now.object, first.object);
    judged.set(now.object, isCopy);
  }
  return isCopy;
}

/**
 * Whether a platform is another copy's, or was made from it: by the fields of tfjs's two classes, PlatformBrowser and
 * PlatformNode. One made from the platform that was there first is the program's.
 */
function isOfAnotherCore(found: object, ours: object): boolean {
  for (let at: object | null = found; at; at = Object.getPrototypeOf(at) as object | null) {
    if (at === ours || at === Object.getPrototypeOf(ours)) return false;
    const {messageName, util, textEncoder} = {...at} as {[field: string]: unknown};
    if (messageName === 'setTimeoutCustom' || (util !== undefined && textEncoder !== undefined)) return true;
  }
  return false;
}

/** Refuses a tensor where a second copy of core was loaded before ours, and made it, or after ours. */
export function checkOneCore(op: string, name: string, tensor: Tensor): void {
  const made = Object.prototype.isPrototypeOf.call(tf.Tensor.prototype, tensor);
  if (!made) throw new Error(`${op}: ${name} was made by another copy of @tensorflow/tfjs-core. ${remedy('core')}`);
  if (anotherCopyCame()) {
    throw new Error(`${op}: a second copy of @tensorflow/tfjs-core was loaded after the one in use. ${remedy('core')}`);
  }
}

/** What to do about two copies of a package. */
export function remedy(kind: 'core' | 'layers'): string {
  return `This program holds two copies of tfjs-${kind}; tfjs-explicit-layers uses version ${tf.version_core}. ` +
      `List them with npm ls @tensorflow/tfjs-${kind}, give all @tensorflow packages one version, then run npm dedupe; ` +
      'in a page, load tf.min.js once and bundle no other copy.';
}
