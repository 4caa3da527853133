"""The loop: from model.fit to a layer's formula in few frames, so that a user's mistake has a short traceback."""

import dataclasses
import traceback
from pathlib import Path

import numpy as np
import pytest

import dragonet
from dragonet import Input, Sequential, layers

ROOT = Path(dragonet.__file__).parent
MOST = 12  # frames of dragonet's own


@dataclasses.dataclass(eq=False)
class Watched(layers.Layer):
    """Notes the frames of dragonet's above its formula in the first trace of a training step."""

    frames: tuple = ()

    def init(self, key, in_shape):
        return ({}, {}), in_shape

    def apply(self, params, state, x, *, training=False, key=None):
        if training and not self.frames:
            stack = [frame for frame in traceback.extract_stack() if ROOT in Path(frame.filename).parents]
            self.frames = tuple(f"{Path(frame.filename).relative_to(ROOT)}: {frame.name}" for frame in stack)
        return x, state


def test_few_frames_from_fit_to_the_formula():
    watched = Watched()
    model = Sequential([Input((3,)), layers.Dense(4), watched, layers.Dense(1)])
    model.compile("sgd", "mse", engine="xla")
    model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
    assert 8 < len(watched.frames) <= MOST, "\n".join(watched.frames)


def test_a_mistake_in_a_formula_is_told_with_its_layer():
    @dataclasses.dataclass(eq=False)
    class Wrong(layers.Layer):
        def init(self, key, in_shape):
            return ({}, {}), in_shape

        def apply(self, params, state, x, *, training=False, key=None):
            if training:
                raise ValueError("no such thing")
            return x, state

    model = Sequential([Input((3,)), Wrong(), layers.Dense(1)])
    model.compile("sgd", "mse", engine="xla")
    with pytest.raises(ValueError, match=r"The layer Wrong.*no such thing"):
        model.fit(np.ones((8, 3)), np.ones(8), verbose=0)
