export {conversionReport} from './conversion';
export type {ConversionReport, ConvertedLayer, KeptLayer} from './conversion';
export {toBuiltIn} from './to_built_in';
export type {ToBuiltInOptions} from './to_built_in';
export {toExplicit} from './to_explicit';
export type {ToExplicitOptions} from './to_explicit';
