import {acrossCases} from './across';
import type {BenchCase} from './case';
import {graphCases} from './graphs';
import {layerNormCases} from './layer_norm';
import {layerCases} from './layers';
import {lossCases} from './loss';
import {netCases} from './nets';

/** The rows of the table, in order. */
export const cases: readonly BenchCase[] = [
  ...netCases, ...graphCases, ...acrossCases, ...layerCases, ...layerNormCases, ...lossCases];
