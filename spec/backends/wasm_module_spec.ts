/** The compiled kernels of the wasm backend are those of their source, in each of their four forms. */
import {moduleBytes} from '../../src/backends/wasm/module';
import {compileWasm, currentSource, moduleSource} from '../../tools/build_wasm.mjs';

describe('the compiled module', () => {
  it('is that of its source', async () => {
    const current = moduleSource(await compileWasm(), await compileWasm({relaxed: true}));
    expect(currentSource()).withContext('run `npm run build:wasm`').toBe(current);
  }, 120_000);

  for (const shared of [false, true]) {
    for (const relaxed of [false, true]) {
      it(`is what the compiler makes, ${shared ? 'with' : 'without'} threads, ${relaxed ? 'relaxed' : 'plain'}`, async () => {
        expect(moduleBytes({shared, relaxed})).toEqual(new Uint8Array(await compileWasm({shared, relaxed})));
      }, 60_000);
    }
  }

  it('differs by its multiply-adds alone', () => {
    const [plain, relaxed] = [false, true].map((on) => moduleBytes({shared: false, relaxed: on}));
    expect(Math.abs(plain!.length - relaxed!.length)).toBeLessThan(200);
    expect(plain).not.toEqual(relaxed);
  });
});
