/**
 * Between a product that packs its right factor and one that reads it as it is, where each is the quicker one.
 * `npm run thresholds -- --backend wasm` measures both ways on each side of every number, and of those that are elsewhere:
 * `fewPatches` and `thinRows` of convolutions in `assembly/`, `worthSharing` in `heap.ts`. The numbers are from a 2-core AMD
 * EPYC with Node 20.
 */
export const thresholds = {
  /** A product is made without packing where it has up to so many rows, and columns from so many on. */
  thinRows: 1,
  thinColumns: 64,
};
