/** Arguments that several layers have in a Keras file. */
export const weight = (name: string) => [`${name}Initializer`, `${name}Regularizer`, `${name}Constraint`];
export const bias = ['useBias', ...weight('bias')];
export const window = ['strides', 'padding', 'dataFormat'];
export const convolution = ['filters', 'kernelSize', ...window, 'activation', ...bias];
export const pool = ['poolSize', ...window];
export const pool1d = ['poolSize', 'strides', 'padding'];
export const lastAxis = {data_format: ['channels_last']};
export const noDilation = {dilation_rate: [1, [1], [1, 1]]};
