import {defineConfig} from 'tsdown';

/**
 * The CommonJS files are the ones Node runs, also for `import` (tools/build_wrappers.mjs writes ES modules that
 * re-export them), so that a program that reaches the library both ways sees one set of classes. Bundlers take the
 * ES modules, whose trees they can shake.
 */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ops: 'src/ops/index.ts',
    layers: 'src/layers/index.ts',
    reference: 'src/reference/index.ts',
    keras: 'src/keras/index.ts',
    node: 'src/node.ts',
  },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  clean: true,
  sourcemap: true,
  deps: {neverBundle: [/^@tensorflow\//, /^node:/, 'h5wasm', 'fflate']},
});
