/** Depthwise convolution and average pooling on the heap of the wasm backend, against loops in float64. */
import * as tf from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../src/geometry';
import {currentHeap} from '../../src/backends/wasm/open_heap';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from '../../src/backends/wasm/depthwise';
import {averagePool, averagePoolGrad} from '../../src/backends/wasm/pool';
import {backendNames} from '../support/backends';
import {geometryOf} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';

/** For each tap in the image: the position of the output, the pixel and the tap, as offsets without channels. */
function visit(g: ConvGeometry, f: (out: number, pixel: number, tap: number) => void): void {
  for (let n = 0; n < g.batch; n++) {
    for (let i = 0; i < g.outSize[0]; i++) {
      for (let j = 0; j < g.outSize[1]; j++) {
        for (let ky = 0; ky < g.kernel[0]; ky++) {
          for (let kx = 0; kx < g.kernel[1]; kx++) {
            const y = i * g.strides[0] - g.padding[0][0] + ky * g.dilation[0];
            const x = j * g.strides[1] - g.padding[1][0] + kx * g.dilation[1];
            if (y < 0 || y >= g.inSize[0] || x < 0 || x >= g.inSize[1]) continue;
            f((n * g.outSize[0] + i) * g.outSize[1] + j, (n * g.inSize[0] + y) * g.inSize[1] + x, ky * g.kernel[1] + kx);
          }
        }
      }
    }
  }
}

const values = (size: number, seed: number) => Float32Array.from({length: size}, (_, i) => Math.sin(seed + 1.7 * i));

function expectNear(found: tf.Tensor, want: Float64Array): void {
  const data = found.dataSync();
  expect(data.length).toBe(want.length);
  const wrong = want.findIndex((v, i) => !(Math.abs(data[i]! - v) <= 1e-5 * (1 + Math.abs(v))));
  expect(wrong).withContext(`entry ${wrong}: ${data[wrong]} instead of ${want[wrong]}`).toBe(-1);
}

const cases: WindowCase[] = [
  {title: '3x3, one channel', x: [2, 5, 6, 1]},
  {title: '3x3, four channels, padded', x: [2, 5, 6, 4], padding: [[1, 1], [1, 1]]},
  {title: '3x2, seven channels, steps', x: [2, 9, 8, 7], kernel: [3, 2], strides: [2, 3], padding: [[0, 2], [1, 0]]},
  {title: '2x3, dilated, padded, steps', x: [3, 9, 11, 6], kernel: [2, 3], strides: [2, 1], dilation: [3, 2],
    padding: [[2, 1], [3, 0]]},
  {title: 'taps that all miss a small image', x: [1, 2, 2, 5], kernel: [2, 2], dilation: [4, 4], padding: [[3, 3], [3, 3]]},
  {title: 'more rows than a slice sums', x: [3, 33, 5, 3], padding: [[1, 1], [1, 1]]},
  {title: 'places by four, padded', x: [2, 6, 13, 9], padding: [[1, 1], [1, 1]]},
  {title: 'places by four in steps, dilated', x: [1, 7, 33, 8], strides: [1, 2], dilation: [2, 3], padding: [[0, 1], [2, 2]]},
  {title: 'taps between two places without any', x: [1, 3, 9, 4], strides: [1, 2], dilation: [1, 3]},
  {title: 'many cells in a window', x: [2, 23, 19, 6], kernel: [23, 19]},
  {title: 'gaps between windows', x: [1, 7, 8, 5], kernel: [1, 2], strides: [3, 4]},
];

if (backendNames.includes('wasm')) {
  describe('windows without products over channels [wasm]', () => {
    beforeAll(() => tf.setBackend('wasm'));
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    for (const c of cases) {
      for (const multiplier of [1, 2, 3, 4, 8]) {
        it(`depthwise convolution, ${c.title}, ${multiplier} for each channel`, () => {
          const channels = c.x[3], filters = channels * multiplier;
          const g = geometryOf({...c, filters, groups: channels});
          const x = values(tf.util.sizeFromShape(c.x), 1), w = values(g.kernel[0] * g.kernel[1] * filters, 2);
          const b = values(filters, 3), outShape = [g.batch, ...g.outSize, filters] as [number, number, number, number];
          const size = tf.util.sizeFromShape(outShape), dout = values(size, 4);
          const out = new Float64Array(size).map((_, i) => b[i % filters]!);
          const dx = new Float64Array(x.length), dw = new Float64Array(w.length);
          visit(g, (to, pixel, tap) => {
            for (let k = 0; k < filters; k++) {
              const [o, i, q] = [to * filters + k, pixel * channels + Math.floor(k / multiplier), tap * filters + k];
              out[o]! += x[i]! * w[q]!;
              dx[i]! += dout[o]! * w[q]!;
              dw[q]! += dout[o]! * x[i]!;
            }
          });
          const heap = currentHeap()!;
          const $x = tf.tensor4d(x, c.x), $w = tf.tensor4d(w, [...g.kernel, channels, multiplier]);
          const $dout = tf.tensor4d(dout, outShape);
          expectNear(depthwiseConv2d(heap, $x, $w, tf.tensor1d(b), g), out);
          expectNear(depthwiseConv2dInputGrad(heap, $dout, $w, g), dx);
          expectNear(depthwiseConv2dFilterGrad(heap, $x, $dout, g), dw);
        });
      }

      it(`average pooling, ${c.title}`, () => {
        const channels = c.x[3], g = geometryOf(c);
        const outShape = [g.batch, ...g.outSize, channels] as [number, number, number, number];
        const size = tf.util.sizeFromShape(outShape);
        const x = values(tf.util.sizeFromShape(c.x), 1), dout = values(size, 2);
        const counts = new Float64Array(size / channels), out = new Float64Array(size), dx = new Float64Array(x.length);
        visit(g, (to) => counts[to]!++);
        visit(g, (to, pixel) => {
          for (let k = 0; k < channels; k++) {
            out[to * channels + k]! += x[pixel * channels + k]! / counts[to]!;
            dx[pixel * channels + k]! += dout[to * channels + k]! / counts[to]!;
          }
        });
        const heap = currentHeap()!;
        expectNear(averagePool(heap, tf.tensor4d(x, c.x), g), out);
        expectNear(averagePoolGrad(heap, tf.tensor4d(dout, outShape), g), dx);
      });
    }

    for (const channels of [4, 5]) {
      it(`an infinite tap on the padding gives NaN, ${channels} channels`, () => {
        const g = geometryOf({title: '', x: [1, 3, 9, channels], filters: channels, groups: channels, padding: [[1, 1], [1, 1]]});
        const w = Float32Array.from({length: 9 * channels}, (_, i) => (i < channels ? Infinity : 1));
        const out = depthwiseConv2d(currentHeap()!, tf.ones([1, 3, 9, channels]), tf.tensor4d(w, [3, 3, channels, 1]), null, g);
        const want = Array.from({length: 27 * channels}, (_, i) => {
          const [row, column] = [Math.floor(i / channels / 9), Math.floor(i / channels) % 9];
          return row === 0 || column === 0 ? NaN : Infinity;
        });
        expect(Array.from(out.dataSync())).toEqual(want);
      });
    }

    it('the mean of very many cells keeps its digits', () => {
      const x = tf.fill<tf.Rank.R4>([1, 1000, 1000, 1], 0.1);
      const g = geometryOf({title: '', x: [1, 1000, 1000, 1], kernel: [1000, 1000]});
      const mean = averagePool(currentHeap()!, x, g).dataSync()[0]!;
      expect(Math.abs(mean / Math.fround(0.1) - 1)).toBeLessThan(1e-6);
    });
  });
}
