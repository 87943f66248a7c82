/** What the zip archive of the site's digits holds: IDX files, as MNIST itself. */
export const DIGIT_FILES = {
  train: {images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte', count: 10_000},
  test: {images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte', count: 2000},
} as const;

export type Part = keyof typeof DIGIT_FILES;
