"""Writes small random models of Keras 3 and of tf_keras, and what they predict.

    python random_models.py FOLDER SEED FIRST COUNT

writes into FOLDER, for each number from FIRST on, a folder with `about.json` (a description, inputs and outputs) and the
files that can be written of the model: `keras3.keras`, `keras3.h5`, `tf_keras.keras`, `tf_keras.h5` (a model is of one
library), and folders `<file>_folder` of the official converter. A model whose outputs float32 cannot tell to 1e-6 is
drawn again.
"""

import contextlib
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import warnings

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'
warnings.filterwarnings('ignore')

import keras
import numpy as np
import tensorflow as tf
import tf_keras

import converter
from random_layers import Draw, choices

BATCH = 3
LIBRARIES = {'keras3': keras, 'tf_keras': tf_keras}
OPERATIONS = {
    'keras3': [
        ('x + 0.5', lambda x: x + 0.5), ('2 - x', lambda x: 2 - x), ('x * x', lambda x: x * x), ('x / 3', lambda x: x / 3),
        ('-x', lambda x: -x), ('relu', keras.ops.relu), ('sigmoid', keras.ops.sigmoid), ('tanh', keras.ops.tanh),
        ('exp', lambda x: keras.ops.exp(-keras.ops.abs(x))), ('gelu', keras.ops.gelu), ('silu', keras.ops.silu),
        ('softmax', keras.ops.softmax), ('clip', lambda x: keras.ops.clip(x, -0.5, 0.7)), ('square', keras.ops.square),
        ('softmax axis 1', lambda x: keras.ops.softmax(x, axis=1)), ('maximum', lambda x: keras.ops.maximum(x, 0.1)),
        ('mean', lambda x: keras.ops.mean(x, axis=1, keepdims=True)), ('sum', lambda x: keras.ops.sum(x, axis=-1)),
        ('max', lambda x: keras.ops.max(x, axis=1)), ('hard_sigmoid', keras.ops.hard_sigmoid),
        ('leaky_relu', lambda x: keras.ops.leaky_relu(x, negative_slope=0.3)), ('softplus', keras.ops.softplus),
        ('elu', lambda x: keras.ops.elu(x, alpha=0.4)), ('power', lambda x: keras.ops.power(keras.ops.abs(x), 1.5)),
        ('gelu exact', lambda x: keras.ops.gelu(x, approximate=False)), ('log1p', lambda x: keras.ops.log1p(x * x)),
        ('transpose', lambda x: keras.ops.transpose(x)), ('concatenate', lambda x: keras.ops.concatenate([x, x], axis=-1)),
        ('slice', lambda x: x[:, :1]), ('reshape', lambda x: keras.ops.reshape(x, (-1, int(np.prod(x.shape[1:]))))),
        ('expand', lambda x: keras.ops.expand_dims(x, 1)), ('activations', keras.activations.mish),
        ('matmul', lambda x: keras.ops.matmul(x, keras.ops.swapaxes(x, -1, -2))), ('log_softmax', keras.ops.log_softmax),
        ('var', lambda x: keras.ops.var(x, axis=-1, keepdims=True)), ('norm', lambda x: keras.ops.normalize(x)),
    ],
    'tf_keras': [
        ('x + 0.5', lambda x: x + 0.5), ('2 - x', lambda x: 2 - x), ('x * x', lambda x: x * x), ('x / 3', lambda x: x / 3),
        ('-x', lambda x: -x), ('tf.nn.relu', tf.nn.relu), ('tf.sigmoid', tf.sigmoid), ('tf.tanh', tf.tanh),
        ('tf.nn.relu6', tf.nn.relu6), ('tf.exp', lambda x: tf.exp(-tf.abs(x))), ('tf.nn.softmax', tf.nn.softmax),
        ('tf.nn.softmax axis 1', lambda x: tf.nn.softmax(x, axis=1)), ('clip', lambda x: tf.clip_by_value(x, -0.5, 0.7)),
        ('reduce_mean', lambda x: tf.reduce_mean(x, axis=1, keepdims=True)), ('reduce_max', lambda x: tf.reduce_max(x, axis=1)),
        ('reduce_sum', lambda x: tf.reduce_sum(x, -1)), ('tf.nn.gelu', tf.nn.gelu), ('tf.nn.silu', tf.nn.silu),
        ('tf.nn.leaky_relu', tf.nn.leaky_relu), ('tf.nn.elu', tf.nn.elu), ('tf.maximum', lambda x: tf.maximum(x, 0.1)),
        ('tf.pow', lambda x: tf.pow(tf.abs(x), 1.5)), ('tf.square', tf.square), ('tf.math.softplus', tf.math.softplus),
        ('tf.transpose', tf.transpose), ('tf.concat', lambda x: tf.concat([x, x], -1)), ('slice', lambda x: x[:, :1]),
        ('tf.expand_dims', lambda x: tf.expand_dims(x, 1)), ('tf.nn.l2_normalize', lambda x: tf.nn.l2_normalize(x, -1)),
        ('tf.nn.max_pool', lambda x: tf.nn.max_pool2d(x, 2, 2, 'SAME')), ('tf.cast', lambda x: tf.cast(x, 'float32')),
        ('tf.nn.log_softmax', tf.nn.log_softmax), ('tf.stack', lambda x: tf.stack([x, x], 1)),
    ],
}
MERGES = ['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot']
POLICIES = ['mixed_float16'] + ['float32'] * 24


class Tried(Exception):
    """Keras takes no such model."""


def main():
    folder, seed, first, count = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:5])
    for number in range(first, first + count):
        attempt = 0
        while not write(folder / str(number), np.random.default_rng([seed, number, attempt])):
            attempt += 1
        print(json.dumps({'number': number, 'tried': attempt + 1}), flush=True)


def write(folder, rng):
    shutil.rmtree(folder, ignore_errors=True)
    name = list(LIBRARIES)[int(rng.integers(2))]
    library = LIBRARIES[name]
    library.backend.clear_session()
    draw = Draw(library, rng, name == 'keras3')
    draw.operations = OPERATIONS[name]
    policy = draw.one(POLICIES)
    set_policy(library, policy)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            model = make(draw)
            set_policy(library, 'float32')
            randomize(model, rng)
            inputs = [inputs_of(tensor, rng) for tensor in model.inputs]
            outputs = predict(model, inputs)
    except Exception as error:
        if os.environ.get('SHOW_REFUSED'):
            print(type(error), str(error)[:200], file=sys.stderr)
        return False
    finally:
        set_policy(library, 'float32')
    if policy == 'float32' and not is_sound(model, inputs, outputs, rng):
        return False
    if draw.chance(0.3):
        compile_at_random(draw, model)
    folder.mkdir(parents=True)
    files = [file for ending in ('keras', 'h5') for file in save(model, folder, name, ending)]
    about = {'library': name, 'policy': policy, 'files': files, 'layers': describe(model),
             'inputs': [numbers(value) for value in inputs], 'outputs': [numbers(value) for value in outputs]}
    (folder / 'about.json').write_text(json.dumps(about))
    return True


def set_policy(library, policy):
    (library.config.set_dtype_policy if library is keras else library.mixed_precision.set_global_policy)(policy)


def make(d):
    shape = random_shape(d)
    kind = d.one(['row', 'row', 'graph', 'graph', 'graph', 'nested row'])
    if kind == 'row':
        return row(d, shape, d.int(2, 6))
    if kind == 'nested row':
        inner = row(d, shape, 2) if d.chance(0.5) else graph(d, [shape], 2)
        model = d.library.Sequential([inner] if d.chance(0.5) else [d.layers.Input(shape), inner])
        grow(d, model, tuple(inner.output_shape[1:]), d.int(1, 3))
        return model
    return graph(d, [shape] + ([random_shape(d)] if d.chance(0.25) else []), d.int(2, 7))


def random_shape(d):
    rank = d.one([1, 2, 2, 3, 3, 3, 3, 4])
    return {1: (d.int(2, 6),), 2: (d.int(3, 7), d.int(1, 4)), 3: (d.int(4, 9), d.int(4, 9), d.int(1, 4)),
            4: (d.int(3, 5), d.int(3, 5), d.int(3, 5), d.int(1, 2))}[rank]


def row(d, shape, count):
    first = d.layers.Input(shape)
    model = d.library.Sequential([first])
    if len(shape) == 1 and d.chance(0.15):
        model.add(d.layers.Embedding(7, d.int(2, 4), **d.some(mask_zero=[True])))
        shape = shape + (model.layers[-1].output_dim,)
    elif len(shape) == 2 and d.chance(0.1):
        model.add(d.layers.Masking(0.0))
    grow(d, model, shape, count)
    return model


def grow(d, model, shape, count):
    for _ in range(count):
        for _ in range(8):
            layer = random_layer(d, shape)
            with contextlib.suppress(Exception):
                model.add(layer)
                shape = tuple(model.output_shape[1:])
                assert all(size and size > 0 for size in shape) and np.prod(shape) <= 600
                break
            if model.layers and model.layers[-1] is layer:
                model.pop()
                shape = tuple(model.output_shape[1:])
    if not model.layers:
        raise Tried


def random_layer(d, shape):
    d.shape = shape
    for _ in range(20):
        with contextlib.suppress(Exception):
            layer = d.one(choices(len(shape), d.is_keras_3))(d)
            if d.chance(0.12):
                layer.trainable = False
            return layer
    raise Tried


def graph(d, shapes, count, depth=0):
    inputs = [d.layers.Input(shape) for shape in shapes]
    live, used = list(inputs), {}
    for _ in range(count):
        x = live[-1] if d.chance(0.6) else d.one(live)
        for _ in range(8):
            with contextlib.suppress(Exception):
                y = step(d, x, live, used, depth)
                assert all(size and size > 0 for size in y.shape[1:]) and len(y.shape) > 1
                assert np.prod(y.shape[1:]) <= 600
                live.append(y)
                break
    outputs = [live[-1]]
    if d.chance(0.25) and len(live) > len(inputs) + 2:
        outputs.append(d.one(live[len(inputs):-1]))
    if any(live[-1] is tensor for tensor in inputs):
        raise Tried
    model = d.library.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0])
    return model


def step(d, x, live, used, depth):
    shape = tuple(x.shape[1:])
    kind = d.one(['layer'] * 7 + ['merge'] * 3 + ['operation'] * 2 + ['shared', 'nested', 'told', 'both'])
    if kind == 'merge':
        same = [y for y in live if tuple(y.shape) == tuple(x.shape) and y is not x]
        other = d.one(same) if same and d.chance(0.5) else d.layers.Activation('tanh')(x)
        word = d.one(MERGES)
        layer = {'Concatenate': lambda: d.layers.Concatenate(**d.some(axis=[1, -1])),
                 'Dot': lambda: d.layers.Dot(axes=d.one([1, -1]), **d.some(normalize=[True]))}.get(
                     word, lambda: getattr(d.layers, word)())()
        return layer([x, other])
    if kind == 'operation':
        return d.one(d.operations)[1](x)
    if kind == 'both':
        same = [y for y in live if len(y.shape) == len(x.shape) and y is not x]
        y = d.one(same)
        return d.one([lambda: x + y, lambda: x * y, lambda: x - y])()
    if kind == 'shared' and shape in used:
        return used[shape](x)
    if kind == 'nested' and depth < 2:
        inner = row(d, shape, 2) if d.chance(0.5) else graph(d, [shape], 3, depth + 1)
        if d.chance(0.2):
            inner.trainable = False
        used[shape] = inner
        return inner(x)
    layer = random_layer(d, shape)
    if kind == 'told' and not d.is_keras_3:
        return layer(x, training=d.chance(0.3))
    y = layer(x)
    used[shape] = layer
    return y


def randomize(model, rng):
    for weight in model.weights:
        name = (weight.path if hasattr(weight, 'path') else weight.name).split('/')[-1].split(':')[0]
        if 'seed' in name or 'int' in str(weight.dtype):
            continue
        shape = tuple(weight.shape)
        fan_in = max(1, int(np.prod(shape[:-1])))
        if 'variance' in name or 'gamma' in name:
            value = rng.uniform(0.5, 1.5, size=shape)
        elif 'kernel' in name or 'embeddings' in name:
            value = rng.normal(0, 1.2 / np.sqrt(fan_in), size=shape)
        else:
            value = rng.normal(0, 0.3, size=shape)
        weight.assign(value.astype('float32'))


def inputs_of(tensor, rng):
    shape = (BATCH, *[int(size or 5) for size in tensor.shape[1:]])
    if len(shape) == 2:  # an Embedding may come first: whole numbers below 7
        return rng.integers(0, 7, size=shape).astype('float32')
    value = rng.normal(size=shape).astype('float32')
    if len(shape) == 3:
        value[0, -1] = 0  # what Masking looks for
    return value


def predict(model, inputs):
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    values = [np.asarray(tf.convert_to_tensor(value)) for value in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]
    if not all(np.all(np.isfinite(value)) for value in values) or any(np.abs(value).max() < 1e-3 for value in values):
        raise Tried
    return [value.astype('float32') for value in values]


def is_sound(model, inputs, outputs, rng):
    """Whether a change of the inputs by a rounding error changes the outputs by little more."""
    moved = [(value * (1 + rng.uniform(-1e-7, 1e-7, size=value.shape))).astype('float32') for value in inputs]
    with contextlib.suppress(Exception):
        again = predict(model, moved)
        return all(np.abs(a - b).max() <= 1e-6 * np.abs(b).max() for a, b in zip(again, outputs))
    return False


def compile_at_random(d, model):
    optimizers = ['sgd', 'adam', 'rmsprop', 'adagrad', 'adadelta', 'adamax', 'nadam', d.library.optimizers.SGD(0.1, momentum=0.9),
                  d.library.optimizers.Adam(0.01, amsgrad=True), d.library.optimizers.SGD(0.1, clipnorm=1.0)]
    losses = ['mse', 'mae', 'categorical_crossentropy', 'binary_crossentropy', 'kld', 'huber', 'hinge', 'cosine_similarity',
              'mean_squared_logarithmic_error', 'logcosh', d.library.losses.CategoricalCrossentropy(from_logits=True)]
    with contextlib.suppress(Exception):
        model.compile(d.one(optimizers), loss=d.one(losses), metrics=d.one([None, ['mae'], ['accuracy']]))


def save(model, folder, name, ending):
    file = f'{name}.{ending}'
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            model.save(folder / file)
    except Exception:
        (folder / file).unlink(missing_ok=True)
        return []
    return [file, *convert(folder / file)]


def convert(file):
    """The official converter unpacks beside the file, so that it gets a copy."""
    out = file.with_name(f'{file.name}_folder')
    with tempfile.TemporaryDirectory() as scratch, contextlib.suppress(Exception):
        copy = shutil.copy(file, scratch)
        converter.convert(copy, out)
        return [out.name]
    shutil.rmtree(out, ignore_errors=True)
    return []


def describe(model):
    text = []
    for layer in model.layers:
        text.append(describe(layer) if hasattr(layer, 'layers') else f'{layer.__class__.__name__}')
    return text


def numbers(array):
    return {'shape': list(array.shape), 'values': [float(value) for value in array.ravel()]}


main()
