/**
 * Between a product that packs its right factor and one that reads it as it is, where each is the quicker one.
 * `npm run thresholds -- --backend wasm` measures both ways on each side of it, and of the numbers that are elsewhere:
 * `thinRows` and `fewPatches` in `assembly/`, `worthSharing` in `heap.ts`. They are from a 2-core AMD EPYC with Node 20.
 */
export const thresholds = {
  /** Columns from which a product of as few rows as `thinRows` is made without packing. */
  thinColumns: 64,
};
