import {registerFlag} from '../flags';

/** Whether steps run as graphs where they can. */
export const graphFlag = registerFlag<boolean>('EXPLICIT_LAYERS_GRAPH', () => true);
/** Whether several ops of a graph may become one of ours, with the same result. */
export const fusionFlag = registerFlag<boolean>('EXPLICIT_LAYERS_GRAPH_FUSION', () => true);
