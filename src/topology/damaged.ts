/** What to do about a file that does not hold what was saved. */
export const DAMAGED = 'The file is damaged; save the model again.';

/** An error about such a file. */
export function damaged(what: string): Error {
  return new Error(`${what}. ${DAMAGED}`);
}
