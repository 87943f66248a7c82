/** What `tfjs-explicit-layers/reference` exports: each name by itself, and all of them as `reference`, as the package's root has it. */
export * from '../reference';
export * as reference from '../reference';
