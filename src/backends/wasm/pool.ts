import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {tieNumber} from '../tie_rules';
import {setWindow} from './conv';
import type {Heap} from './heap';

export function maxPool(heap: Heap, x: Tensor4D, g: WindowGeometry): Tensor4D {
  const out = heap.output<Tensor4D>([g.batch, ...g.outSize, g.channels]);
  setWindow(heap, g);
  heap.run.maxPool(heap.address(x), heap.address(out));
  return out;
}

export function maxPoolScatter(
    heap: Heap, dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const dx = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  setWindow(heap, g);
  heap.withScratch(g.channels, scratch => {
    heap.run.maxPoolScatter(...[dout, x, out, dx].map(t => heap.address(t)), tieNumber(ties), scratch);
  });
  return dx;
}

export function maxPoolGather(
    heap: Heap, v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const sum = heap.output<Tensor4D>([g.batch, ...g.outSize, g.channels]);
  setWindow(heap, g);
  heap.run.maxPoolGather(...[v, x, out, sum].map(t => heap.address(t)), tieNumber(ties));
  return sum;
}
