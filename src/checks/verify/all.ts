import type {LayerChecks, OpChecks, VerifyCase} from './case';
import {denseLayers, denseOps} from './dense';
import {normLayers, normOps} from './norms';
import {windowLayers, windowOps} from './windows';

/** Every op's cases, and every layer's. */
export const opChecks: OpChecks = {...windowOps, ...denseOps, ...normOps};
export const layerChecks: LayerChecks = {...windowLayers, ...denseLayers, ...normLayers};

/** All of them in turn. */
export const allCases: readonly VerifyCase[] =
  [...Object.values(opChecks).flatMap(({cases}) => cases), ...Object.values(layerChecks).flat()];
