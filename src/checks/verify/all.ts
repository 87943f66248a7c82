import type {OpChecks, VerifyCase} from './case';
import {denseLayers, denseOps} from './dense';
import {layerCases} from './layer_case';
import {normLayers, normOps} from './norms';
import {windowLayers, windowOps} from './windows';

/** Every op's cases, and every layer's. */
export const opChecks: OpChecks = {...windowOps, ...denseOps, ...normOps};
export const layerChecks = layerCases({...windowLayers, ...denseLayers, ...normLayers});

/** All of them in turn. */
export const allCases: readonly VerifyCase[] =
  [...Object.values(opChecks).flatMap(({cases}) => cases), ...Object.values(layerChecks).flat()];
