/** What `tfjs-explicit-layers/ops` exports: each name by itself, and all of them as `ops`, as the package's root has it. */
export * from '../ops';
export * as ops from '../ops';
