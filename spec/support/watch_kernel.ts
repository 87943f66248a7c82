import {kernels} from '../../src/backends';
import type {OptionalKernels} from '../../src/backends';

/** A spy on an optional kernel of the current backend; one that the backend lacks serves no case. */
export function watchKernel(name: keyof OptionalKernels): jasmine.Spy {
  const own = kernels() as unknown as {[kernel: string]: () => unknown};
  own[name] ??= () => null;
  return spyOn(own, name).and.callThrough();
}
