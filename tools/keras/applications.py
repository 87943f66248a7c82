"""Writes the models of keras.applications with random weights, and what Keras computes with them.

    python applications.py FOLDER MODEL

writes into FOLDER, for MODEL: `<library>.keras` and `<library>.h5` of Keras 3 and of tf_keras, all with the same
weights; raw float32 files `inputs.bin` and `scores.bin`; `about.json` with their shapes; and with
`--gradients` the gradients of sum(scores * dscores) by every trainable weight, computed in float64 and in float32,
one after the other in the order of the names in `about.json`. A line of JSON on standard output for each step.
"""

import argparse
import json
import os
import pathlib

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'

import keras
import numpy as np
import tensorflow as tf
import tf_keras

SIZES = {'Xception': 71, 'InceptionV3': 75}
CLASSES = 10
BATCH = 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('model')
    parser.add_argument('--gradients', action='store_true')
    flags = parser.parse_args()
    flags.folder.mkdir(parents=True, exist_ok=True)
    size = SIZES.get(flags.model, 32)
    rng = np.random.default_rng(7)
    inputs = rng.uniform(0, 255 if scales(flags.model) else 1, size=(BATCH, size, size, 3)).astype('float32')

    model = make(keras, flags.model, size)
    randomize(model, rng)
    spread(model, inputs)
    scores = model(inputs, training=False).numpy()
    save(model, flags.folder, 'keras3')

    old = make(tf_keras, flags.model, size)
    copy_weights(model, old)
    again = old(inputs, training=False).numpy()
    assert np.allclose(again, scores, atol=1e-4 * np.abs(scores).max()), 'tf_keras computes something else'
    save(old, flags.folder, 'tf_keras')

    inputs.tofile(flags.folder / 'inputs.bin')
    scores.astype('float32').tofile(flags.folder / 'scores.bin')
    again.astype('float32').tofile(flags.folder / 'scores_tf_keras.bin')
    about = {'inputs': list(inputs.shape), 'scores': list(scores.shape), 'weights': len(model.weights)}
    if flags.gradients:
        about['gradients'] = gradients(flags, model, inputs, rng)
    (flags.folder / 'about.json').write_text(json.dumps(about))


def scales(name):
    """Whether the model brings pixels of 0 to 255 into its own range."""
    return name.startswith('EfficientNet') or name.startswith('ConvNeXt') or name.startswith('MobileNetV3')


def make(library, name, size):
    library.backend.clear_session()
    return getattr(library.applications, name)(
        weights=None, classes=CLASSES, input_shape=(size, size, 3), classifier_activation=None)


def randomize(model, rng):
    """Every weight and moving statistic at random, such that activations neither vanish nor explode."""
    for weight in model.weights:
        weight.assign(random_like(weight.path.split('/')[-1], weight.shape, rng))


def random_like(kind, shape, rng):
    if 'kernel' in kind:
        fan_in = np.prod(shape[:2]) if 'depthwise' in kind else np.prod(shape[:-1])
        return rng.normal(0, np.sqrt(1.6 / fan_in), size=shape)
    if kind in ('gamma', 'moving_variance', 'variance'):
        return rng.uniform(0.6, 1.6, size=shape)
    if kind == 'count':
        return np.zeros(shape)
    return rng.normal(0, 0.1, size=shape)


def spread(model, inputs):
    """Scales the last layer such that the scores are spread by about 1."""
    kernel, bias = with_weights(model)[-1].weights
    scores = model(inputs, training=False).numpy() - bias.numpy()
    kernel.assign(kernel.numpy() / max(scores.std(), 1e-6))


def copy_weights(source, target):
    """Layer by layer: both libraries have the layers of an application in the same order."""
    pairs = list(zip(with_weights(source), with_weights(target), strict=True))
    for one, other in pairs:
        by_shape = [np.asarray(value) for value in one.get_weights()]
        other.set_weights([value.reshape(like.shape) for value, like in zip(by_shape, other.get_weights(), strict=True)])


def with_weights(model):
    return [layer for layer in model.layers if layer.get_weights()]


def save(model, folder, library):
    for ending in ('keras', 'h5'):
        try:
            model.save(folder / f'{library}.{ending}')
            print(json.dumps({'saved': f'{library}.{ending}'}), flush=True)
        except Exception as error:  # Keras cannot save all of its own applications in its old format
            print(json.dumps({'not_saved': f'{library}.{ending}', 'why': str(error)[:200]}), flush=True)


def gradients(flags, model, inputs, rng):
    dscores = rng.normal(size=(BATCH, CLASSES))
    exact = in_float64(flags.model, model, inputs, dscores)
    single = gradient_of(model, inputs, dscores.astype('float32'))
    names = [weight.path for weight in model.trainable_weights]
    with open(flags.folder / 'gradients64.bin', 'wb') as file:
        for value in exact:
            value.astype('float64').tofile(file)
    with open(flags.folder / 'gradients32.bin', 'wb') as file:
        for value in single:
            value.astype('float32').tofile(file)
    dscores.astype('float32').tofile(flags.folder / 'dscores.bin')
    return [{'name': name, 'shape': list(value.shape)} for name, value in zip(names, exact)]


def in_float64(name, model, inputs, dscores):
    keras.config.set_floatx('float64')
    exact = make(keras, name, inputs.shape[1])
    for one, other in zip(model.weights, exact.weights, strict=True):
        other.assign(one.numpy().astype('float64'))
    # The float32 of dscores, since that is what others are given.
    result = gradient_of(exact, inputs.astype('float64'), dscores.astype('float32').astype('float64'))
    keras.config.set_floatx('float32')
    return result


def gradient_of(model, inputs, dscores):
    variables = [weight.value for weight in model.trainable_weights]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.constant(inputs), training=False) * tf.constant(dscores))
    return [np.asarray(tf.convert_to_tensor(g)) for g in tape.gradient(loss, variables)]


main()
