import {kernels} from '../../src/backends';
import type {OptionalKernels} from '../../src/backends';

/** Until the spec ends, a spy on an optional kernel of the current backend; one that the backend lacks serves no case. */
export function watchKernel(name: keyof OptionalKernels): jasmine.Spy {
  const own = kernels() as unknown as {[kernel: string]: () => unknown};
  if (own[name]) return spyOn(own, name).and.callThrough();
  const spy = jasmine.createSpy(name).and.returnValue(null);
  own[name] = spy;
  watched.push(() => Reflect.deleteProperty(own, name));
  return spy;
}

const watched: Array<() => void> = [];

afterEach(() => watched.splice(0).forEach((restore) => restore()));
