import './learning_rate';

export {graphFunction} from './graph_function';
export type {GraphFunction, StepResult} from './graph_function';
export type {GraphReport, GraphStep} from './types';
