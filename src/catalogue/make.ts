import type {Config, Layer} from './row';

/** A factory that takes what getConfig gives. */
export function maker<A>(factory: (args: A) => Layer): (config: Config) => Layer {
  return (config) => factory(config as unknown as A);
}
