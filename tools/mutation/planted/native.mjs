const FOLDER = 'src/backends/tensorflow/native/';
const SPECS = ['spec/backends/native_limits_node_spec.ts'];

/**
 * @param {string} file
 * @param {string} about which specs of the kernels' own are run
 * @param {Array<[string, string]>} changes
 * @returns {import('./run.mjs').Planted[]}
 */
function changes(file, about, changes) {
  return changes.map(([find, replace]) => ({
    file: FOLDER + file, find, replace, specs: SPECS, filter: `^native ops at their limits \\[tensorflow\\] (${about})`,
  }));
}

/** Changes of the C++ kernels, at places where an error would be seen at some sizes only. */
export const NATIVE = [
  ...changes('conv.cc', 'convolution', [
    ['g.dilationY * blocks.rowSize, g.dilationX * g.channels, g.strideX * g.channels}',
      'blocks.rowSize, g.dilationX * g.channels, g.strideX * g.channels}'],
    ['padded.get() + row * g.strideY * blocks.rowSize', 'padded.get() + row * blocks.rowSize'],
    ['out + (n * g.outHeight + blocks.firstRow(block)) * g.outWidth * filters', 'out + n * g.outHeight * g.outWidth * filters'],
    ['bias == nullptr ? nullptr : bias + k, rectify', 'bias, rectify'],
    ['std::min(panelSize, filters - k) / width', 'panelSize / width'],
    ['x += size * patch.positionStep;', 'x += (size - 1) * patch.positionStep;'],
    ['x + row * patch.rowStep + run * patch.runStep', 'x + row * patch.rowStep'],
  ]),
  ...changes('rows.h', 'convolution', [
    ['return std::min(rows, g.outHeight - firstRow(block));', 'return rows;'],
    ['firstRow(block) * g.strideY - g.top', 'firstRow(block) - g.top'],
    ['count((g.outHeight + rows - 1) / rows)', 'count(std::max<int64_t>(1, g.outHeight / rows))'],
    ['std::fill(to, to + begin * g.channels, 0.0f);', ''],
    ['std::fill(to + end * g.channels, to + rowSize, 0.0f);', ''],
  ]),
  ...changes('tiles.h', 'transposed product', [
    ['if (entries < most) return addTile', 'if (entries + 1 < most) return addTile'],
    ['*reinterpret_cast<Vector*>(sums + e * stride + v * width) += tile[e][v];',
      '*reinterpret_cast<Vector*>(sums + e * stride + v * width) = tile[e][v];'],
  ]),
  ...changes('transposed_product.cc', 'transposed product', [
    ['std::min(kRows, p.terms - term)', 'std::min(kRows, p.terms)'],
    ['multiply(p, 0, rows, first * width, last * width);', 'multiply(p, 0, rows, first * width, (last - 1) * width);'],
    ['multiply(p, first, last, 0, columns);', 'multiply(p, first, last, 0, columns - columns % (2 * width));'],
  ]),
  ...changes('conv_weight_grads.cc', 'convolution', [
    ['dout + blocks_.firstRow(block) * g.outWidth * filters_', 'dout + blocks_.firstRow(block) * g.outWidth * padded_'],
    ['sums + (p * blocks.runs + run) * entries * terms.columns', 'sums + (p + run) * entries * terms.columns'],
    ['std::fill(total_.begin(), total_.end(), 0.0f);', ''],
    ['for (int64_t part = 0; part < parts; ++part) sum += sums[part][entry * padded + k];',
      'for (int64_t part = 1; part < parts; ++part) sum += sums[part][entry * padded + k];'],
  ]),
  ...changes('softmax_loss.cc', 'softmax loss', [
    ['for (int64_t i = whole; i < classes; ++i) lanes[0] = scores[i] > lanes[0]',
      'for (int64_t i = whole + 1; i < classes; ++i) lanes[0] = scores[i] > lanes[0]'],
    ['return *std::max_element(lanes, lanes + kLanes);', 'return *std::max_element(lanes, lanes + kLanes - 1);'],
    ['labels + first * labelsOfARow', 'labels + first'],
    ['losses + first,', 'losses,'],
    ['lanes[lane] = scores[i + lane] > lanes[lane]', 'lanes[lane] = scores[i] > lanes[lane]'],
  ]),
  ...changes('sums.h', 'layer norm', [
    ['for (int64_t i = whole; i < count; ++i) lanes[i - whole] += term(i);',
      'for (int64_t i = whole; i < count; ++i) lanes[i - whole] = term(i);'],
  ]),
  ...changes('layer_norm.cc', 'layer norm', [
    ['row < std::min(last, start + kBlock)', 'row < std::min(last, start + kBlock - 1)'],
    ['sums.data() + part * 2 * size', 'sums.data() + part * size'],
    ['means + first,\n                  rstds + first', 'means + first,\n                  rstds'],
    ['std::fill(block, block + 2 * size, 0.0f);', 'std::fill(block, block + size, 0.0f);'],
  ]),
  ...changes('batch_norm.cc', 'batch norm|values far from 0', [
    ['const double off = blockMean - centre[c];', 'const double off = 0;'],
    ['join(start - first, mean[c]', 'join(start, mean[c]'],
    ['squares += newSquares + distance * distance * rows * share;', 'squares += newSquares;'],
    ['total.rows += next.rows;', 'total.rows = next.rows;'],
    ['partial.data() + part * count', 'partial.data() + part'],
    ['shift.data(), bounds, first, last, out', 'shift.data(), bounds, first, last - (first > 0), out'],
    ['m, factor.data(), meanDgamma.data(), meanDbeta.data(), first, last, dx',
      'm, factor.data(), meanDgamma.data(), meanDbeta.data(), 0, last - first, dx'],
    ['const float rest = call.number(1);', 'const float rest = 1 - call.number(1);'],
  ]),
  ...changes('pooling.cc', 'pooling', [
    ['const Channels part = {begin, g.channels * (slice + 1) / slices - begin};',
      'const Channels part = {begin, g.channels / slices};'],
    ['g.outHeight * g.strideY - g.top >= g.height &&', ''],
    ['if (ties == kFirst) met[c] = x[c] == out[c] ? 1.0f : met[c];', 'if (ties == kFirst) met[c] = 1.0f;'],
    ['const int64_t n = item / slices;', 'const int64_t n = item % g.batch;'],
    ['(std::max<int64_t>(0, last - size + 1) + dilation - 1) / dilation', 'std::max<int64_t>(0, last - size + 1) / dilation'],
    ['std::fill(part, part + channels, 0.0f);', ''],
  ]),
  ...changes('depthwise.cc', 'depthwise', [
    ['for (; first < run.positions; ++first) makePositions<width, 1>(run, first, out);',
      'for (; first + 1 < run.positions; ++first) makePositions<width, 1>(run, first, out);'],
    ['std::min({begin + kSpreadRows, g.outHeight, begin + last - item})', 'std::min(begin + kSpreadRows, g.outHeight)'],
    ['add(p, q, count, j, std::min(j + kSegment, end));', 'add(p, q, count, j, j + kSegment < end ? j + kSegment - 1 : end);'],
    ['add(p, tap, 1, std::max(end, first), last);', ''],
    ['const int64_t positions = (g.width - first + g.strideX - 1) / g.strideX;',
      'const int64_t positions = g.width / g.strideX;'],
    ['for (; k + 4 <= at.channels; k += 4) addProducts<4, taps>(at, k, sums);',
      'for (; k + 3 <= at.channels; k += 4) addProducts<4, taps>(at, k, sums);'],
    ['std::min(kMostTaps, g.kernelWidth - q)', 'std::min(kMostTaps, g.kernelWidth)'],
    ['(y - first_) * conv_.xRow()', '(y - first_ - (y > first_ + 8)) * conv_.xRow()'],
  ]),
  ...changes('elementwise.cc', 'bias and relu', [
    ['reluGradOf(shape, dout + first, x + first, dx + first, last - first);',
      'reluGradOf(shape, dout, x + first, dx + first, last - first);'],
    ['addToRows(x + first * channels, bias, last - first, channels, rectify);',
      'addToRows(x + first * channels, bias, last - first - (first > 0), channels, rectify);'],
    ['dx[i] = x[i] >= s.cap ? 0.0f : inside;\n    }\n  } else {', 'dx[i] = inside;\n    }\n  } else {'],
  ]),
  ...changes('chain.cc', 'chain', [
    ['return a != a ? a : found;', 'return found;'],
    ['const float found = a > b ? a : b;', 'const float found = b > a ? b : a;'],
    ['out[i] = f(a.values[i], number);', 'out[i] = f(number, a.values[i]);'],
    ['std::fill(out, out + count, f(*a.values, *b.values))', 'std::fill(out, out + count - 1, f(*a.values, *b.values))'],
    ['const FlushDenormals flush;', ''],
    ['std::min(kChainBlock, last - start)', 'std::min(kChainBlock, last - start - (last - start > 2))'],
    ['program.lastReader(read) != static_cast<int64_t>(i)', 'program.lastReader(read) < static_cast<int64_t>(i)'],
    ['isNumber ? input.values : input.values + start', 'isNumber ? input.values : input.values + (start > 512 ? 512 : start)'],
  ]),
  ...changes('flush_denormals.h', 'chain', [
    ['static constexpr uint64_t kFlush = 0x8040;', 'static constexpr uint64_t kFlush = 0x8000;'],
  ]),
  ...changes('dropout.cc', 'dropout mask', [
    ['fillMask(mask, first, last, key, other', 'fillMask(mask, first, last - (first > 0), key, other'],
    ['hash >= threshold ? scale', 'hash > threshold + 65536 ? scale'],
  ]),
  ...changes('parallel.cc', 'dropout mask|bias and relu', [
    ['for (int64_t i = next_++; i < parts; i = next_++) part(i);',
      'for (int64_t i = next_++; i + 1 < parts; i = next_++) part(i);'],
    ['next_ = 0;', 'next_ = 1;'],
  ]),
];
