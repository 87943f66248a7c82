import type {io} from '@tensorflow/tfjs-core';

import {damaged} from '../../topology/damaged';
import {show} from '../../validate';
import {byteLengthOf} from './buffers';

/**
 * Checks that a manifest's path stays inside the folder of its model.json.
 * @throws On a path that is absolute, leads out of the folder (encoded too), or has backslashes.
 */
function checkInside(label: string, name: unknown): asserts name is string {
  const decoded = typeof name === 'string' ? decode(name) : '';
  const isInside = decoded !== '' && !/[\\\0]/.test(decoded) && !/^(\/|[a-z][a-z0-9+.-]*:)/i.test(decoded) &&
      !decoded.split('/').includes('..');
  if (!isInside) {
    throw new Error(`${label} names the file ${show(name)}, which may lie outside its folder. A model's files are beside its ` +
        'model.json; put them there, and name them without .., \\ or a leading /.');
  }
}

function decode(name: string): string {
  try {
    const once = decodeURIComponent(name);
    return once === name ? name : decode(once);
  } catch {
    return name;
  }
}

/** The weights that a model.json names: their files, and how many bytes they have by what it says. */
export function weightsNamed(label: string, manifest: io.WeightsManifestConfig) {
  const weightSpecs = manifest.flatMap(({weights}) => weights);
  const names: unknown[] = manifest.flatMap(({paths}) => paths);
  checkNames(label, names);
  return {weightSpecs, names, told: weightSpecs.reduce((sum, spec) => sum + byteLengthOf(spec), 0)};
}

/** Each file of a manifest once, or its weights would be as large as the list is long. */
function checkNames(label: string, names: readonly unknown[]): asserts names is string[] {
  names.forEach((name) => { checkInside(label, name); });
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw damaged(`${label} names the file ${show(twice)} more than once`);
}
