export * as checks from './checks';
export {explicitOp} from './explicit_op';
export type {
  BackwardRule, ExplicitOp, ExplicitOpDefinition, GivenInputs, JointBackwardRule, OpCache, OpInputs,
} from './explicit_op';
export type {DataFormat, Padding2D, WindowOptions} from './geometry';
export * as layers from './layers';
export * as losses from './losses';
export * as models from './models';
export * as ops from './ops';
export * as reference from './reference';
export {graphFunction} from './graph';
export type {GraphFunction, GraphReport, GraphStep, StepResult} from './graph';
