/** An error that an engine threw over a value of another kind than was thought of. */
const isRaw = (error: unknown): boolean =>
  !(error instanceof Error) || [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);

/**
 * What was thrown while a file was read, as an error that names the file: as it is where it begins with `op`.
 * @param label the file, after the name of the function
 */
export function asDamage(op: string, label: string, error: unknown): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && !isRaw(error) && text.startsWith(op)) return error;
  const what = isRaw(error) ? `a value in it is of another kind than it should be (${text.replace(/\.$/, '')}). Save the ` +
      'model again' : text.replace(/\.$/, '');
  return new Error(`${label}: it is damaged: ${what}.`, {cause: error});
}
