/** What runs on the heap of wasm as a file of its own, for pages with the small script. */
import * as loadable from '../backends/wasm/loadable';
import {version} from '../../package.json';
import type {WithKernels} from './carried';

(globalThis as WithKernels).tfjsExplicitLayersWasm = {...loadable, version};
