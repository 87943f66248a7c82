/** What `npm start` and `npm test` need before they can begin, each step quick when there is nothing to do. */
export {ensureBuilt} from './bootstrap/build.mjs';
export {ensureDependencies} from './bootstrap/dependencies.mjs';
export {ensureTfjsNode} from './bootstrap/tfjs_node.mjs';
