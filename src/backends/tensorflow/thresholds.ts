/**
 * Between ops of `native/` and TensorFlow's own, where each is the quicker one.
 * `npm run thresholds -- --backend tensorflow` measures both ways on each side of every number but `vector`, which is a fact
 * of the compiled code; the numbers are from a 2-core AMD EPYC with vectors of 16 floats.
 *
 * `kFewestChannels` in `native/pooling.cc` is not between two ways: where there are few images it shares out their channels
 * among threads, a cache line of floats or more to each. spec/backends/native_limits_node_spec.ts has cases on each side.
 */
export const thresholds = {
  /** Floats of a vector in `native/tiles.h`: what does not fill one is TensorFlow's. */
  vector: 8,
  /** Entries of a patch up to which a convolution is ours; fewer where filters do not fill wide vectors. */
  largestPatch: 320,
  largestNarrowPatch: 96,
  /** Entries of a filter up to which its gradient is ours: every thread keeps sums of its own. */
  largestFilter: 2 ** 18,
  /** a^T b is ours up to so many terms, or so many rows of the result. */
  fewTerms: 256,
  fewRows: 64,
  /** A convolution is a product of its patches where its filter has so many entries and its result so few places. */
  hugeFilter: 2 ** 25,
  fewPlaces: 64,
};
