/** The file for a script tag that wants all of it. */
import './needs_tf';
// First, so that its bytes do not part the rest: gzip looks back 32 kB, and they take most of that.
import '../backends/wasm/module';

export * from '../index';
