import type {NodeAttribute} from '../tfjs_private';
import type {Constant, Leaf, Operation, Recording, Value} from './types';

/** What differs between two recordings of a step, in words; null where they are the same. */
export function difference(first: Recording, second: Recording): string | null {
  for (let i = 0; i < Math.max(first.operations.length, second.operations.length); ++i) {
    const found = operationDifference(first.operations[i], second.operations[i]);
    if (found) return found;
  }
  const isSame = (a: Value, b: Value) => valueDifference(a, b) === null;
  if (!alike(first.outputs, second.outputs, isSame)) return 'it returns something else at the second call';
  if (!alike(first.assigned, second.assigned, (a, b) => a.variable === b.variable && isSame(a.value, b.value))) {
    return 'it assigns other variables, or other values to them, at the second call';
  }
  const isSameUpdate = alike(first.updates, second.updates, (a, b) =>
    a.optimizer === b.optimizer && a.iterations === b.iterations);
  return isSameUpdate ? null : 'other optimizers run at the second call';
}

function alike<T>(first: readonly T[], second: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return first.length === second.length && first.every((entry, i) => same(entry, second[i]!));
}

function operationDifference(a: Operation | undefined, b: Operation | undefined): string | null {
  if (!a || !b) return `it runs ${placeOf((a ?? b)!)} in one of two calls only`;
  if (a.name !== b.name) return `it runs ${placeOf(a)} at one call and ${placeOf(b)} at the next`;
  const attribute = differentAttribute(a.attributes, b.attributes);
  if (attribute !== null) return `the attribute ${attribute} of ${placeOf(a)} changes from call to call`;
  if (a.inputs.length !== b.inputs.length) return `${placeOf(a)} has another number of inputs at the second call`;
  for (let i = 0; i < a.inputs.length; ++i) {
    const found = valueDifference(a.inputs[i]!, b.inputs[i]!);
    if (found) return `input ${i} of ${placeOf(a)} ${found}`;
  }
  return null;
}

/** An op with the operations of tfjs around it. */
function placeOf({name, scopes}: Operation): string {
  const around = [...new Set(scopes)].slice(-2);
  return around.length > 0 ? `${name} (in ${around.join(', ')})` : name;
}

function differentAttribute(a: readonly NodeAttribute[], b: readonly NodeAttribute[]): string | null {
  if (a.length !== b.length) return 'list';
  const at = a.findIndex((attribute, i) =>
    attribute.name !== b[i]!.name || attribute.type !== b[i]!.type || !sameAttributeValue(attribute.value, b[i]!.value));
  return at < 0 ? null : a[at]!.name;
}

function sameAttributeValue(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return alike<unknown>(a, b, sameAttributeValue);
}

function valueDifference(a: Value, b: Value): string | null {
  if (a.kind === 'constant' && b.kind === 'constant') return constantDifference(a, b);
  if (a.kind === 'output' && b.kind === 'output') {
    return a.operation === b.operation && a.output === b.output ? null : 'comes from another op at the second call';
  }
  if (a.kind === 'fed' && b.kind === 'fed') {
    const isSame = sameLeaf(a.leaf, b.leaf) && a.dtype === b.dtype && `${a.shape}` === `${b.shape}`;
    return isSame ? null : 'is another tensor at the second call';
  }
  return 'comes from somewhere else at the second call';
}

function constantDifference(a: Constant, b: Constant): string | null {
  const isSame = a.dtype === b.dtype && `${a.shape}` === `${b.shape}` && a.bytes.length === b.bytes.length &&
      a.bytes.every((byte, i) => byte === b.bytes[i]);
  if (isSame) return null;
  const maker = [...new Set(a.scopes)].slice(-2).join(', ');
  return `has values of JavaScript that change from call to call${maker ? ` (made in ${maker})` : ''}`;
}

/** Whether two leaves are fed the same. */
export function sameLeaf(a: Leaf, b: Leaf): boolean {
  const other = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(([key, value]) => other.get(key) === value);
}
