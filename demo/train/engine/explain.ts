import type {Settings} from './contract';

/** What went wrong in a step, in words for the visitor. */
export function explained(error: unknown, {backend, kind}: Settings): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (kind !== 'built-in' || !/not registered for/.test(text)) return new Error(text, {cause: error});
  return new Error(
      `The built-in layers cannot train on ${backend}: TensorFlow.js lacks a kernel there. It says: "${text}" ` +
      `The explicit layers compute the same gradient from what ${backend} has. Choose them to continue with the same weights.`,
      {cause: error});
}
