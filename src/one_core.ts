/**
 * Two copies of tfjs-core in one program share an engine and still do not fit together: classes, symbolic tensors and
 * registered layers are not shared, and what fails then fails far from its cause.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

/** Every copy of core sets its own, under the same name. */
const platformNow = (): {platform?: unknown, platformName?: unknown} =>
  tf.env() as unknown as {platform?: unknown, platformName?: unknown};
const {platform, platformName} = platformNow();

function anotherCopyCame(): boolean {
  const now = platformNow();
  return now.platform !== platform && now.platformName === platformName;
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
