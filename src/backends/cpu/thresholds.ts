/**
 * Between packing the factors of a product first and reading them as they are, where each is the quicker one.
 * `npm run thresholds -- --backend cpu` measures both ways on each side of every number; they are right on a
 * 2-core AMD EPYC with Node 20.
 */
export const thresholds = {
  /** A product is made line by line where one side has fewer lines than this. */
  fewLines: 4,
  /** A convolution runs along the rows where a group has up to this many filters times channels. */
  fewPairs: 4,
};
