/** What `tfjs-explicit-layers/layers` exports: each name by itself, and all of them as `layers`, as the package's root has it. */
export * from '../layers';
export * as layers from '../layers';
