"""Conv1D and Conv2D: small filters slide over steps or images; each output says how well a filter matches there."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, cast

import jax
from jax import lax

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers import spatial
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up


class Convolution(Layer):
    """What all convolutions share: the checks of their windows, the call to lax, bias and activation."""

    dims: ClassVar[int]
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    stride_and_dilate: ClassVar[bool] = False

    def __post_init__(self):
        who = type(self).__name__
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, checks.tuple_of(who, name, getattr(self, name), self.dims))
        for name in ("filters", "groups", "depth_multiplier"):
            if hasattr(self, name):
                setattr(self, name, checks.whole(who, name, getattr(self, name)))
        self.padding = checks.one_of(who, "padding", self.padding, self.paddings)
        self.data_format = checks.data_format(who, self.data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1 and not self.stride_and_dilate:
            raise errors.value_error(
                who,
                "either strides or dilation_rate to be 1",
                f"strides={self.strides} and dilation_rate={self.dilation_rate}",
            )
        look_up(self)

    def resolved_defaults(self) -> dict[str, Any]:
        """Defaults as they read after construction."""
        ones = (1,) * self.dims
        return {"strides": ones, "dilation_rate": ones, "data_format": "channels_last"}

    def channels(self, in_shape: Shape) -> int:
        """How many channels come in."""
        spatial.check_rank(self, in_shape)
        return checks.known(self, in_shape, spatial.channel_axis(self))

    def out_shape(self, in_shape: Shape, filters: int) -> Shape:
        """The output's shape; refuses an input that is smaller than the window."""
        out_lengths = spatial.windows(self, in_shape, self.kernel_size, self.strides, self.dilation_rate, self.padding)
        return spatial.with_lengths(self, in_shape, out_lengths, filters)

    def init_bias(self, key: jax.Array, filters: int) -> dict[str, jax.Array]:
        """The bias, or no bias."""
        return {"bias": initializers.draw(self.bias_initializer, key, (filters,))} if self.use_bias else {}

    def convolve(self, x: jax.Array, W: jax.Array, groups: int = 1, **options: Any) -> jax.Array:
        """Slide W (*kernel_size, channels / groups, filters) over x; `options` are lax.conv_general_dilated's."""
        spatial.check_rank(self, x.shape)
        checks.last_axis(self, x, W.shape[-2] * groups, spatial.channel_axis(self))
        letters = "HW"[-self.dims :]
        order = "".join(spatial.per_axis(self, tuple(letters), "?")).replace("?", "N", 1).replace("?", "C")
        options = {"window_strides": self.strides, "padding": self._edges()} | options
        return lax.conv_general_dilated(
            x.astype(W.dtype),
            W,
            rhs_dilation=self.dilation_rate,
            dimension_numbers=(order, f"{letters}IO", order),
            feature_group_count=groups,
            **options,
        )

    def _edges(self) -> Any:
        if self.padding == "causal":
            return [((k - 1) * d, 0) for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)]
        return self.padding.upper()

    def finish(self, y: jax.Array, params: dict) -> jax.Array:
        """activation(y + b), b along the channels."""
        if self.use_bias:
            b = params["bias"]
            y = y + (b.reshape(-1, *(1,) * self.dims) if spatial.channels_first(self) else b)
        return y if self.activation is None else self.activation(y)


@dataclasses.dataclass
class _Conv(Convolution):
    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    groups: int = 1
    activation: Callable | str | None = None
    use_bias: bool = True
    kernel_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    kernel_constraint: Named = None
    bias_constraint: Named = None

    def __post_init__(self):
        super().__post_init__()
        if self.filters % self.groups:
            raise errors.value_error(
                type(self).__name__,
                "filters to be a multiple of groups",
                f"filters={self.filters} and groups={self.groups}",
            )

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """kernel (*kernel_size, channels / groups, filters) and bias (filters,)."""
        channels = self.channels(in_shape)
        if channels % self.groups:
            raise errors.value_error(
                f"{self!r}",
                f"a number of channels that is a multiple of its {self.groups} groups",
                f"shape {in_shape}, which has {channels}",
            )
        out_shape = self.out_shape(in_shape, self.filters)
        kernel = initializers.draw(
            self.kernel_initializer,
            key,
            (*cast(tuple[int, ...], self.kernel_size), channels // self.groups, self.filters),
        )
        return ({"kernel": kernel} | self.init_bias(random.fold_in(key, 1), self.filters), {}), out_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """activation(x * kernel + bias), * being the convolution."""
        return self.finish(self.convolve(x, params["kernel"], self.groups), params), state


@dataclasses.dataclass
class Conv1D(_Conv):
    """y[n, i, f] = b[f] + Σ_k Σ_c x[n, i·s + k·d, c] W[k, c, f], with stride s and dilation d.

    Shapes: x (batch, steps, channels), W (kernel_size, channels / groups, filters), b (filters,),
    y (batch, new_steps, filters); channels_first has the channels before the steps.

    Args: `filters`, the channels of y; `kernel_size`, the steps that a filter sees; `strides`, the steps that it moves
    on; `padding`, 'valid' none, 'same' zeros at both ends so that new_steps = ⌈steps / s⌉, 'causal' all of them in
    front, so that y[i] knows nothing of x after i (van den Oord et al. 2016, WaveNet, section 2.1); `data_format`,
    'channels_last' where None; `dilation_rate`, the distance between the steps that a filter sees; `groups`, into which
    channels and filters are cut, each seeing only its own; the others as in `Dense`.
    Raises ValueError for strides and dilation_rate both above 1, an input shorter than the filter, groups that do not
    divide channels and filters.

    >>> Conv1D(8, 3, padding="causal").compute_output_shape((None, 100, 4))
    (None, 100, 8)
    """

    dims = 1
    paddings = ("valid", "same", "causal")


@dataclasses.dataclass
class Conv2D(_Conv):
    """y[n, i, j, f] = b[f] + Σ_k Σ_l Σ_c x[n, i·s + k·d, j·s + l·d, c] W[k, l, c, f], with stride s and dilation d.

    Shapes: x (batch, height, width, channels), W (*kernel_size, channels / groups, filters), b (filters,),
    y (batch, new_height, new_width, filters); channels_first has the channels before the height.

    Args: as `Conv1D`; `kernel_size`, `strides` and `dilation_rate` are one number or one for height and one for width;
    there is no causal padding.
    Raises ValueError as `Conv1D`.
    The filters of LeCun et al. (1998, Gradient-based learning applied to document recognition, section II.A).

    >>> Conv2D(16, 5, padding="same", activation="relu").compute_output_shape((None, 28, 28, 1))
    (None, 28, 28, 16)
    """

    strides: int | tuple[int, ...] = (1, 1)
    dilation_rate: int | tuple[int, ...] = (1, 1)
    dims = 2


Convolution1D, Convolution2D = Conv1D, Conv2D
