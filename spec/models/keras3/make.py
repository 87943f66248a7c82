"""Writes topologies as Keras 3 gives them, with weights, inputs and the outputs that Keras gives for them.

    pip install keras==3.* jax
    python make.py
"""

import json
import os
import pathlib

os.environ['KERAS_BACKEND'] = 'jax'

import keras
import numpy as np
from keras import layers

FOLDER = pathlib.Path(__file__).parent


def rectified():
    """What tf.layers takes without a word and computes otherwise: groups, a slope, a threshold."""
    return keras.Sequential([
        layers.Input((6, 5, 4)),
        layers.Conv2D(6, 3, padding='same', groups=2, name='grouped'),
        layers.ReLU(negative_slope=0.2, name='slope'),
        layers.BatchNormalization(name='norm'),
        layers.ReLU(max_value=1.0, threshold=0.25, name='threshold'),
        layers.MaxPooling2D(2, name='pool'),
        layers.Flatten(name='flatten'),
        layers.Dense(3, activation='softmax', name='dense'),
    ], name='rectified')


def branching():
    """Two inputs, two outputs, one layer used twice."""
    left, right = layers.Input((5,), name='left'), layers.Input((5,), name='right')
    shared = layers.Dense(4, activation='tanh', name='shared')
    a, b = shared(left), shared(right)
    both = layers.Concatenate(name='both')([a, b])
    total = layers.Add(name='total')([a, b])
    outputs = [layers.Dense(2, name='first')(both), layers.Dense(1, name='second')(total)]
    return keras.Model([left, right], outputs, name='branching')


def nested():
    """Models in a model: one Sequential, one functional that is used twice."""
    row = keras.Sequential([
        layers.Input((6, 6, 2)),
        layers.Conv2D(3, 3, activation='relu', name='row_conv'),
        layers.MaxPooling2D(2, name='row_pool'),
    ], name='row')
    inside = layers.Input((12,), name='inside')
    block = keras.Model(inside, layers.Add(name='sum')([inside, layers.Dense(12, name='block_dense')(inside)]), name='block')
    x = layers.Input((6, 6, 2), name='x')
    flat = layers.Flatten(name='flat')(row(x))
    return keras.Model(x, layers.Dense(2, name='scores')(block(block(flat))), name='nested')


def numbers(array):
    return {'shape': list(array.shape), 'values': [float(f'{value:.7g}') for value in array.ravel()]}


for make in (rectified, branching, nested):
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(2)
    model = make()
    # Values that are exact in seven digits, a variance above 0.
    model.set_weights([np.round(np.abs(rng.normal(size=w.shape)) + 0.5 if 'variance' in w.path else rng.normal(size=w.shape), 3)
                       .astype('float32') for w in model.weights])
    inputs = [np.round(rng.normal(size=(2, *x.shape[1:])), 3).astype('float32') for x in model.inputs]
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    text = json.dumps({
        'topology': {'keras_version': keras.__version__, 'backend': 'tensorflow', 'model_config': json.loads(model.to_json())},
        'weights': [{'name': w.path, **numbers(np.asarray(w))} for w in model.weights],
        'inputs': [numbers(x) for x in inputs],
        'outputs': [numbers(np.asarray(y)) for y in (outputs if isinstance(outputs, list) else [outputs])],
    })
    (FOLDER / f'{make.__name__}.json').write_text(text + '\n')
