import {wrap} from './wrap.mjs';

/**
 * Why tfjs-node could not be set up, and what the user can do about it.
 *
 * `code` is one of: 'no-tfjs-node', 'tfjs-node-version', 'platform', 'no-python', 'no-pip', 'no-compiler',
 * 'no-headers', 'download', 'hash', 'unpack', 'compile', 'load', 'disk-full', 'permission', 'interrupted',
 * 'cache' (a file is in its place), 'wrong' (the addon computes wrongly).
 */
export class SetupError extends Error {
  /**
   * @param {string} code
   * @param {string} message what went wrong
   * @param {string} remedy what to do, in words a user can follow
   * @param {string} [details] the failing program's own last words
   */
  constructor(code, message, remedy, details = '') {
    super(message);
    this.name = 'SetupError';
    this.code = code;
    this.remedy = remedy;
    this.details = details;
  }
}

/**
 * The lines a user reads: what happened, what the failing program said, what to do.
 * @param {SetupError} error
 */
export function explain(error) {
  const details = error.details ? `${indent(error.details)}\n` : '';
  const [message, remedy] = [error.message, `What to do: ${error.remedy}`].map((text) => wrap(text).join('\n'));
  return `${message}\n${details}${remedy}`;
}

/** @param {string} text */
function indent(text) {
  return text.split('\n').map((line) => `  | ${line}`).join('\n');
}
