import {InvalidArgumentError} from 'commander';

/**
 * The value of a flag that counts something.
 * @param {string} text
 */
export function wholeNumber(text) {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}
