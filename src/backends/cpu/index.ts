import {registerKernels} from '../registry';
import * as activation from './activation';
import * as conv from './conv';
import {affine, columnSum, matMul} from './dense';
import * as norm from './norm';
import * as pool from './pool';
import {softmaxLoss} from './softmax_loss';

registerKernels('cpu', {...conv, ...pool, ...activation, ...norm, matMul, affine, columnSum, softmaxLoss});
