/** The version in package.json, put in when the site is built. */
declare const LIBRARY_VERSION: string;

declare module 'virtual:source-lines' {
  const pieces: {[name in import('../vite/source_lines').PieceName]: {file: string, line: number, text: string}};
  export default pieces;
}
