/** What `tfjs-explicit-layers/ops` exports: each name by itself, and all of them as `ops`, as in the root. */
export * from '../ops';
export * as ops from '../ops';
