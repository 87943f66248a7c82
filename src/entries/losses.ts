/** What `tfjs-explicit-layers/losses` exports: each name by itself, and all of them as `losses`, as in the root. */
export * from '../losses';
export * as losses from '../losses';
