import pieces from 'virtual:source-lines';

/** A page of the documentation, which the site brings along. */
export function docsOf(page: string): string {
  return `./docs/${page}.html`;
}

/** The lines of the source that compute a step. */
export function sourceOf(piece: keyof typeof pieces): string {
  const {file, line} = pieces[piece];
  return `./source/${file}.html#L${line}`;
}
