/** What `tfjs-explicit-layers/models` exports: each name by itself, and all of them as `models`, as the package's root has it. */
export * from '../models';
export * as models from '../models';
