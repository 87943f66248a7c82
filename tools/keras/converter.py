"""The official converter, tensorflowjs 4.22, for Keras files: without the packages that it asks for other formats."""

import sys
import types
from unittest import mock

for name in ('tensorflow_decision_forests', 'tensorflow_hub', 'jax', 'jax.experimental'):
    sys.modules.setdefault(name, mock.MagicMock(spec=types.ModuleType(name)))
sys.modules['jax.experimental'].jax2tf = None

from tensorflowjs.converters import converter as official


def convert(file, folder):
    """Makes a folder with model.json of a .keras or .h5 file."""
    make = official.dispatch_keras_keras_to_tfjs_layers_model_conversion if str(file).endswith('.keras') else \
        official.dispatch_keras_h5_to_tfjs_layers_model_conversion
    make(str(file), output_dir=str(folder))
