import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {sizesOf} from './conv';
import {entryWork} from './dense';
import type {Heap} from './heap';

/** Products, or so, of a pass over all windows. */
function windowWork(g: WindowGeometry): number {
  return sizesOf(g).out * g.kernel[0] * g.kernel[1] * entryWork;
}

export function maxPool(heap: Heap, x: Tensor4D, g: WindowGeometry): Tensor4D {
  return pooled(heap, 'maxPool', x, g);
}

/** The mean of each window's cells in the image; 0 where there is none. */
export function averagePool(heap: Heap, x: Tensor4D, g: WindowGeometry): Tensor4D {
  heap.setWindow(g);
  return pooled(heap, 'averagePool', x, g, heap.run.averageScratch!());
}

function pooled(heap: Heap, kernel: string, x: Tensor4D, g: WindowGeometry, scratch = 0): Tensor4D {
  const sizes = sizesOf(g);
  const out = heap.output<Tensor4D>([g.batch, ...g.outSize, g.channels]);
  heap.split(kernel, [heap.address(x, sizes.x), heap.address(out, sizes.out)], g.batch * g.outSize[0],
      {window: g, scratch, work: windowWork(g)});
  return out;
}

export function averagePoolGrad(heap: Heap, dout: Tensor4D, g: WindowGeometry): Tensor4D {
  const sizes = sizesOf(g);
  const dx = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  heap.split('averagePoolGrad', [heap.address(dout, sizes.out), heap.address(dx, sizes.x)], g.batch * g.inSize[0],
      {window: g, work: windowWork(g)});
  return dx;
}

export function maxPoolScatter(
    heap: Heap, dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const sizes = sizesOf(g);
  const dx = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  const [$dout, $out] = [dout, out].map(t => heap.address(t, sizes.out)) as [number, number];
  heap.setWindow(g);
  heap.split('maxPoolScatter', [$dout, heap.address(x, sizes.x), $out, heap.address(dx, sizes.x), heap.tieNumber(ties)],
      heap.run.scatterUnits!(), {window: g, scratch: g.channels, work: windowWork(g)});
  return dx;
}

export function maxPoolGather(
    heap: Heap, v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const sizes = sizesOf(g);
  const sum = heap.output<Tensor4D>([g.batch, ...g.outSize, g.channels]);
  heap.split('maxPoolGather', [
    heap.address(v, sizes.x), heap.address(x, sizes.x), heap.address(out, sizes.out), heap.address(sum, sizes.out),
    heap.tieNumber(ties),
  ], g.batch * g.outSize[0], {window: g, work: windowWork(g)});
  return sum;
}
