/** What can be changed about a convolution or a pooling, by the letters of the notes. */
export interface Sizes {
  /** W, height and width of the input. */
  width: number;
  /** D, the channels of the input. */
  depth: number;
  /** K, the number of filters. */
  filters: number;
  /** F, height and width of a filter or of a pooling window. */
  kernel: number;
  /** S */
  stride: number;
  /** P */
  padding: number;
}

export type Layer = 'conv' | 'pool';
