/** The file for a script tag: what builds and trains a model, and little to load. */
import './needs_tf';
import {elsewhere} from './elsewhere';

export {explicitOp} from '../explicit_op';
export * as layers from '../layers';
export * as losses from '../losses';
export * as ops from '../ops';

export const checks = elsewhere('checks');
export const models = elsewhere('models');
export const reference = elsewhere('reference');
