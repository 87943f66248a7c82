/** The kernels of the wasm backend as a file of their own, for pages with the small script. */
import * as bytes from '../backends/wasm/module_bytes';
import {version} from '../../package.json';
import type {WithKernels} from './carried';

(globalThis as WithKernels).tfjsExplicitLayersWasm = {...bytes, version};
