import {registerKernels} from '../registry';
import * as conv from './conv';
import * as dense from './dense';
import * as norm from './norm';
import * as pool from './pool';

/** tfjs-node runs any op of TensorFlow by its name, also those that tfjs itself never calls. */
registerKernels('tensorflow', {...conv, ...dense, ...norm, ...pool});
