"""How a model is kept: files of the model and of its weights, and its architecture as JSON."""

import json
import os
from typing import Any

from dragonet.core import arguments


class Persistence:
    """The part of a model that reads and writes files."""

    @arguments.checked
    def save(self: Any, filepath: str | os.PathLike, overwrite: bool = True) -> None:
        """Write the model, its weights and the arguments of `compile` to a .keras file, which Keras reads too."""
        from dragonet.interop import keras_file

        keras_file.save(self, filepath, overwrite)

    @arguments.checked
    def save_weights(self: Any, filepath: str | os.PathLike, overwrite: bool = True) -> None:
        """Write the weights alone to a .weights.h5 file."""
        from dragonet.interop import keras_file

        keras_file.save_weights(self, filepath, overwrite)

    @arguments.checked
    def load_weights(self: Any, filepath: str | os.PathLike, skip_mismatch: bool = False) -> None:
        """Read the weights from a .weights.h5 or .keras file of the same architecture.

        skip_mismatch: layers that do not fit are left as they are, with one note that names them.
        """
        from dragonet.interop import keras_file

        keras_file.load_weights(self, filepath, skip_mismatch)

    def get_config(self: Any) -> dict:
        """The graph as Keras's JSON."""
        from dragonet.models.graph_config import to_config

        return to_config(self)

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Any:
        """The model that `get_config` described, with fresh weights."""
        from dragonet.models.graph_from_config import from_config

        return from_config(cls, config, custom_objects)

    def to_json(self: Any, **kwargs) -> str:
        """The architecture as a JSON text."""
        from dragonet.core.serialization import to_json

        return json.dumps(to_json(self), **kwargs)
