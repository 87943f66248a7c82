/** What `tfjs-explicit-layers/checks` exports: each name by itself, and all of them as `checks`, as in the root. */
export * from '../checks';
export * as checks from '../checks';
