"""A case: one layer with its arguments and an input, to be held to Keras and to its own promises."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from dragonet import layers, random


@dataclasses.dataclass(frozen=True)
class Case:
    """`Case("Dense", {"units": 3}, (2, 5))`: what test_every_layer_*.py build in dragonet and in Keras.

    inputs: the shape of the input, the batch's axis included; a list of shapes for a layer with several inputs.
    below: inputs are whole numbers from 0 to below this, else they are normal numbers.
    uint8: inputs are whole numbers from 0 to 255 of dtype uint8.
    mask: the input comes with a mask over its first two axes.
    training: compared in training mode too, the state after it included (no layer that throws dice).
    random: throws dice in training mode; numbers are compared only outside training.
    slope: False where finite differences make no sense (a kink that the input sits on).
    tolerance: |a − b| <= tolerance · max(1, max|b|).
    """

    layer: str
    kwargs: Mapping[str, Any]
    inputs: Any
    below: int | None = None
    uint8: bool = False
    mask: bool = False
    training: bool = False
    random: bool = False
    slope: bool = True
    tolerance: float = 1e-5

    def __str__(self) -> str:
        said = ",".join(f"{name}={held}" for name, held in self.kwargs.items())
        return f"{self.layer}({said})-{self.inputs}".replace(" ", "")

    @property
    def in_shape(self) -> Any:
        """What the layer is built for: any number of rows."""
        if isinstance(self.inputs, list):
            return [(None, *shape[1:]) for shape in self.inputs]
        return (None, *self.inputs[1:])

    @property
    def of_numbers(self) -> bool:
        """Whether the input has slopes."""
        return not (self.below or self.uint8)

    def make(self) -> Any:
        """A fresh layer of dragonet's."""
        return getattr(layers, self.layer)(**self.kwargs, name="it")

    def x(self) -> Any:
        """The input, the same each time."""
        draw = np.random.default_rng(7)
        x = [self._drawn(draw, shape) for shape in (self.inputs if isinstance(self.inputs, list) else [self.inputs])]
        return x if isinstance(self.inputs, list) else x[0]

    def _drawn(self, draw: np.random.Generator, shape: tuple) -> np.ndarray:
        if self.below:
            return draw.integers(0, self.below, shape).astype("int32")
        if self.uint8:
            return draw.integers(0, 256, shape).astype("uint8")
        return draw.normal(size=shape).astype("float32")

    def with_mask(self) -> dict[str, np.ndarray]:
        """The mask as an argument of `apply`, where there is one."""
        if not self.mask:
            return {}
        return {"mask": np.arange(np.prod(self.inputs[:2])).reshape(self.inputs[:2]) % 3 > 0}

    def variables(self) -> tuple[dict, dict]:
        """(params, state) of the layer's shapes with drawn values, the same each time; variances are positive."""
        draw = np.random.default_rng(8)
        made = jax.eval_shape(lambda key: self.make().init(key, self.in_shape)[0], random.key(0))
        return tuple({name: _weight(draw, name, held.shape) for name, held in part.items()} for part in made)


def _weight(draw: np.random.Generator, name: str, shape: tuple) -> np.ndarray:
    drawn = draw.normal(size=shape).astype("float32")
    return np.abs(drawn) + np.float32(0.5) if "variance" in name else drawn


def outputs_weighed(y: Any) -> jax.Array:
    """Σ sin y: a number whose slope differs from output to output."""
    return sum(jax.numpy.sin(leaf.astype(float)).sum() for leaf in jax.tree.leaves(y))
