"""Layers with random arguments, for the shapes that they take.

`choices(rank, ...)` lists functions of a `Draw` that make one layer; rank is that of an example: 1 features, 2 a sequence,
3 an image, 4 a volume or a sequence of images.
"""

WORDS = [
    'linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'tanh', 'softmax', 'softplus', 'softsign', 'swish', 'silu', 'gelu',
    'mish', 'exponential', 'hard_sigmoid', 'hard_silu', 'hard_swish', 'leaky_relu', 'log_softmax',
]
ONLY_KERAS_3 = ['silu', 'hard_silu', 'hard_swish', 'log_softmax', 'leaky_relu']
INITIALIZERS = [
    'zeros', 'ones', 'he_normal', 'he_uniform', 'glorot_normal', 'glorot_uniform', 'lecun_normal', 'lecun_uniform',
    'random_normal', 'random_uniform', 'truncated_normal', 'variance_scaling',
]
REGULARIZERS = ['l1', 'l2', 'l1_l2']
CONSTRAINTS = ['max_norm', 'non_neg', 'unit_norm', 'min_max_norm']


class Draw:
    """A source of random arguments for one library's layers."""

    def __init__(self, library, rng, is_keras_3):
        self.library, self.rng, self.is_keras_3 = library, rng, is_keras_3
        self.shape = ()  # of the example that the next layer takes
        self.layers = library.layers

    def one(self, values):
        return values[int(self.rng.integers(len(values)))]

    def chance(self, of):
        return self.rng.random() < of

    def int(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def number(self, low, high):
        return float(round(self.rng.uniform(low, high), 3))

    def activation(self):
        words = WORDS if self.is_keras_3 else [word for word in WORDS if word not in ONLY_KERAS_3]
        return self.one(words) if self.chance(0.6) else None

    def some(self, **options):
        """Each option with a chance of 1 in 3; the values are functions or lists to choose from."""
        taken = {}
        for name, value in options.items():
            if self.chance(1 / 3):
                taken[name] = value() if callable(value) else self.one(value)
        return taken

    def weights(self, *kinds):
        options = {}
        for kind in kinds:
            if self.chance(0.2):
                options[f'{kind}_initializer'] = self.one(INITIALIZERS)
            if self.chance(0.15):
                options[f'{kind}_regularizer'] = self.one(REGULARIZERS)
            if self.chance(0.1):
                options[f'{kind}_constraint'] = self.one(CONSTRAINTS)
        return options


def choices(rank, is_keras_3):
    common = [dense, activation, rectifier, advanced, batch_norm, layer_norm, dropout, rescaling, unit_norm, flatten, noise]
    if is_keras_3:
        common.append(rms_norm)
    by_rank = {
        1: [dense, dense, repeat, reshape, identity],
        2: [conv1d, conv1d, separable1d, depthwise1d, transpose1d, pool1d, global1d, recurrent, recurrent, bidirectional,
            distributed, border1d, permute, group_norm, softmax_axis, spatial_dropout1d],
        3: [conv2d, conv2d, conv2d, depthwise, depthwise, separable, transpose, transpose, pool2d, pool2d, global2d, global2d,
            border2d, upsampling, resizing, center_crop, group_norm, group_norm, permute, augmentation, spatial_dropout,
            distributed, reshape, softmax_axis],
        4: [conv3d, transpose3d, pool3d, global3d, border3d, conv_lstm, distributed_image],
    }
    return common + by_rank[rank]


def dense(d):
    return d.layers.Dense(d.int(1, 6), activation=d.activation(), use_bias=d.chance(0.8), **d.weights('kernel', 'bias'))


def activation(d):
    return d.layers.Activation(d.activation() or 'tanh')


def rectifier(d):
    options = d.some(max_value=lambda: d.number(0.5, 6), negative_slope=lambda: d.number(0.01, 0.5),
                     threshold=lambda: d.number(0.05, 0.5))
    return d.layers.ReLU(**options)


def advanced(d):
    kind = d.one(['LeakyReLU', 'ELU', 'PReLU', 'Softmax', 'ThresholdedReLU', 'Identity'])
    if kind == 'LeakyReLU':
        return d.layers.LeakyReLU(d.number(0.01, 0.5)) if d.chance(0.7) else d.layers.LeakyReLU()
    if kind == 'ELU':
        return d.layers.ELU(d.number(0.2, 2)) if d.chance(0.7) else d.layers.ELU()
    if kind == 'ThresholdedReLU' and hasattr(d.layers, kind):
        return d.layers.ThresholdedReLU(d.number(0.1, 1))
    if kind == 'PReLU' and d.chance(0.5):
        return d.layers.PReLU(shared_axes=[1])
    return getattr(d.layers, kind if hasattr(d.layers, kind) and kind != 'ThresholdedReLU' else 'PReLU')()


def batch_norm(d):
    return d.layers.BatchNormalization(
        **d.some(axis=[-1, -1, 1], epsilon=[1e-5, 1e-2], momentum=[0.9, 0.5], center=[False], scale=[False]),
        **d.weights('beta', 'gamma'))


def layer_norm(d):
    return d.layers.LayerNormalization(
        **d.some(axis=[-1, -1, 1, [1]], epsilon=[1e-5, 1e-2], center=[False], scale=[False]), **d.weights('beta'))


def rms_norm(d):
    return d.layers.RMSNormalization() if hasattr(d.layers, 'RMSNormalization') else d.layers.Identity()


def group_norm(d):
    return d.layers.GroupNormalization(groups=d.one([1, 2, -1, 3]), **d.some(epsilon=[1e-5], center=[False], scale=[False]))


def unit_norm(d):
    return d.layers.UnitNormalization(**d.some(axis=[-1, 1]))


def dropout(d):
    return d.layers.Dropout(d.number(0.1, 0.6), **d.some(seed=[3]))


def noise(d):
    kind = d.one(['GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'ActivityRegularization'])
    return d.layers.ActivityRegularization(l1=0.01) if kind == 'ActivityRegularization' else getattr(d.layers, kind)(0.2)


def spatial_dropout(d):
    return d.layers.SpatialDropout2D(0.3)


def spatial_dropout1d(d):
    return d.layers.SpatialDropout1D(0.3)


def rescaling(d):
    return d.layers.Rescaling(d.number(-2, 2), **d.some(offset=lambda: d.number(-1, 1)))


def flatten(d):
    return d.layers.Flatten()


def identity(d):
    return d.layers.Activation('linear')


def repeat(d):
    return d.layers.RepeatVector(d.int(2, 4))


def reshape(d):
    return d.layers.Reshape(d.one([(-1, 2), (2, -1), (-1, 1), (-1,), (2, 2, -1)]))


def permute(d):
    return d.layers.Permute([int(axis) + 1 for axis in d.rng.permutation(len(d.shape))])


def softmax_axis(d):
    return d.layers.Softmax(axis=d.one([-1, 1, -2]))


def window(d, rank, causal=False):
    """Keras takes either strides or dilation."""
    options = {'padding': d.one(['valid', 'same', 'same'] + (['causal'] if causal else []))}
    each = lambda low, high: d.int(low, high) if d.chance(0.5) else tuple(d.int(low, high) for _ in range(rank))
    if d.chance(0.4):
        options['strides'] = each(1, 3)
    elif d.chance(0.3):
        options['dilation_rate'] = each(1, 2)
    return each(1, 3), options


def conv1d(d):
    size, options = window(d, 1, causal=True)
    return d.layers.Conv1D(d.one([1, 2, 3, 4]), size, activation=d.activation(), use_bias=d.chance(0.8), **options,
                           **({'groups': 2} if d.chance(0.15) else {}), **d.weights('kernel', 'bias'))


def separable1d(d):
    size, options = window(d, 1)
    return d.layers.SeparableConv1D(d.int(1, 4), size, activation=d.activation(), **options)


def depthwise1d(d):
    size, options = window(d, 1)
    return d.layers.DepthwiseConv1D(size, activation=d.activation(), **options)


def transpose1d(d):
    size, options = window(d, 1)
    options.pop('dilation_rate', None)
    return d.layers.Conv1DTranspose(d.int(1, 4), size, activation=d.activation(), **options)


def pool1d(d):
    kind = d.one(['MaxPooling1D', 'AveragePooling1D'])
    return getattr(d.layers, kind)(d.int(1, 3), **d.some(strides=[1, 2], padding=['same']))


def global1d(d):
    return getattr(d.layers, d.one(['GlobalMaxPooling1D', 'GlobalAveragePooling1D']))(**d.some(keepdims=[True, False]))


def cell(d, kind, **more):
    options = d.some(use_bias=[False], go_backwards=[True], recurrent_dropout=[0.2], dropout=[0.2], unroll=[True])
    if d.chance(0.4):
        options['activation'] = d.one(['relu', 'sigmoid', 'softsign'])
    if kind != 'SimpleRNN' and d.chance(0.4):
        options['recurrent_activation'] = d.one(['hard_sigmoid', 'tanh'])
    if kind == 'GRU' and d.chance(0.7):
        options['reset_after'] = False
    if kind == 'LSTM' and d.chance(0.3):
        options['unit_forget_bias'] = False
    return getattr(d.layers, kind)(d.int(1, 4), **{**options, **more}, **d.weights('kernel', 'recurrent'))


def recurrent(d):
    return cell(d, d.one(['LSTM', 'GRU', 'SimpleRNN']), return_sequences=d.chance(0.5))


def bidirectional(d):
    inner = cell(d, d.one(['LSTM', 'GRU', 'SimpleRNN']), return_sequences=d.chance(0.5), go_backwards=False)
    return d.layers.Bidirectional(inner, merge_mode=d.one(['concat', 'sum', 'mul', 'ave']))


def conv_lstm(d):
    return d.layers.ConvLSTM2D(d.int(1, 3), d.int(1, 3), padding=d.one(['same', 'valid']), return_sequences=d.chance(0.5))


def distributed(d):
    inner = [dense, dense, activation, batch_norm]
    return d.layers.TimeDistributed(d.one(inner)(d))


def distributed_image(d):
    return d.layers.TimeDistributed(d.one([conv2d, pool2d, global2d, depthwise, flatten])(d))


def border1d(d):
    kind = d.one(['ZeroPadding1D', 'Cropping1D', 'UpSampling1D'])
    return getattr(d.layers, kind)(d.one([1, 2]) if kind == 'UpSampling1D' else d.one([1, (0, 1), (1, 0)]))


def border2d(d):
    kind = d.one(['ZeroPadding2D', 'Cropping2D'])
    return getattr(d.layers, kind)(d.one([1, (1, 0), ((0, 1), (1, 0)), ((1, 2), (0, 1))]))


def border3d(d):
    kind = d.one(['ZeroPadding3D', 'Cropping3D', 'UpSampling3D'])
    return getattr(d.layers, kind)(1 if kind != 'UpSampling3D' else 2)


def conv2d(d):
    size, options = window(d, 2)
    return d.layers.Conv2D(d.one([1, 2, 3, 4]), size, activation=d.activation(), use_bias=d.chance(0.8), **options,
                           **({'groups': 2} if d.chance(0.15) else {}), **d.weights('kernel', 'bias'))


def conv3d(d):
    size, options = window(d, 3)
    options.pop('dilation_rate', None)
    return d.layers.Conv3D(d.int(1, 3), size, activation=d.activation(), **options)


def transpose3d(d):
    size, options = window(d, 3)
    options.pop('dilation_rate', None)
    return d.layers.Conv3DTranspose(d.int(1, 3), size, activation=d.activation(), **options)


def depthwise(d):
    size, options = window(d, 2)
    if isinstance(options.get('strides'), tuple):
        options['strides'] = options['strides'][0]
    return d.layers.DepthwiseConv2D(size, depth_multiplier=d.one([1, 1, 2]), activation=d.activation(),
                                    use_bias=d.chance(0.8), **options, **d.weights('depthwise', 'bias'))


def separable(d):
    size, options = window(d, 2)
    if isinstance(options.get('strides'), tuple):
        options['strides'] = options['strides'][0]
    return d.layers.SeparableConv2D(d.int(1, 4), size, depth_multiplier=d.one([1, 1, 2]), activation=d.activation(),
                                    use_bias=d.chance(0.8), **options, **d.weights('depthwise', 'pointwise', 'bias'))


def transpose(d):
    size, options = window(d, 2)
    if d.chance(0.25) and options.get('strides', 1) != 1:
        options['output_padding'] = d.one([0, 1])
    return d.layers.Conv2DTranspose(d.int(1, 4), size, activation=d.activation(), use_bias=d.chance(0.8), **options,
                                    **d.weights('kernel', 'bias'))


def pool2d(d):
    kind = d.one(['MaxPooling2D', 'AveragePooling2D'])
    return getattr(d.layers, kind)(d.one([2, 3, (2, 1), (1, 3)]), **d.some(strides=[1, 2, (1, 2)], padding=['same']))


def pool3d(d):
    return getattr(d.layers, d.one(['MaxPooling3D', 'AveragePooling3D']))(2, **d.some(strides=[1, 2], padding=['same']))


def global2d(d):
    return getattr(d.layers, d.one(['GlobalMaxPooling2D', 'GlobalAveragePooling2D']))(**d.some(keepdims=[True, False]))


def global3d(d):
    return getattr(d.layers, d.one(['GlobalMaxPooling3D', 'GlobalAveragePooling3D']))(**d.some(keepdims=[True, False]))


def upsampling(d):
    return d.layers.UpSampling2D(d.one([2, 3, (1, 2)]), interpolation=d.one(['nearest', 'bilinear']))


def resizing(d):
    return d.layers.Resizing(d.int(3, 9), d.int(3, 9), **d.some(interpolation=['nearest', 'bilinear', 'bicubic', 'area']),
                             **({'crop_to_aspect_ratio': True} if d.chance(0.1) else {}))


def center_crop(d):
    return d.layers.CenterCrop(d.int(2, 5), d.int(2, 5))


def augmentation(d):
    kind = d.one(['RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness',
                  'RandomCrop'])
    if kind == 'RandomCrop':
        return d.layers.RandomCrop(4, 4)
    if kind == 'RandomTranslation':
        return d.layers.RandomTranslation(0.1, 0.2)
    return d.layers.RandomFlip() if kind == 'RandomFlip' else getattr(d.layers, kind)(0.2)
