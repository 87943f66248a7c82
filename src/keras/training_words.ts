/** What model.compile takes, in the words of tfjs and of Keras. */

/** Optimisers: Keras's class, and tfjs's fields by Keras's arguments. */
export interface OptimizerEntry {
  kerasClass: string;
  fields: {[kerasArg: string]: string};
  /** What Keras takes where a file says nothing, as in compile('sgd'). */
  defaults: {[kerasArg: string]: number | boolean};
  /** Arguments of Keras's that tfjs has fixed, by the values that mean the same. */
  fixed?: {[kerasArg: string]: readonly unknown[]};
}

const adamDefaults = {learning_rate: 1e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7};
const adam = {learning_rate: 'learningRate', beta_1: 'beta1', beta_2: 'beta2', epsilon: 'epsilon'};

/** By tfjs's class names. */
export const optimizerTable: {[className: string]: OptimizerEntry} = {
  SGD: {
    kerasClass: 'SGD', fields: {learning_rate: 'learningRate'}, defaults: {learning_rate: 0.01},
    fixed: {momentum: [0], nesterov: [true, false]},
  },
  Momentum: {
    kerasClass: 'SGD', fields: {learning_rate: 'learningRate', momentum: 'momentum', nesterov: 'useNesterov'},
    defaults: {learning_rate: 0.01, nesterov: false},
  },
  Adam: {kerasClass: 'Adam', fields: adam, defaults: adamDefaults, fixed: {amsgrad: [false]}},
  Adamax: {kerasClass: 'Adamax', fields: adam, defaults: adamDefaults},
  RMSProp: {
    kerasClass: 'RMSprop',
    fields: {learning_rate: 'learningRate', rho: 'decay', momentum: 'momentum', epsilon: 'epsilon', centered: 'centered'},
    defaults: {learning_rate: 1e-3, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false},
  },
  Adagrad: {
    kerasClass: 'Adagrad',
    fields: {learning_rate: 'learningRate', initial_accumulator_value: 'initialAccumulatorValue'},
    defaults: {learning_rate: 1e-3, initial_accumulator_value: 0.1},
    fixed: {epsilon: [1e-7]},
  },
  Adadelta: {
    kerasClass: 'Adadelta', fields: {learning_rate: 'learningRate', rho: 'rho', epsilon: 'epsilon'},
    defaults: {learning_rate: 1e-3, rho: 0.95, epsilon: 1e-7},
  },
};

/** Losses: Keras's words by tfjs's. Those on probabilities are no match for those on scores: see `softmaxLoss`. */
export const lossTable: {[loss: string]: string} = {
  meanSquaredError: 'mean_squared_error', meanAbsoluteError: 'mean_absolute_error',
  meanAbsolutePercentageError: 'mean_absolute_percentage_error',
  meanSquaredLogarithmicError: 'mean_squared_logarithmic_error', squaredHinge: 'squared_hinge', hinge: 'hinge',
  categoricalHinge: 'categorical_hinge', logcosh: 'log_cosh', categoricalCrossentropy: 'categorical_crossentropy',
  sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy', binaryCrossentropy: 'binary_crossentropy',
  kullbackLeiblerDivergence: 'kl_divergence', poisson: 'poisson', cosineProximity: 'cosine_similarity',
};

/** Other words for the same, in either. */
export const lossSynonyms: {[word: string]: string} = {
  mse: 'meanSquaredError', mae: 'meanAbsoluteError', mape: 'meanAbsolutePercentageError',
  msle: 'meanSquaredLogarithmicError', kld: 'kullbackLeiblerDivergence', logcosh: 'logcosh',
  kullback_leibler_divergence: 'kullbackLeiblerDivergence', cosine: 'cosineProximity',
};

/** Metrics: Keras's words by tfjs's. (tfjs's cosine has the other sign.) */
export const metricTable: {[metric: string]: string} = {
  accuracy: 'accuracy', acc: 'accuracy', binaryAccuracy: 'binary_accuracy', categoricalAccuracy: 'categorical_accuracy',
  categoricalCrossentropy: 'categorical_crossentropy',
  sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy', mse: 'mean_squared_error',
  MSE: 'mean_squared_error', mae: 'mean_absolute_error', MAE: 'mean_absolute_error',
  mape: 'mean_absolute_percentage_error', MAPE: 'mean_absolute_percentage_error',
};

/** Metrics that are functions, by the names that `models.save` gives them. */
export const metricFunctionTable: {[name: string]: string} = {
  'losses.accuracy': 'accuracy', 'tf.metrics.binaryAccuracy': 'binary_accuracy',
  'tf.metrics.binaryCrossentropy': 'binary_crossentropy', 'tf.metrics.categoricalAccuracy': 'categorical_accuracy',
  'tf.metrics.sparseCategoricalAccuracy': 'sparse_categorical_accuracy',
  'tf.metrics.categoricalCrossentropy': 'categorical_crossentropy',
  'tf.metrics.meanSquaredError': 'mean_squared_error', 'tf.metrics.meanAbsoluteError': 'mean_absolute_error',
  'tf.metrics.meanAbsolutePercentageError': 'mean_absolute_percentage_error',
};
