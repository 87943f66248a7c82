import {textOf} from '../models/io/errors';

/**
 * Loads an optional package when a Keras file is first read or written.
 * @param what it is needed for
 * @throws Naming what to install, if it is missing.
 */
export async function loadPackage<T>(op: string, name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new Error(`${op}: ${what} needs the package ${name}, which could not be loaded ` +
        `(${textOf(error).split('\n')[0]}). Install it: npm install ${name}.`, {cause: error});
  }
}
