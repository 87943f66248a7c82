"""One worker of a distributed training: TensorFlow's own engine on a model that TypeScript exported.

Reads the job (model, data, settings) from the folder that main.ts wrote, takes its place from TF_CONFIG, says on standard
output how far it is, a JSON object a line, and leaves the trained model and its scores on the test images in the folder.
"""

import json
import os
import pathlib
import sys
import threading

folder = pathlib.Path(sys.argv[1])
job = json.loads((folder / 'job.json').read_text())
task = json.loads(os.environ['TF_CONFIG'])['task']['index']


def say(**event):
    print(json.dumps(event), flush=True)


def end_with_parent():
    """The parent holds the other end of standard input: where it dies, this worker ends too."""
    while os.read(0, 1024):
        pass
    os._exit(1)


threading.Thread(target=end_with_parent, daemon=True).start()
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
say(state='loading TensorFlow')

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402


def main():
    say(state='waiting for the other workers')
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    workers = strategy.num_replicas_in_sync
    say(state='loading the model')
    with strategy.scope():
        model = tf_keras.models.load_model(folder / 'start.h5')
    batch = job['batch'] * workers
    steps = job['images'] // batch
    model.fit(
        batches(batch), epochs=job['epochs'], steps_per_epoch=steps, verbose=0,
        # Writes all of the training's state every some steps, and begins there if it is found.
        callbacks=[tf_keras.callbacks.BackupAndRestore(str(folder / 'checkpoints'), save_freq=job['checkpointEvery']),
                   Progress(steps)])
    # Every worker takes part in saving, since batch norm's averages are gathered from all; the first one's file counts.
    place = folder / ('trained.keras' if task == 0 else f'.worker-{task}.keras')
    model.save(place)
    if task == 0:
        scores = tf_keras.models.load_model(place).predict(images('test', job['testImages']), verbose=0)
        scores.astype('<f4').tofile(folder / 'scores.bin')
    else:
        place.unlink()
    say(state='done')


def batches(size):
    """All images in the same order for every worker, of which each takes its share."""
    x, y = images('train', job['images']), np.eye(10, dtype='float32')[labels('train', job['images'])]
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=job['seed'])
    return data.repeat().batch(size, drop_remainder=True).prefetch(2).with_options(options)


def images(part, count):
    pixels = np.fromfile(folder / f'{part}-images.bin', dtype='uint8', count=count * 784)
    return pixels.reshape(count, 28, 28, 1).astype('float32') / 255


def labels(part, count):
    return np.fromfile(folder / f'{part}-labels.bin', dtype='uint8', count=count)


class Progress(tf_keras.callbacks.Callback):
    """Says where this worker is, every some steps and at the end of an epoch."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (batch + 1) % job['sayEvery'] == 0 or batch + 1 == self.steps:
            say(epoch=int(self.epoch), step=int(batch) + 1, steps=self.steps, **{key: float(value) for key, value in logs.items()})


main()
# Threads of the collective ops that wait for others would keep the process alive.
sys.stdout.flush()
os._exit(0)
