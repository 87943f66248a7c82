/** What `tfjs-explicit-layers/models` exports: each name by itself, and all of them as `models`, as in the root. */
export * from '../models';
export * as models from '../models';
