/** One entry of the output: row, column, and filter (or channel, in a pooling). */
export interface Cell {
  i: number;
  j: number;
  k: number;
}

/** The cells in the order of the notes' loops: filter by filter, row by row. */
export function cellOf(step: number, [rows, columns]: number[]): Cell {
  const area = rows! * columns!;
  return {k: Math.floor(step / area), i: Math.floor(step % area / columns!), j: step % columns!};
}

export function stepOf({i, j, k}: Cell, [rows, columns]: number[]): number {
  return k * rows! * columns! + i * columns! + j;
}

/** Whether the window of an output cell covers this entry of the input (padding has negative or large places). */
export function covers({i, j}: Cell, {stride, padding, kernel}: {stride: number, padding: number, kernel: number},
    row: number, column: number): boolean {
  const [top, left] = [i * stride - padding, j * stride - padding];
  return row >= top && row < top + kernel && column >= left && column < left + kernel;
}
