/** What `tfjs-explicit-layers/reference` exports: each name by itself, and all of them as `reference`, as in the root. */
export * from '../reference';
export * as reference from '../reference';
