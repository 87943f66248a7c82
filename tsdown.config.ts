import {defineConfig} from 'tsdown';
import type {UserConfig} from 'tsdown';

const inputOptions = {treeshake: {moduleSideEffects: true}, checks: {pluginTimings: false}};
const neverBundle = [/^@tensorflow\//, /^node:/, 'h5wasm', 'fflate'];

/** The kernels of tfjs-node have no place in a page, and Node takes the CommonJS files. */
const withoutTensorflow = {
  name: 'without-tensorflow',
  load: (file: string) => /backends.tensorflow.index\.ts$/.test(file) ? '' : undefined,
};

/** Making an op changes nothing: bundlers may leave out the ops that a program does not use. */
const pureOps = {
  name: 'pure-ops',
  transform: (code: string, file: string) => /src.ops./.test(file) ?
    code.replace(/(?<= =\s+)(?=(defineOp|explicitOp|convolutionFamily|convolutionBy|productBy|readOptions)\b)/g, '/* @__PURE__ */ ') : undefined,
};

/** What a page may load has the kernels of wasm in a file of their own. */
const kernelsFrom = (folder: 'umd' | 'entries') => ({
  name: 'kernels-apart',
  load: (file: string) =>
    /backends.wasm.carried\.ts$/.test(file) ? `export {carried} from '../../${folder}/carried';` : undefined,
});

function scriptTag(name: string, entry: string, plugins: UserConfig['plugins'] = []): UserConfig {
  return {
    entry: {[name]: entry},
    outDir: 'dist/umd',
    format: 'umd',
    globalName: 'tfjsExplicitLayers',
    outputOptions: {
      entryFileNames: '[name].js',
      globals: {'@tensorflow/tfjs-core': 'tf', '@tensorflow/tfjs-layers': 'tf'},
    },
    platform: 'browser',
    target: 'es2022',
    minify: true,
    clean: false,
    inputOptions,
    deps: {neverBundle},
    plugins: [withoutTensorflow, plugins],
  };
}

const entries = {
  entry: {
    index: 'src/index.ts',
    ops: 'src/entries/ops.ts',
    layers: 'src/entries/layers.ts',
    losses: 'src/entries/losses.ts',
    models: 'src/entries/models.ts',
    checks: 'src/entries/checks.ts',
    reference: 'src/entries/reference.ts',
    keras: 'src/keras/index.ts',
    graph: 'src/graph/index.ts',
    node: 'src/node.ts',
  },
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  inputOptions,
  deps: {neverBundle},
} satisfies UserConfig;

export default defineConfig([
  /**
   * The CommonJS files are the ones Node runs, also for `import` (tools/build_wrappers.mjs writes ES modules that
   * re-export them), so that a program that reaches the library both ways sees one set of classes. Bundlers for pages
   * take the ES modules, whose trees they can shake.
   */
  {...entries, format: 'cjs', clean: true},
  {...entries, format: 'esm', clean: false, plugins: [pureOps, withoutTensorflow, kernelsFrom('entries')]},
  scriptTag('tfjs-explicit-layers.min', 'src/umd/index.ts', [kernelsFrom('umd')]),
  scriptTag('tfjs-explicit-layers.wasm.min', 'src/umd/wasm.ts'),
  scriptTag('tfjs-explicit-layers.full.min', 'src/umd/full.ts'),
]);
