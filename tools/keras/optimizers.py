"""A small model with each optimizer that Keras and tfjs both have, before and after three steps of training.

    python optimizers.py write FOLDER
    python optimizers.py go_on FOLDER

The first writes `<library>_<optimizer>_before.<ending>` and `..._after.<ending>` of Keras 3 and of tf_keras, and
`optimizers.json` with the batch and the losses of six steps. The second trains every `<library>_<optimizer>.<ending>` in
FOLDER for three steps and prints their losses as JSON.
"""

import json
import os
import pathlib
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'

import keras
import numpy as np
import tf_keras

LIBRARIES = {'keras3': keras, 'tf_keras': tf_keras}
OPTIMIZERS = {
    'sgd': lambda o: o.SGD(0.1),
    'momentum': lambda o: o.SGD(0.05, momentum=0.9),
    'nesterov': lambda o: o.SGD(0.05, momentum=0.9, nesterov=True),
    'adam': lambda o: o.Adam(0.02),
    'adamax': lambda o: o.Adamax(0.02),
    'adagrad': lambda o: o.Adagrad(0.1),
    'adadelta': lambda o: o.Adadelta(1.0),
    'rmsprop': lambda o: o.RMSprop(0.01),
    'rmsprop_momentum': lambda o: o.RMSprop(0.01, momentum=0.8),
    'rmsprop_centered': lambda o: o.RMSprop(0.01, momentum=0.8, centered=True),
}


def batch():
    rng = np.random.default_rng(6)
    return rng.normal(size=(8, 4)).astype('float32'), rng.normal(size=(8, 3)).astype('float32')


def net(library, optimizer):
    """A frozen layer among others, that optimizers keep nothing for."""
    library.utils.set_random_seed(7)
    model = library.Sequential([
        library.layers.Input((4,)),
        library.layers.Dense(5, activation='tanh', name='first'),
        library.layers.Dense(5, activation='tanh', name='frozen', trainable=False),
        library.layers.Dense(3, name='last'),
    ], name='net')
    model.compile(optimizer, loss='mean_squared_error')
    return model


def train(model, steps):
    """The losses before each step. (What train_on_batch returns is their mean in Keras 3.)"""
    x, y = batch()
    losses = []
    for _ in range(steps):
        losses.append(float(np.mean((model(x).numpy() - y) ** 2)))
        model.train_on_batch(x, y)
    return losses


def write(folder):
    """Every model as both kinds of file; gives the batch and the losses."""
    losses = {}
    for name, library in LIBRARIES.items():
        for title, make in OPTIMIZERS.items():
            for ending in ('h5', 'keras'):  # a model each: after .h5, Keras 3 leaves the optimizer out of .keras
                model = net(library, make(library.optimizers))
                model.save(folder / f'{name}_{title}_before.{ending}')
                first = train(model, 3)
                model.save(folder / f'{name}_{title}_after.{ending}')
                losses[f'{name}_{title}'] = first + train(model, 3)
    x, y = batch()
    return {'inputs': numbers(x), 'outputs': numbers(y), 'losses': losses}


def numbers(array):
    return {'shape': list(array.shape), 'values': [float(f'{value:.9g}') for value in array.ravel()]}


def go_on(folder):
    """The losses by the file's name."""
    files = [file for file in sorted(folder.iterdir()) if file.suffix in ('.keras', '.h5')]
    library_of = {file: next(name for name in LIBRARIES if file.name.startswith(name)) for file in files}
    return {file.name: train(LIBRARIES[library_of[file]].models.load_model(file), 3) for file in files}


if __name__ == '__main__':
    task, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if task == 'write':
        (folder / 'optimizers.json').write_text(json.dumps(write(folder)) + '\n')
    else:
        print(json.dumps(go_on(folder)))
