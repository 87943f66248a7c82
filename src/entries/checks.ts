/** What `tfjs-explicit-layers/checks` exports: each name by itself, and all of them as `checks`, as the package's root has it. */
export * from '../checks';
export * as checks from '../checks';
