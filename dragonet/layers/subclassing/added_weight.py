"""AddedWeight: what `add_weight` was called with, and how the first values of the weight are drawn."""

import dataclasses
from typing import Any

import jax
import numpy as np

from dragonet import initializers, random
from dragonet.layers.building import is_to_be_filled


@dataclasses.dataclass
class AddedWeight:
    """A weight of a user's layer; `number` counts the weights of the layer from 0."""

    number: int
    shape: tuple[int, ...]
    dtype: np.dtype
    initializer: Any
    regularizer: Any
    constraint: Any

    def draw(self, layer_key: Any) -> Any:
        """The first values, from the key of the layer; a shape without numbers where a file fills it."""
        if is_to_be_filled():
            return jax.ShapeDtypeStruct(self.shape, self.dtype)
        with jax.ensure_compile_time_eval():  # a `build` may run while another layer's `call` is traced
            if self.dtype.kind != "f":
                return np.array(self.initializer(self.shape, self.dtype), self.dtype)
            return initializers.draw(self.initializer, random.fold_in(layer_key, self.number), self.shape)
