"""EinsumDense: a weighted sum over any axes, which an equation names."""

import dataclasses
import re
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.initializers.scaling import VarianceScaling
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


@dataclasses.dataclass
class EinsumDense(Layer):
    """y = activation(einsum(equation, x, W) + b).

    Shapes: those of the equation: 'abc,cd->abd' is Dense on sequences, x (batch, b, c), W (c, d), y (batch, b, d), and
    '...x,xy->...y' on anything; b has the axes of y that `bias_axes` names.

    Args: `equation`, as in numpy.einsum, for x and W; `output_shape`, of one row of y, None for an axis as long as x's; the
    others as `Dense`'s.
    Raises ValueError for an equation of another form, and for an axis whose length it leaves open.

    >>> EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")(jnp.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    equation: str
    output_shape: int | Shape
    activation: Any = None
    bias_axes: str | None = None
    kernel_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    bias_regularizer: Named = None
    kernel_constraint: Named = None
    bias_constraint: Named = None

    _left_out = (*Layer._left_out, "lora_rank", "lora_alpha", "gptq_unpacked_column_size")

    def __post_init__(self) -> None:
        match = _EQUATION.fullmatch(self.equation.replace(" ", ""))
        if match is None:
            raise errors.value_error("EinsumDense", "an equation such as 'abc,cd->abd'", repr(self.equation))
        if not isinstance(self.output_shape, tuple | list):
            self.output_shape = (self.output_shape,)
        self._left = match[1] is not None  # whether axes are left out before the letters
        self._has_more = self._left or match[3] is not None
        self._letters = match[2], match[4], match[6]
        for letter in self.bias_axes or "":
            if letter not in match[6]:
                raise errors.value_error("EinsumDense", f"bias_axes among {match[6]!r}", repr(letter))
        look_up(self)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """kernel, and bias where bias_axes names axes."""
        checks.one_input(self, in_shape)
        of_x, of_w, of_y = self._letters
        n = len(of_x)
        if len(in_shape) < n or (len(in_shape) > n and not self._has_more):
            raise errors.value_error(f"{self!r}", f"inputs of {n} axes", f"shape {in_shape}")
        cut = len(in_shape) - n
        more, own = (in_shape[:cut], in_shape[cut:]) if self._left else (in_shape[n:], in_shape[:n])
        size = dict(zip(of_x, own, strict=True))
        size |= self._output_sizes(size, of_y)
        out = tuple(size[letter] for letter in of_y)
        shape = tuple(self._known(size, letter) for letter in of_w)
        params = {"kernel": initializers.draw(self._kernel_rule(), key, shape)}
        if self.bias_axes:
            first = min(of_y.index(letter) for letter in self.bias_axes)
            bias = tuple(self._known(size, a) if a in self.bias_axes else 1 for a in of_y[first:])
            bias += () if self._left else (1,) * len(more)
            params["bias"] = initializers.draw(self.bias_initializer, random.fold_in(key, 1), bias)
        return (params, {}), ((*more, *out) if self._left else (*out, *more))

    def _output_sizes(self, size: dict, of_y: str) -> dict[str, int | None]:
        """The sizes of the output's axes: those of output_shape, else the input's."""
        letters = of_y if self._left else of_y[1:]
        wanted: Any = self.output_shape
        if len(wanted) != len(letters):
            raise errors.value_error(
                f"{self!r}", f"an output_shape of {len(letters)} sizes, for the axes {letters!r}", f"{tuple(wanted)}"
            )
        return {a: n for a, n in zip(letters, wanted, strict=True) if n is not None}

    def _known(self, size: dict, letter: str) -> int:
        if size.get(letter) is None:
            raise errors.value_error(
                f"{self!r}", f"to know the length of the axis {letter!r}", "None", "Name it in output_shape or Input."
            )
        return size[letter]

    def _kernel_rule(self) -> Any:
        """The kernel's initializer, which is told which of its axes are summed over."""
        rule, (of_x, of_w, _) = self.kernel_initializer, self._letters
        if not isinstance(rule, VarianceScaling) or rule.input_axes is not None:
            return rule
        inner = tuple(i for i, letter in enumerate(of_w) if letter in of_x)
        return dataclasses.replace(
            rule, input_axes=inner, output_axes=tuple(i for i in range(len(of_w)) if i not in inner)
        )

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """activation(einsum(equation, x, W) + b)."""
        y = jnp.einsum(self.equation, x, params["kernel"])
        if self.bias_axes:
            y = y + params["bias"]
        return self.activation(y), state
