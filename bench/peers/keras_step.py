"""Times training steps of Keras on TensorFlow, in graph mode: keras_step.py FOLDER (see exchange.ts)."""
import json
import math
import os
import pathlib
import sys
import time

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

import keras  # noqa: E402: the backend is chosen before
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def read_task(folder):
    task = json.loads((folder / 'task.json').read_text())
    values = np.fromfile(folder / 'values.bin', np.float32)
    arrays, offset = [], 0
    for shape in task['shapes']:
        size = math.prod(shape)
        arrays.append(values[offset:offset + size].reshape(shape))
        offset += size
    return task, arrays


def make_net(task, input_shape, classes):
    net = keras.Sequential([keras.Input(input_shape)])
    for filters in (32, 64):
        net.add(keras.layers.Conv2D(filters, 3, padding='same'))
        if task['batchNorm']:
            net.add(keras.layers.BatchNormalization())
        net.add(keras.layers.ReLU())
        net.add(keras.layers.MaxPooling2D(2))
    net.add(keras.layers.Flatten())
    net.add(keras.layers.Dense(256))
    net.add(keras.layers.ReLU())
    net.add(keras.layers.Dense(classes))
    net.compile(
        optimizer=keras.optimizers.SGD(task['learningRate'], momentum=task['momentum']),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    return net


def in_order_of_tf_layers(net):
    """tf.layers lists the weights that train first, as get_weights of Keras 2 did."""
    return net.trainable_variables + net.non_trainable_variables


def main(folder):
    task, (images, labels, *weights) = read_task(pathlib.Path(folder))
    net = make_net(task, images.shape[1:], labels.shape[1])
    variables = [v for v in in_order_of_tf_layers(net) if 'seed' not in v.path]
    assert len(variables) == len(weights)
    for variable, value in zip(variables, weights):
        variable.assign(value)
    x, y = tf.constant(images), tf.constant(labels)
    losses, ms = [], []
    for _ in range(task['warmUp']):
        net.reset_metrics()  # the loss of this step alone
        losses.append(float(np.asarray(net.train_on_batch(x, y)).reshape(-1)[0]))
    for _ in range(task['steps']):
        start = time.perf_counter()
        net.train_on_batch(x, y)
        ms.append(1000 * (time.perf_counter() - start))
    title = f'Keras {keras.__version__} on TensorFlow {tf.__version__}'
    print(json.dumps({'losses': losses, 'ms': ms, 'title': title}))


main(sys.argv[1])
