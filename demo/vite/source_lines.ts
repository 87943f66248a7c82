import {readFileSync} from 'node:fs';
import path from 'node:path';

import type {Plugin} from 'vite';

/** Some lines of a file of the library: from the one that holds `from` to the one that holds `to`, which may be the same. */
interface Piece {
  file: string;
  from: string;
  to?: string;
}

/** Which lines of the source compute what the pages show. The build fails where one is not found. */
const PIECES = {
  conv_out: {file: 'src/reference/conv.ts', from: 'forEachProduct(cache, xp.shape, out.shape', to: '});'},
  conv_back: {file: 'src/reference/conv.ts', from: 'forEachProduct(cache, xp.shape, dout.shape', to: '});'},
  conv_bias: {file: 'src/reference/bias.ts', from: 'dout.data.forEach((value, o) => {', to: '});'},
  relu_out: {file: 'src/reference/relu.ts', from: 'return {out: map(x, (value) => rectify'},
  relu_back: {file: 'src/reference/relu.ts', from: 'const dx = map(dout', to: '});'},
  pool_out: {file: 'src/reference/max_pool.ts', from: 'return entries.reduce((largest, p)'},
  pool_back: {file: 'src/reference/max_pool.ts', from: 'const largest = maximum(x, entries);', to: 'dx.data[p] += share;'},
  affine_out: {file: 'src/reference/affine.ts', from: 'let sum = 0;', to: 'out.data[n * M + m] ='},
  affine_back: {file: 'src/reference/affine.ts', from: 'const dvalue = dout', to: 'dw.data[d * M + m] +='},
  softmax_out: {file: 'src/reference/softmax_loss.ts', from: 'const {largest, logSum} = logSumExp(x);',
    to: 'return y.reduce((sum, weight, c)'},
  softmax_back: {file: 'src/reference/softmax_loss.ts', from: 'function rowGradient', to: 'return x.map((score, c)'},
  norm_statistics: {file: 'src/reference/batch_norm.ts', from: 'const mu = sumAt(where, size', to: 'const variance ='},
  norm_out: {file: 'src/reference/batch_norm.ts', from: 'const xHat = map(x, (value, i) =>', to: 'const out ='},
  norm_staged: {file: 'src/reference/batch_norm.ts', from: 'const dxHat = timesGamma(dout, gamma, channel);',
    to: 'const dx = map(dx1'},
  norm_simplified: {file: 'src/reference/batch_norm.ts', from: 'const mean = sumAt(where, std.length',
    to: 'return map(dxHat, (value, i) => (value - mean'},
  norm_parameters: {file: 'src/reference/batch_norm.ts', from: 'dgamma: sumLike(gamma', to: 'dbeta: sumLike(beta'},
} satisfies {[name: string]: Piece};

export type PieceName = keyof typeof PIECES;

/** `virtual:source-lines`: those lines as they are in the source when the site is built. */
export function sourceLines(root: string): Plugin {
  const id = 'virtual:source-lines';
  return {
    name: 'source-lines',
    resolveId: (name) => (name === id ? `\0${id}` : undefined),
    load(name) {
      if (name !== `\0${id}`) return undefined;
      const pieces = Object.entries(PIECES).map(([key, piece]) => {
        this.addWatchFile(path.join(root, piece.file));
        return [key, readPiece(root, piece)];
      });
      return `export default ${JSON.stringify(Object.fromEntries(pieces))}`;
    },
  };
}

function readPiece(root: string, {file, from, to}: Piece): {file: string, line: number, text: string} {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  const first = lines.findIndex((line) => line.includes(from));
  const last = to === undefined ? first : lines.findIndex((line, i) => i >= first && line.includes(to));
  if (first < 0 || last < 0) throw new
    Error(`${file} has no lines from "${from}" to "${to ?? from}": mend vite/source_lines.ts.`);
  const indent = /^ */.exec(lines[first]!)![0].length;
  // What the last line opens belongs to it.
  let end = last;
  while (/[=(,?:]$|=>$/.test(lines[end]!.trimEnd())) end++;
  return {file, line: first + 1, text: lines.slice(first, end + 1).map((line) => line.slice(Math.min(indent, /^ */.exec(line)![0].length))).join('\n')};
}
