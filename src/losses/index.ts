export {accuracy} from './accuracy';
export {oneHot} from './one_hot';
export {softmaxLoss} from './softmax_loss';
