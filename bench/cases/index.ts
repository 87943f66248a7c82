import {acrossCases} from './across';
import type {BenchCase} from './case';
import {layerNormCases} from './layer_norm';
import {layerCases} from './layers';
import {lossCases} from './loss';
import {netCases} from './nets';

/** The rows of the table, in order. */
export const cases: readonly BenchCase[] = [...netCases, ...acrossCases, ...layerCases, ...layerNormCases, ...lossCases];
