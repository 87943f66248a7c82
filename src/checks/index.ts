export {compareWithBuiltIns} from './compare_with_built_ins';
export type {
  CompareOptions, CompareReport, Difference, Differences, LayerComparison, Milliseconds, ModelComparison, Reason,
  ReasonKind, Tolerances,
} from './compare_with_built_ins';
