/** The compiled kernels of the wasm backend are those of their source, for a memory of one thread and of many. */
import {withSharedMemory} from '../../src/backends/wasm/shared_memory';
import {compileWasm, currentSource, moduleSource} from '../../tools/build_wasm.mjs';

describe('the compiled module', () => {
  let plain: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    plain = new Uint8Array(await compileWasm());
  }, 60_000);

  it('is that of its source', () => {
    expect(currentSource()).withContext('run `npm run build:wasm`').toBe(moduleSource(plain));
  });

  it('is for a memory of threads what the compiler makes for one', async () => {
    expect(withSharedMemory(plain)).toEqual(new Uint8Array(await compileWasm({shared: true})));
  }, 60_000);

  it('runs on a memory of threads', () => {
    const memory = new WebAssembly.Memory({initial: 1, maximum: 4, shared: true});
    const module = new WebAssembly.Module(withSharedMemory(plain));
    const {relu} = new WebAssembly.Instance(module, {env: {memory}}).exports as {relu: (...args: number[]) => void};
    const values = new Float32Array(memory.buffer, 8, 10);
    values.set([1, -2, 3, -4, 5]);
    relu(8, 28, 5);
    expect(Array.from(values)).toEqual([1, -2, 3, -4, 5, 1, 0, 3, 0, 5]);
  });
});
