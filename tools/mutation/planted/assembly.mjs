const FOLDER = 'src/backends/wasm/assembly/';
const SPECS = ['spec/backends/wasm_limits_node_spec.ts'];

/**
 * @param {string} file
 * @param {string} about which specs of the kernels' own are run
 * @param {Array<[string, string]>} changes
 * @returns {import('./run.mjs').Planted[]}
 */
function changes(file, about, changes) {
  return changes.map(([find, replace]) => ({
    file: FOLDER + file, find, replace, specs: SPECS,
    filter: `^kernels of wasm/assembly at their limits \\[wasm\\] (${about})`,
  }));
}

/** Changes of the AssemblyScript kernels, at places where an error would be seen at some sizes only. */
export const ASSEMBLY = [
  ...changes('lanes.ts', 'relu|layer norm', [
    ['if (left > 2) v128.store_lane<f32>(p, v, 2, 8);', 'if (left > 3) v128.store_lane<f32>(p, v, 2, 8);'],
    ['if (left > 1) v = v128.load_lane<f32>(p, v, 1, 4);', 'if (left > 2) v = v128.load_lane<f32>(p, v, 1, 4);'],
    ['return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));', 'return i32x4.le_s(i32x4(0, 1, 2, 3), i32x4.splat(left));'],
  ]),
  ...changes('activation.ts', 'relu', [
    ['    put(out, v128.andnot(v, f32x4.lt(v, zero)), n);', '    put(out, v128.andnot(v, f32x4.lt(v, zero)), max(n, 4));'],
    ['v128.and(f32x4.ge(v, cap), capped)', 'v128.and(f32x4.gt(v, cap), i32x4.splat(0))'],
    ['  dout += start * 4;\n  x += start * 4;\n  dx += start * 4;\n  n = min(n, to * chunk) - <i32>start;\n  const zero',
      '  x += start * 4;\n  dx += start * 4;\n  n = min(n, to * chunk) - <i32>start;\n  const zero'],
  ]),
  ...changes('average.ts', 'pooling', [
    ['const y = u / outHeight * inHeight + startY + firstY * dilationY;',
      'const y = u / outHeight * inHeight + startY + firstY;'],
    ['const cells = rows * columns', 'const cells = kernelHeight * columns'],
    ['if (isLong) memory.fill(total, 0, <usize>rounded * 8);', ''],
    ['      join(total, sum, channels);\n      for', '      for'],
    ['const rows = taps(i / strideY, strideY, top,', 'const rows = taps(i / strideY, strideY, left,'],
  ]),
  ...changes('pooling.ts', 'pooling', [
    ['const n = u / parts, c = u % parts * together, count = min(together, channels - c);',
      'const n = u / parts, c = u % parts * together, count = min(together, channels);'],
    ['if (once) put(share, v128.andnot(given, here), n);', ''],
    ['if (n > 0) put(best, larger(get(best, n), get(v, n)), n);', ''],
    ['const first = <usize>n * outImage + <usize>c * 4;', 'const first = <usize>n * outImage;'],
    ['const step = min(c, 4) << 2;', 'const step = 16;'],
  ]),
  ...changes('normalization.ts', 'batch norm|layer norm|values far from 0', [
    ['a = f32x4.add(a, v128.and(f32x4.sub(get(x, size), first), firstLanes(size)));',
      'a = f32x4.add(a, f32x4.sub(get(x, size), first));'],
    ['const u = v128.and(f32x4.sub(get(x, size), m), firstLanes(size));', 'const u = f32x4.sub(get(x, size), m);'],
    ['squares / <f32>size - off * off', 'squares / <f32>size'],
    ['g2 = f32x4.add(g2, f32x4.mul(product, factor));', 'g2 = f32x4.add(g2, f32x4.mul(d, factor));'],
    ['  rstd += <usize>first * 4;\n', ''],
    ['put(slopes + ld + at, f32x4.mul(get(dbeta + at, lanes), each), lanes);',
      'put(slopes + ld + at, get(dbeta + at, lanes), lanes);'],
  ]),
  ...changes('softmax.ts', 'softmax loss', [
    ['max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3))', 'f32x4.extract_lane(best, 2)'],
    ['  labels += <usize>first * 4;\n', ''],
    ['index = i32x4.add(index, step);', ''],
    ['f32x4.ne(w, f32x4.splat(0))', 'f32x4.gt(w, f32x4.splat(0))'],
  ]),
  ...changes('columns.ts', 'batch norm|values far from 0', [
    ['firstRow = <i32>(<i64>rows * slice / slices);', 'firstRow = rows / slices * slice;'],
    ['endColumn = min(channels, firstColumn + columnsTogether);',
      'endColumn = min(channels, firstColumn + columnsTogether - 4);'],
    ['for (let r = whole * folded; r < rows; ++r) total', 'for (let r = whole * folded + 1; r < rows; ++r) total'],
    ['high = f64x2.sub(high, f64x2.mul(n, f64x2.mul(offHigh, offHigh)));', 'high = f64x2.add(high, offHigh);'],
    ['for (let k = 1; k < count - i; ++k) v', 'for (let k = 1; k < count - i - 1; ++k) v'],
    ['for (let s = 1; s < slices; ++s) {\n    const before', 'for (let s = 2; s < slices; ++s) {\n    const before'],
    ['f64x2.mul(f64x2.splat(<f64>before), share)', 'share'],
  ]),
  ...changes('product.ts', 'product', [
    ['p > 0 ? to : bias, p > 0 ? ldc : 0, to, ldc);', 'bias, 0, to, ldc);'],
    ['for (let i = 0; i < m; ++i) addTo(c + <usize>i * ldc, sum + <usize>i * ld, n);',
      'for (let i = 1; i < m; ++i) addTo(c + <usize>i * ldc, sum + <usize>i * ld, n);'],
    ['bias ? bias + <usize>j * 4 : 0,', 'bias,'],
    ['n > 4 ? get(b + 16, n - 4) : f32x4.splat(0)', 'n > 4 ? get(b + 16, n - 5) : f32x4.splat(0)'],
    ['if (rows > 4) store<f32>(to, load<f32>(src, 16), 16);', ''],
    ['if (k > 3) v = fma(s3', 'if (k > 4) v = fma(s3'],
    ['if (bias) bias += <usize>first * 4;', ''],
  ]),
  ...changes('patches.ts', 'convolution|im2col', [
    ['const lastX = inWidth - (kernelWidth - 1) * dilationX;\n  let inside',
      'const lastX = inWidth - (kernelWidth - 2) * dilationX;\n  let inside'],
    ['if (at < firstRow || at >= endRow) continue;', 'if (at < 0 || at >= endRow) continue;'],
    ['let row = rows + <usize>first * entry;', 'let row = rows;'],
  ]),
  ...changes('convolution.ts', 'convolution', [
    ['p > first ? sums : 0, ldo, sums, ldo);', '0, ldo, sums, ldo);'],
    ['const first = max(0, bandTop + top - reach + strideY - 1) / strideY;',
      'const first = max(0, bandTop + top - reach + strideY) / strideY;'],
    ['const last = min(outHeight - 1, (bandEnd - 1 + top) / strideY);',
      'const last = min(outHeight - 1, (bandEnd - 1) / strideY);'],
    ['k > 0 ? rows : 0, ld, rows, ld);', '0, ld, rows, ld);'],
    ['packed + (<usize>packedSize(p, n) + <usize>j * here) * 4', 'packed + (<usize>packedSize(p, n) + <usize>j * k) * 4'],
    ['const n = min(columns, perGroup - j), endKy', 'const n = columns, endKy'],
    ['for (let s = 1; s < count; ++s) addTo(sum,', 'for (let s = 1; s + 1 < count; ++s) addTo(sum,'],
  ]),
  ...changes('depthwise.ts', 'depthwise convolution', [
    ['if (lanes > 3) v = v128.load_lane<f32>(x + <usize>((channel + 3) / multiplier) * 4, v, 3);', ''],
    ['const first = <i32>(<i64>batch * outHeight * s / slices)', 'const first = <i32>(<i64>batch * outHeight / slices * s)'],
    ['shift >= inWidth ? 0 : (inWidth - 1 - shift) / strideX + 1', 'shift >= inWidth ? 0 : (inWidth - 1 - shift) / strideX'],
    ['if (lanes > 2) v = v128.load_lane<f32>(p + 2 * step, v, 2);',
      'if (lanes > 3) v = v128.load_lane<f32>(p + 2 * step, v, 2);'],
    ['firstTap(lastX, dilationX) == firstX &&', ''],
    ['load<i32>(taps, 4) > 0 && last', 'last'],
    ['last < inWidth &&\n            load<i64>(taps) == load<i64>(scratch + <usize>last * 8);', 'last < inWidth;'],
    ['while (step * dilation % stride != 0) ++step;', ''],
    ['v = f32x4.add(f32x4.add(v, v1), f32x4.add(v2, v3));', 'v = f32x4.add(f32x4.add(v, v1), v2);'],
  ]),
];
