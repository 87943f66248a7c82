import type {LayerName} from '../../src/catalogue';

/** Which options the page offers for a layer. Their values go to the layer unchecked: it says itself what is wrong. */
export interface LayerForm {
  /** A shape of x to start with. */
  shape: string;
  /** Option by option what stands in its field at first; empty is the layer's default. */
  options: {[name: string]: string};
}

const window = {strides: '', padding: '', dilationRate: '', dataFormat: '', exactFit: ''};

export const LAYERS = {
  conv2d: {
    shape: '2, 5, 5, 3',
    options: {
      filters: '2', kernelSize: '3', ...window, strides: '2', padding: '1', groups: '', useBias: '', activation: '',
    },
  },
  depthwiseConv2d: {
    shape: '2, 5, 5, 3', options: {kernelSize: '3', depthMultiplier: '', ...window, strides: '2', padding: '1', useBias: ''},
  },
  conv2dTranspose: {
    shape: '2, 3, 3, 2',
    options: {
      filters: '2', kernelSize: '3', strides: '2', padding: 'same', outputPadding: '', dilationRate: '', dataFormat: '',
      useBias: '', activation: '',
    },
  },
  separableConv2d: {
    shape: '2, 5, 5, 3',
    options: {filters: '2', kernelSize: '3', depthMultiplier: '', ...window, padding: '1', useBias: '', activation: ''},
  },
  conv1d: {
    shape: '2, 7, 3',
    options: {
      filters: '2', kernelSize: '3', strides: '', padding: 'causal', dilationRate: '', groups: '', useBias: '', activation: '',
    },
  },
  maxPooling2d: {shape: '2, 5, 5, 2', options: {poolSize: '3', ...window, strides: '2', ties: ''}},
  averagePooling2d: {shape: '2, 5, 5, 2', options: {poolSize: '3', ...window, strides: '2'}},
  globalAveragePooling2d: {shape: '2, 4, 5, 3', options: {dataFormat: '', keepDims: ''}},
  globalMaxPooling2d: {shape: '2, 4, 5, 3', options: {dataFormat: '', keepDims: '', ties: ''}},
  reLU: {shape: '4, 6', options: {maxValue: '', negativeSlope: '0.1', threshold: ''}},
  dropout: {shape: '4, 6', options: {rate: '0.5', noiseShape: '', seed: '1'}},
  dense: {shape: '4, 6', options: {units: '3', useBias: '', activation: ''}},
  batchNormalization: {
    shape: '4, 3, 3, 2', options: {axis: '', epsilon: '', momentum: '', center: '', scale: '', backward: ''},
  },
  groupNormalization: {shape: '4, 3, 3, 4', options: {groups: '2', axis: '', epsilon: '', center: '', scale: ''}},
  layerNormalization: {shape: '4, 6', options: {axis: '', epsilon: '', center: '', scale: ''}},
} satisfies {[kind in LayerName]: LayerForm};

export type LayerKind = LayerName;

/** What was typed, as a value: JSON where it is JSON, the text itself otherwise; empty fields are absent. */
export function readOptions(fields: {[name: string]: string}): {[name: string]: unknown} {
  return Object.fromEntries(Object.entries(fields)
    .filter(([, text]) => text.trim() !== '')
    .map(([name, text]) => [name, readValue(text.trim())]));
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.replace(/^'(.*)'$/, '$1');
  }
}

/**
 * The shape that was typed, as in 2, 5, 5, 3.
 * @throws If it is no list of whole numbers of at least 1.
 */
export function readShape(text: string): number[] {
  const sizes = text.replace(/[[\]]/g, '').split(',').map((part) => part.trim());
  if (!sizes.every((size) => /^[1-9]\d*$/.test(size))) {
    throw new Error('The shape of x must be whole numbers of at least 1 with commas between them, as in 2, 5, 5, 3. ' +
      `Got ${text.trim() || 'nothing'}.`);
  }
  return sizes.map(Number);
}
