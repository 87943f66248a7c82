"""Writes the Keras files of this folder, with inputs and the outputs that Keras gives for them beside each.

    pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0
    pip install --no-deps tensorflowjs==4.22.0
    python make.py            # or: python make.py converted, for the folders of the official converter alone
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0'

import keras
import numpy as np
import tf_keras

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parents[2] / 'tools' / 'keras'))
import converter
import optimizers


def main():
    if sys.argv[1:] != ['converted']:
        keras_files()
    converted_folders()


def keras_files():
    for name, library in (('keras3', keras), ('tf_keras', tf_keras)):
        for title, make in MODELS.items():
            library.utils.set_random_seed(1)
            library.backend.clear_session()
            model = make(library)
            randomize(model)
            for format in ('keras', 'h5'):
                file = FOLDER / f'{name}_{title}.{format}'
                model.save(file)
                describe(model, file)
                # The file says what the model is, so the outputs are those of the file.
                again = library.models.load_model(file)
                np.testing.assert_allclose(flat(predict(model)), flat(predict(again)), rtol=1e-6, atol=1e-6)

    for title, make in STEPS.items():
        tf_keras.utils.set_random_seed(4)
        step(title, make(tf_keras))

    optimizer_files()


def converted_folders():
    """What the official converter makes of each file, in one zip."""
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(FOLDER / 'converted.zip', 'w') as files:
        for title in sorted(f'{library}_{model}.{ending}' for library in ('keras3', 'tf_keras') for model in MODELS
                            for ending in ('keras', 'h5')):
            folder = pathlib.Path(name) / title
            source = folder / 'source'
            source.mkdir(parents=True)
            shutil.copy(FOLDER / title, source)
            converter.convert(source / title, folder / 'made')
            for file in sorted((folder / 'made').iterdir()):
                files.writestr(zipfile.ZipInfo(f'{title}/{file.name}'), file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def optimizer_files():
    """A model after three steps with each optimizer as four kinds of file, and the losses of six steps, in one zip."""
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(FOLDER / 'optimizers.zip', 'w') as files:
        folder = pathlib.Path(name)
        about = optimizers.write(folder)
        members = {file.name.replace('_after', ''): file.read_bytes() for file in sorted(folder.glob('*_after.*'))}
        members['optimizers.json'] = json.dumps(about).encode() + b'\n'
        for name, data in members.items():
            files.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


def step(title, model):
    """A model before and after one step of gradient descent, and the batch."""
    model.save(FOLDER / f'tf_keras_{title}_before.h5')
    rng = np.random.default_rng(5)
    x = rng.normal(size=(6, *model.input_shape[1:])).astype('float32')
    y = np.eye(model.output_shape[-1], dtype='float32')[np.arange(6) % model.output_shape[-1]]
    loss = model.train_on_batch(x, y)
    model.save(FOLDER / f'tf_keras_{title}_after.h5')
    text = json.dumps({'inputs': numbers([x]), 'outputs': numbers([y]), 'loss': float(loss)})
    (FOLDER / f'tf_keras_{title}.json').write_text(text + '\n')


def step_net(k):
    """No two values of a pool's window are equal but those that ReLU cuts off, whose gradient is 0 anyway."""
    model = k.Sequential([
        k.layers.Input((9, 8, 2)),
        k.layers.Conv2D(4, 3, padding='same', name='conv_1'),
        k.layers.BatchNormalization(name='norm'),
        k.layers.ReLU(name='relu'),
        k.layers.MaxPooling2D(3, strides=2, name='pool'),
        k.layers.Conv2D(5, 2, name='conv_2', activation='relu'),
        k.layers.Flatten(name='flat'),
        k.layers.LayerNormalization(name='layer_norm'),
        k.layers.Dense(3, name='scores'),
    ], name='step')
    model.compile(k.optimizers.SGD(0.1), loss=k.losses.CategoricalCrossentropy(from_logits=True))
    return model


def ties_net(k):
    """All values of every window are equal."""
    model = k.Sequential([
        k.layers.Input((3,)),
        k.layers.Dense(16, kernel_initializer=k.initializers.Constant(0.5), name='equal'),
        k.layers.Reshape((4, 4, 1), name='image'),
        k.layers.MaxPooling2D(2, name='pool'),
        k.layers.Flatten(name='flat'),
        k.layers.Dense(2, name='scores'),
    ], name='ties')
    model.compile(k.optimizers.SGD(0.1), loss=k.losses.CategoricalCrossentropy(from_logits=True))
    return model


def conv_net(k):
    """The layers with an explicit form, and others beside them, in a row."""
    model = k.Sequential([
        k.layers.Input((9, 8, 2)),
        k.layers.ZeroPadding2D(((1, 0), (2, 1)), name='margin'),
        k.layers.Conv2D(4, (3, 2), strides=(2, 1), padding='same', activation='relu', name='conv_1',
                        kernel_regularizer=k.regularizers.L2(0.01), kernel_constraint=k.constraints.MaxNorm(3.0)),
        k.layers.BatchNormalization(momentum=0.9, epsilon=1e-4, name='norm_1'),
        k.layers.ReLU(max_value=6.0, name='cap'),
        k.layers.MaxPooling2D(3, strides=2, padding='same', name='pool'),
        k.layers.Conv2D(6, 3, dilation_rate=2, padding='same', use_bias=False, name='wide',
                        kernel_initializer='he_normal'),
        k.layers.BatchNormalization(scale=False, name='norm_2', trainable=False),
        k.layers.ReLU(negative_slope=0.1, name='leak'),
        k.layers.Flatten(name='flat'),
        k.layers.Dropout(0.4, name='drop'),
        k.layers.Dense(5, activation='tanh', name='fc', trainable=False),
        k.layers.LayerNormalization(epsilon=1e-5, name='layer_norm'),
        k.layers.Dense(3, name='scores'),
    ], name='conv_net')
    model.compile(k.optimizers.Adam(learning_rate=0.002, beta_1=0.8),
                  loss=k.losses.CategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
    x = np.random.default_rng(0).normal(size=(8, 9, 8, 2)).astype('float32')
    model.fit(x, np.eye(3)[np.arange(8) % 3], epochs=2, verbose=0)
    return model


def branching(k):
    """Two inputs, a layer and two models used twice, a wrapper, an argument of a call, two outputs."""
    a, b = k.Input((6, 6, 2), name='a'), k.Input((6, 6, 2), name='b')
    encoder = k.Sequential([k.layers.Input((6, 6, 2)), k.layers.Conv2D(3, 3, name='conv'),
                            k.layers.BatchNormalization(name='norm')], name='encoder')
    mid = k.Input((4, 4, 3), name='mid')
    side = k.layers.Conv2D(3, 1, name='side')(mid)
    tower = k.Model(mid, k.layers.Add(name='sum')([side, mid]), name='tower')
    shared = k.layers.Dense(2, name='shared')
    left, right = tower(encoder(a)), tower(encoder(b))
    joined = k.layers.Concatenate(name='joined')([left, right])
    steps = k.layers.TimeDistributed(k.layers.Dense(2, name='inner'), name='steps')(joined)
    twice = shared(shared(steps))
    frozen = k.layers.BatchNormalization(name='frozen')(left, training=False)
    pooled = k.layers.GlobalAveragePooling2D(name='pooled')(frozen)
    model = k.Model([a, b], [twice, pooled], name='branching')
    model.compile(k.optimizers.SGD(0.05, momentum=0.9, nesterov=True), loss='mean_squared_error')
    return model


def depthwise(k):
    """The convolutions and pools that stay what they are, groups and a threshold."""
    model = k.Sequential([
        k.layers.Input((8, 8, 4)),
        k.layers.DepthwiseConv2D(3, depth_multiplier=2, padding='same', name='depthwise'),
        k.layers.SeparableConv2D(4, 3, name='separable'),
        k.layers.Conv2DTranspose(4, 3, strides=2, padding='same', name='up'),
        k.layers.AveragePooling2D(2, name='mean'),
        k.layers.ReLU(threshold=0.5, name='threshold'),
        k.layers.Conv2D(4, 3, groups=2, padding='same', name='grouped'),
        k.layers.UpSampling2D(2, name='larger'),
        k.layers.GlobalMaxPooling2D(name='most'),
        k.layers.Dense(2, activation='softmax', name='odds'),
    ], name='depthwise')
    model.compile(k.optimizers.RMSprop(0.003, rho=0.8), loss='categorical_crossentropy')
    return model


MODELS = {'conv_net': conv_net, 'branching': branching, 'depthwise': depthwise}
STEPS = {'step': step_net, 'ties': ties_net}


def randomize(model):
    """Values for every weight, positive ones for variances."""
    rng = np.random.default_rng(2)
    for weight in model.weights:
        path = getattr(weight, 'path', weight.name)
        if 'seed_generator' in path:
            continue
        values = rng.normal(scale=0.5, size=weight.shape)
        weight.assign(np.abs(values) + 0.5 if 'variance' in path else values)


def inputs_of(model):
    rng = np.random.default_rng(3)
    return [rng.normal(size=(3, *x.shape[1:])).astype('float32') for x in model.inputs]


def predict(model):
    outputs = model.predict(inputs_of(model) if len(model.inputs) > 1 else inputs_of(model)[0], verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def numbers(arrays):
    return [{'shape': list(a.shape), 'values': [float(f'{v:.9g}') for v in a.ravel()]} for a in arrays]


def describe(model, file):
    text = json.dumps({'inputs': numbers(inputs_of(model)), 'outputs': numbers(predict(model))})
    file.with_suffix(file.suffix + '.json').write_text(text + '\n')


if __name__ == '__main__':
    main()
