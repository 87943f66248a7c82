"""Values and gradients of others, to hold this library to: Keras 3 on TensorFlow, JAX, and the printed figures of the
course CS231n. All in float64.

    python3 -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0 jax==0.10.2
    venv/bin/python spec/golden/make.py

writes keras.json, jax.json and course.json beside this file. Inputs are not stored: value i of the array with seed s
is ((7919 i + 131 s) mod 2003 - 1001) / 512, which float32 holds exactly and which repeats only after 2003 values (no
ties; relu's kinks are put between the values). Each case stores its value and the gradients of sum(out * c), c being
the array with seed 99; the cases of JAX store second derivatives too, the gradients of sum_i <u_i, dL/dinput_i> where
L = sum(c * (out + out^2 / 2)) and u_i has seed 200 + i.
"""

import json
import os
from pathlib import Path

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import jax
import jax.numpy as jnp
import keras
import numpy as np
import tensorflow as tf

jax.config.update('jax_enable_x64', True)
keras.config.set_floatx('float64')
HERE = Path(__file__).parent


def values(shape, seed):
    """The array with this seed."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((7919 * i + 131 * seed) % 2003 - 1001) / 512).reshape(shape)


def stored(array):
    """Shape and values to 8 digits."""
    array = np.asarray(array, dtype=np.float64)
    return {'shape': list(array.shape), 'data': [float(f'{v:.8g}') for v in array.ravel()]}


def write(name, versions, cases):
    lines = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases)
    (HERE / name).write_text(f'{{"made with":{json.dumps(versions)},"cases":[\n{lines}\n]}}\n')
    print(f'{name}: {len(cases)} cases')


# --- Keras ----------------------------------------------------------------------------------------------------------

CLASSES = {
    'conv2d': keras.layers.Conv2D, 'dense': keras.layers.Dense, 'reLU': keras.layers.ReLU,
    'maxPooling2d': keras.layers.MaxPooling2D, 'batchNormalization': keras.layers.BatchNormalization,
    'layerNormalization': keras.layers.LayerNormalization,
}
KERAS_NAMES = {
    'kernelSize': 'kernel_size', 'dilationRate': 'dilation_rate', 'useBias': 'use_bias', 'maxValue': 'max_value',
    'negativeSlope': 'negative_slope', 'poolSize': 'pool_size',
}


def keras_case(layer, args, shape, training=False):
    """A layer's value, its gradients by the input and each trainable weight, and its other weights after the call."""
    made = CLASSES[layer](**{KERAS_NAMES.get(name, name): value for name, value in args.items()})
    made.build((None, *shape[1:]))
    weights = [np.abs(values(w.shape, 10 + i)) + 0.125 for i, w in enumerate(made.weights)]
    made.set_weights(weights)
    x = tf.constant(values(shape, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = made(x, training=training)
        loss = tf.reduce_sum(out * values(out.shape, 99))
    gradients = tape.gradient(loss, [x, *[w.value for w in made.trainable_weights]])
    return {
        'layer': layer, 'args': args, 'shape': list(shape), 'training': training,
        'weights': [list(w.shape) for w in made.weights], 'out': stored(out),
        'gradients': [stored(g) for g in gradients],
        'others': [stored(w.numpy()) for w in made.non_trainable_weights],
    }


def keras_loss_case(rows, classes, labels, scale=1):
    scores = tf.constant(values((rows, classes), 1) * scale)
    sparse = isinstance(labels[0], int)
    loss_of = keras.losses.sparse_categorical_crossentropy if sparse else keras.losses.categorical_crossentropy
    with tf.GradientTape() as tape:
        tape.watch(scores)
        losses = loss_of(tf.constant(labels, 'int64' if sparse else 'float64'), scores, from_logits=True)
        loss = tf.reduce_mean(losses)
    return {
        'layer': 'softmaxLoss', 'shape': [rows, classes], 'scale': scale, 'labels': labels, 'losses': stored(losses),
        'out': stored(loss), 'gradients': [stored(tape.gradient(loss, scores))],
    }


def keras_cases():
    image = (2, 7, 6, 4)
    for args in [
        {}, {'strides': 2}, {'strides': [1, 2]}, {'padding': 'same'}, {'padding': 'same', 'strides': 2},
        {'padding': 'same', 'strides': [3, 1]}, {'dilationRate': 2}, {'padding': 'same', 'dilationRate': [2, 1]},
        {'groups': 2}, {'groups': 2, 'padding': 'same', 'strides': 2}, {'useBias': False}, {'activation': 'relu'},
        {'kernelSize': 1}, {'kernelSize': [1, 4], 'padding': 'same'}, {'kernelSize': [5, 2], 'strides': 2},
    ]:
        yield keras_case('conv2d', {'filters': 2, 'kernelSize': 3, **args}, image)
    yield keras_case('conv2d', {'filters': 3, 'kernelSize': 2}, (1, 3, 3, 1))
    for args in [
        {}, {'maxValue': 0.9}, {'negativeSlope': 0.25}, {'threshold': 0.45},
        {'maxValue': 1.4, 'negativeSlope': 0.1, 'threshold': 0.3},
    ]:
        yield keras_case('reLU', args, (3, 20))
    for args in [
        {}, {'poolSize': 3}, {'poolSize': 3, 'strides': 2}, {'poolSize': [2, 3], 'strides': 1}, {'padding': 'same'},
        {'poolSize': 3, 'strides': 2, 'padding': 'same'}, {'poolSize': 2, 'strides': 3},
        {'poolSize': [3, 1], 'strides': [2, 1], 'padding': 'same'},
    ]:
        yield keras_case('maxPooling2d', {'poolSize': 2, **args}, (2, 7, 8, 2))
    for args, shape in [
        ({}, (4, 6)), ({'useBias': False}, (4, 6)), ({'activation': 'relu'}, (4, 6)), ({}, (2, 3, 5)), ({}, (1, 1)),
    ]:
        yield keras_case('dense', {'units': 3, **args}, shape)
    for args, shape in [
        ({}, (6, 4)), ({}, (2, 4, 3, 2)), ({'axis': 1}, (3, 2, 4, 2)), ({'epsilon': 1e-5, 'momentum': 0.9}, (6, 4)),
        ({'center': False}, (6, 4)), ({'scale': False}, (6, 4)), ({'center': False, 'scale': False}, (6, 4)),
    ]:
        for training in (True, False):
            yield keras_case('batchNormalization', args, shape, training)
    for args, shape in [
        ({}, (4, 6)), ({'axis': [1, 2]}, (3, 4, 5)), ({'axis': [1, 2, 3]}, (2, 3, 4, 2)), ({'epsilon': 1e-5}, (4, 6)),
        ({'center': False}, (4, 6)), ({'scale': False}, (4, 6)),
    ]:
        yield keras_case('layerNormalization', args, shape)
    yield keras_loss_case(4, 5, [0, 4, 2, 2])
    yield keras_loss_case(1, 3, [1])
    yield keras_loss_case(3, 4, [[0.25, 0.25, 0.5, 0], [1, 0, 0, 0], [0, 0, 0.5, 0.5]])
    yield keras_loss_case(3, 4, [3, 0, 1], 4096)


# --- JAX ------------------------------------------------------------------------------------------------------------

def pair(value):
    return list(value) if isinstance(value, (list, tuple)) else [value, value]


def sides(padding):
    """A number, [y, x] or [[top, bottom], [left, right]] as the latter."""
    return [pair(p) for p in pair(padding)] if not isinstance(padding, str) else padding.upper()


def jax_conv(options):
    order = ('NCHW', 'HWIO', 'NCHW') if options.get('dataFormat') == 'channelsFirst' else ('NHWC', 'HWIO', 'NHWC')

    def conv(x, w, b):
        out = jax.lax.conv_general_dilated(
            x, w, pair(options.get('strides', 1)), sides(options.get('padding', 'valid')),
            rhs_dilation=pair(options.get('dilationRate', 1)), dimension_numbers=order,
            feature_group_count=options.get('groups', 1))
        return out + (b[None, :, None, None] if order[0] == 'NCHW' else b)
    return conv


def jax_pool(options):
    """The maximum over the window's taps, each a strided slice of the padded image."""
    (fy, fx), (dy, dx) = pair(options['poolSize']), pair(options.get('dilationRate', 1))
    sy, sx = pair(options.get('strides', options['poolSize']))

    def pool(x):
        padding = options.get('padding', 0)
        padded = jnp.pad(x, [(0, 0), *[tuple(p) for p in sides(padding)], (0, 0)], constant_values=-jnp.inf)
        height, width = padded.shape[1] - dy * (fy - 1), padded.shape[2] - dx * (fx - 1)
        taps = [padded[:, dy * u:dy * u + height:sy, dx * v:dx * v + width:sx, :] for u in range(fy) for v in range(fx)]
        return jnp.max(jnp.stack(taps), axis=0)
    return pool


def jax_relu(options):
    slope, threshold = options.get('negativeSlope', 0), options.get('threshold', 0)
    cap = options.get('maxValue', np.inf)
    return lambda x: jnp.where(x >= cap, cap, jnp.where(x >= threshold, x, slope * (x - threshold)))


def jax_norm(axes, epsilon, broadcast):
    """Normalisation over axes; `broadcast` is the shape in which gamma and beta meet x."""
    def norm(x, gamma, beta):
        mean = jnp.mean(x, axis=axes, keepdims=True)
        variance = jnp.mean((x - mean) ** 2, axis=axes, keepdims=True)
        return (x - mean) / jnp.sqrt(variance + epsilon) * gamma.reshape(broadcast) + beta.reshape(broadcast)
    return norm


def jax_softmax(labels, reduction):
    def loss(scores):
        y = jnp.asarray(labels) if isinstance(labels[0], list) else jax.nn.one_hot(jnp.asarray(labels), scores.shape[1])
        losses = -jnp.sum(y * jax.nn.log_softmax(scores), axis=1)
        return losses if reduction == 'none' else jnp.mean(losses)
    return loss


def jax_case(op, options, f, shapes):
    inputs = [jnp.asarray(values(shape, 1 + i)) for i, shape in enumerate(shapes)]
    out = f(*inputs)
    c = values(out.shape, 99)
    every = tuple(range(len(inputs)))
    gradients = jax.grad(lambda *a: jnp.sum(f(*a) * c), every)

    def bent(*a):
        return jnp.sum(c * (f(*a) + f(*a) ** 2 / 2))

    def along(*a):
        return sum(jnp.vdot(g, values(g.shape, 200 + i)) for i, g in enumerate(jax.grad(bent, every)(*a)))
    return {
        'op': op, 'options': options, 'shapes': [list(s) for s in shapes], 'out': stored(out),
        'gradients': [stored(g) for g in gradients(*inputs)], 'second': [stored(g) for g in jax.grad(along, every)(*inputs)],
    }


def jax_cases():
    for options, x, w in [
        ({}, (2, 5, 4, 2), (3, 2, 2, 3)),
        ({'padding': 1, 'strides': 2}, (2, 5, 6, 2), (3, 3, 2, 2)),
        ({'padding': [[2, 0], [1, 3]]}, (1, 4, 3, 2), (3, 3, 2, 2)),
        ({'padding': [0, 2], 'strides': [2, 1]}, (1, 5, 4, 1), (3, 3, 1, 2)),
        ({'strides': 2, 'dilationRate': 2}, (1, 7, 8, 2), (3, 2, 2, 2)),
        ({'strides': [2, 3], 'dilationRate': [3, 2], 'padding': 2}, (1, 8, 9, 1), (2, 3, 1, 2)),
        ({'groups': 2, 'padding': 'same'}, (2, 4, 4, 4), (3, 3, 2, 4)),
        ({'groups': 3, 'strides': 2, 'padding': 1, 'dilationRate': 2}, (1, 6, 7, 3), (2, 3, 1, 3)),
        ({'dataFormat': 'channelsFirst', 'padding': 'same', 'strides': 2}, (2, 2, 5, 4), (3, 3, 2, 2)),
        ({'strides': 3}, (1, 6, 6, 1), (2, 2, 1, 1)),
    ]:
        yield jax_case('conv2d', options, jax_conv(options), [x, w, (w[3],)])
    for options in [
        {'poolSize': 2}, {'poolSize': 3, 'strides': 2, 'padding': 1}, {'poolSize': 3, 'strides': 1},
        {'poolSize': [2, 3], 'strides': [1, 2], 'padding': [[1, 0], [2, 1]]},
        {'poolSize': 2, 'strides': 2, 'dilationRate': 2, 'padding': 1}, {'poolSize': 2, 'strides': 3},
    ]:
        yield jax_case('maxPool2d', options, jax_pool(options), [(2, 6, 7, 2)])
    for options in [{}, {'negativeSlope': 0.2}, {'negativeSlope': 0.1, 'threshold': 0.45, 'maxValue': 1.2}]:
        yield jax_case('relu', options, jax_relu(options), [(4, 9)])
    for x in [(3, 5), (2, 2, 3), (1, 2, 2, 2)]:
        size = int(np.prod(x[1:]))
        yield jax_case('affine', {}, lambda x, w, b: x.reshape(x.shape[0], -1) @ w + b, [x, (size, 4), (4,)])
    for labels, reduction, shape in [
        ([2, 0, 1, 1], 'mean', (4, 3)), ([2, 0, 1, 1], 'none', (4, 3)), ([0, 0], 'mean', (2, 1)),
        ([[0.25, 0.5, 0, 0.5], [1, 1, 0, 0], [0, 0, 0, 0]], 'mean', (3, 4)),
    ]:
        yield jax_case('softmaxLoss', {'labels': labels, 'reduction': reduction}, jax_softmax(labels, reduction), [shape])
    for axis, shape in [(-1, (6, 3)), (-1, (2, 3, 4, 2)), (1, (3, 2, 4, 2))]:
        kept = axis % len(shape)
        others = tuple(i for i in range(len(shape)) if i != kept)
        meet = [n if i == kept else 1 for i, n in enumerate(shape)]
        for backward in ('simplified', 'staged'):
            yield jax_case('batchNorm', {'axis': axis, 'epsilon': 1e-3, 'backward': backward},
                           jax_norm(others, 1e-3, meet), [shape, (shape[kept],), (shape[kept],)])
    for axis, shape in [(-1, (4, 6)), ([1, 2, 3], (2, 3, 2, 3)), ([3, 1], (2, 3, 2, 4))]:
        axes = tuple(sorted(a % len(shape) for a in (axis if isinstance(axis, list) else [axis])))
        scale = tuple(shape[a] for a in axes)
        meet = [n if i in axes else 1 for i, n in enumerate(shape)]
        yield jax_case('layerNorm', {'axis': axis, 'epsilon': 1e-3}, jax_norm(axes, 1e-3, meet), [shape, scale, scale])


# --- The course's exercises: figures as its notebooks print them ------------------------------------------------------

def course_cases():
    """Figures typed from the notebooks; each says what numpy.linspace(start, stop) fills its inputs."""
    yield {
        'exercise': 'affine_forward', 'inputs': {'x': [-0.1, 0.5, [2, 4, 5, 6]], 'w': [-0.2, 0.3, [120, 3]], 'b': [-0.3, 0.1, [3]]},
        'out': {'shape': [2, 3], 'data': [1.49834967, 1.70660132, 1.91485297, 3.25553199, 3.5141327, 3.77273342]},
    }
    yield {
        'exercise': 'relu_forward', 'inputs': {'x': [-0.5, 0.5, [3, 4]]},
        'out': {'shape': [3, 4], 'data': [0, 0, 0, 0, 0, 0, 0.04545455, 0.13636364, 0.22727273, 0.31818182, 0.40909091, 0.5]},
    }
    yield {
        'exercise': 'conv_forward_naive', 'stride': 2, 'pad': 1,
        'inputs': {'x': [-0.1, 0.5, [2, 3, 4, 4]], 'w': [-0.2, 0.3, [3, 3, 4, 4]], 'b': [-0.1, 0.2, [3]]},
        'out': {'shape': [2, 3, 2, 2], 'data': [
            -0.08759809, -0.10987781, -0.18387192, -0.2109216, 0.21027089, 0.21661097, 0.22847626, 0.23004637,
            0.50813986, 0.54309974, 0.64082444, 0.67101435, -0.98053589, -1.03143541, -1.19128892, -1.24695841,
            0.69108355, 0.66880383, 0.59480972, 0.56776003, 2.36270298, 2.36904306, 2.38090835, 2.38247847]},
    }
    yield {
        'exercise': 'max_pool_forward_naive', 'pool': 2, 'stride': 2, 'inputs': {'x': [-0.3, 0.4, [2, 3, 4, 4]]},
        'out': {'shape': [2, 3, 2, 2], 'data': [
            -0.26315789, -0.24842105, -0.20421053, -0.18947368, -0.14526316, -0.13052632, -0.08631579, -0.07157895,
            -0.02736842, -0.01263158, 0.03157895, 0.04631579, 0.09052632, 0.10526316, 0.14947368, 0.16421053,
            0.20842105, 0.22315789, 0.26736842, 0.28210526, 0.32631579, 0.34105263, 0.38526316, 0.4]},
    }
    yield {
        'exercise': 'two_layer_net',
        'inputs': {'x': [-5.5, 4.5, [5, 3]], 'w1': [-0.7, 0.3, [5, 50]], 'b1': [-0.1, 0.9, [50]],
                   'w2': [-0.3, 0.4, [50, 7]], 'b2': [-0.9, 0.1, [7]]},
        'labels': [0, 5, 1], 'loss': 3.4702243556,
        'out': {'shape': [3, 7], 'data': [
            11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096,
            12.05769098, 12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143,
            12.58373087, 13.20054771, 13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319]},
    }


if __name__ == '__main__':
    write('keras.json', {'keras': keras.__version__, 'tensorflow': tf.__version__}, list(keras_cases()))
    write('jax.json', {'jax': jax.__version__}, list(jax_cases()))
    write('course.json', {'course': 'CS231n, assignments 1 and 2'}, list(course_cases()))
