/** In the ES modules for backends/wasm/carried.ts: bundlers put what is imported like this into a file of its own. */
import {arriving} from '../backends/wasm/arriving';

export const carried = arriving(() => import('../backends/wasm/loadable'),
    'Serve all the files that the bundler wrote, and load the page again.');
