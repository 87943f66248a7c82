import {registerKernels} from '../registry';
import * as activation from './activation';
import * as conv from './conv';
import * as columns from './im2col';
import * as pool from './pool';

for (const backend of ['webgl', 'webgpu']) registerKernels(backend, {...conv, ...columns, ...pool, ...activation});
