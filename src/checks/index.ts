export {compareWithBuiltIns} from './compare_with_built_ins';
export type {
  CompareOptions, CompareReport, Difference, Differences, LayerComparison, Milliseconds, ModelComparison, Reason,
  ReasonKind, TieCount, Tolerances,
} from './compare_with_built_ins';
export {gradCheck} from './grad_check';
export type {GradCheckOptions} from './grad_check';
export type {GradCheckEntry, GradCheckKink, GradCheckReport, GradCheckResult} from './grad_check/report';
export type {Checkable, CheckInputs} from './grad_check/subject';
export {verifyBackend} from './verify_backend';
export type {KnownCase, VerifiedCase, VerifyOptions, VerifyReport} from './verify_backend';
export {kernelInfo} from '../backends';
export type {KernelInfo} from '../backends';
