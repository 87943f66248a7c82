/** HDF5 and zip come from optional packages, loaded when a Keras file is first read or written. */
export type Hdf5 = typeof import('h5wasm');
export type Zip = typeof import('fflate');

/** @throws Naming what to install, if it is missing. */
export function loadHdf5(op: string): Promise<Hdf5> {
  return load(op, 'h5wasm', 'HDF5', () => import('h5wasm'));
}

/** @throws Naming what to install, if it is missing. */
export function loadZip(op: string): Promise<Zip> {
  return load(op, 'fflate', 'the zip format', () => import('fflate'));
}

async function load<T>(op: string, name: string, what: string, from: () => Promise<T>): Promise<T> {
  try {
    return await from();
  } catch (error) {
    throw new Error(`${op}: ${what} needs the package ${name}, which could not be loaded ` +
        `(${error instanceof Error ? error.message.split('\n')[0] : error}). Install it: npm install ${name}.`, {cause: error});
  }
}
