/** A table for the terminal and for the page; the first column holds words, the others figures. */
export interface ReportTable {
  title: string;
  head: string[];
  rows: string[][];
  /** What one has to know to read it. */
  notes: string[];
}
