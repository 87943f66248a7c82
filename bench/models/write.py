"""Writes the topologies that the bench times, as Keras has them, without weights:

    python bench/models/write.py
"""
import json
import pathlib

import keras

for name, size in (("MobileNetV2", 224), ("InceptionV3", 299)):
    model = getattr(keras.applications, name)(weights=None, classes=10, input_shape=(size, size, 3), classifier_activation=None)
    target = pathlib.Path(__file__).parent / f"{name}.json"
    target.write_text(json.dumps(json.loads(model.to_json()), separators=(",", ":")) + "\n")
    print(f"{target.name}: {model.count_params():,} parameters, Keras {keras.__version__}")
