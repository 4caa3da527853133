"""Own rows: the raw rows in a user's new file, for a model that learned from a table, from pictures or from arrays."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.data import Encoder, images, read_table
from dragonet.experiment import inputs


def read(path: str | os.PathLike, model: Any, kind: str, say: Callable[[str], None]) -> Any:
    """The rows as numbers (n, ...), those of a table by the model's encoder. `say` is told what was done to them.

    Raises ValueError for what cannot be read or has another shape.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if isinstance(model.encoder, Encoder):
        table = read_table(path, words=model.encoder.words)
        for sentence in table.attrs.get("noticed", ()):
            say(sentence)
        return model.encoder.encode(table, say)
    shape = model.input_shape[1:]
    if kind == "images" and ending in images.ENDINGS and path.is_file():
        return _picture(path, shape, say)
    x, done = inputs.read(path, shape)
    if done:
        say(done)
    return x if model.encoder is not None else x.astype(np.float32)


def _picture(path: Path, shape: tuple[int, ...], say: Callable[[str], None]) -> np.ndarray:
    """One picture, of the size and with the channels of those that the model has seen."""
    height, width, channels = (*shape, 1)[:3]
    try:
        with images.opened(path) as image:
            was = image.size
            whole = images.on_white(image).convert("L" if channels == 1 else "RGB").resize((width, height))
    except Exception as failure:  # each of Pillow's readers has its own
        raise images.unreadable(path, failure) from None
    if was != (width, height):
        say(f"{path.name}, {was[0]} × {was[1]}, was made {width} × {height}.")
    return np.asarray(whole, np.float32).reshape(1, *shape)
