/** What `tfjs-explicit-layers/layers` exports: each name by itself, and all of them as `layers`, as in the root. */
export * from '../layers';
export * as layers from '../layers';
