import {CommanderError, InvalidArgumentError} from 'commander';
import type {Command} from 'commander';

/** A flag's value that is a whole number of at least `low`. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    }
    return value;
  };
}

/** A flag's value that is a list of whole numbers of at least `low`, as in 16,32. */
export function wholeNumbers(low: number, count: {atLeast: number, atMost: number}): (text: string) => number[] {
  return (text) => {
    const values = text.split(',').map((part) => part.trim());
    const good = values.every((part) => /^\d+$/.test(part) && Number(part) >= low);
    if (!good || values.length < count.atLeast || values.length > count.atMost) {
      const many = count.atLeast === count.atMost ? count.atLeast : `${count.atLeast} to ${count.atMost}`;
      throw new InvalidArgumentError(`It must be ${many} whole numbers of at least ${low} with commas between them.`);
    }
    return values.map(Number);
  };
}

/** A flag's value that is a number above `low` and at most `high`. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > low && value <= high)) {
      throw new InvalidArgumentError(`It must be a number above ${low} and at most ${high}.`);
    }
    return value;
  };
}

/**
 * Reads the flags.
 *
 * @returns the values, or the exit code with which the program is done: 0 after --help, 2 after a flag or value that was
 *     refused. What the user should read, the list of good flags included, has been written by then.
 */
export function readFlags<T extends object>(program: Command, args: string[]): T | number {
  program.showHelpAfterError().allowExcessArguments(false).exitOverride();
  try {
    return program.parse(args, {from: 'user'}).opts<T>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}
