/** What `tfjs-explicit-layers/losses` exports: each name by itself, and all of them as `losses`, as the package's root has it. */
export * from '../losses';
export * as losses from '../losses';
