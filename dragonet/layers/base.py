"""Layer: two functions in jnp and the fields that configure them, or, as in Keras, a class with `call`.

`init(key, in_shape)` makes a layer's variables and tells the output shape; `apply(params, state, x, *, training, key)`
is the formula. Both are pure: they read the fields and their arguments, nothing else. What Keras's users expect of the
object itself (`layer.kernel`, `get_weights()`, calling it) is in the classes that it is derived from, around a cell that
holds the current values and that the formula never reads. Layers with `call` become such functions in `subclassing/`.
"""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

from dragonet import regularizers
from dragonet.core import arguments, checks, errors, session
from dragonet.core.configurable import Configurable
from dragonet.core.keras_names import ignored_methods
from dragonet.core.serialization import is_ours, to_json
from dragonet.graph import tensors
from dragonet.layers.building import Shape
from dragonet.layers.subclassing.config import full_config
from dragonet.layers.subclassing.layer import Subclassing
from dragonet.layers.subclassing.methods import is_subclassed

__all__ = ["Layer", "Shape"]


@dataclasses.dataclass
class Layer(Configurable, Subclassing):
    """What all layers share; a layer of your own is a dataclass derived from it, with `init` and `apply`.

    A class with `__init__`, `build` and `call`, as in Keras, is taken too: docs/subclassing.md.

    Args: `name` (made up where None); `trainable`, False freezes the weights; `dtype`, only 'float32'; `input_shape`, the
    shape of one row, for the first layer of a Sequential; `input_dim`, the same for a vector; `batch_size`, with them.
    Raises TypeError for unknown arguments, a missing decorator or a missing function.

    >>> import jax.numpy as jnp
    >>> @dataclasses.dataclass
    ... class Scale(Layer):
    ...     factor: float = 1.0
    ...     def init(self, key, in_shape):
    ...         return ({"scale": jnp.full(in_shape[-1:], self.factor)}, {}), in_shape
    ...     def apply(self, params, state, x, *, training, key):
    ...         return params["scale"] * x, state
    >>> Scale(3.0)(jnp.ones((1, 2))).tolist()
    [[3.0, 3.0]]
    """

    _: dataclasses.KW_ONLY
    name: str | None = None
    trainable: bool = True
    dtype: str | None = None
    input_shape: Shape | None = None
    input_dim: int | None = None
    batch_size: int | None = None

    _not_saved = ("input_shape", "input_dim", "batch_size")
    _left_out = ("quantization_config", "lora_rank", "lora_alpha", "rms_scaling", "autocast", "activity_regularizer")
    _dtypes = ("float32",)  # what `dtype` may say; InputLayer takes any

    # Used by classes without the decorator, as Keras's are; a dataclass has one of its own for all fields.
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Shape | None = None,
        input_dim: int | None = None,
        batch_size: int | None = None,
        activity_regularizer: Any = None,
        autocast: bool = True,
        **others: Any,
    ):
        if others:
            names = [field.name for field in dataclasses.fields(Layer)]
            unknown = next(iter(others))
            raise TypeError(f"{type(self).__name__} has no argument {unknown!r}. {errors.did_you_mean(unknown, names)}")
        self.name, self.trainable, self.dtype = name, trainable, getattr(dtype, "name", dtype)
        self.input_shape, self.input_dim, self.batch_size = input_shape, input_dim, batch_size
        if activity_regularizer is not None:
            self.activity_regularizer = regularizers.get(activity_regularizer)
        self._name_and_check()

    def regularizers(self) -> dict[str, Any]:
        """Which weight is kept small by what: the fields called `<weight>_regularizer`, and arguments of `add_weight`."""
        return self._by_weight("_regularizer") | self._added_by_weight("regularizer")

    def constraints(self) -> dict[str, Any]:
        """What limits which weight after each step: the fields called `<weight>_constraint`, and arguments of `add_weight`."""
        return self._by_weight("_constraint") | self._added_by_weight("constraint")

    def _by_weight(self, suffix: str) -> dict[str, Any]:
        names = (field.name for field in dataclasses.fields(self))
        values = {name.removesuffix(suffix): getattr(self, name) for name in names if name.endswith(suffix)}
        return {weight: value for weight, value in values.items() if value is not None and weight != "activity"}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # A plain @dataclass finds these and leaves them: layers are compared by identity, not by their fields.
        cls.__eq__, cls.__hash__ = object.__eq__, object.__hash__
        ignored_methods.refuse(cls, "layer", ignored_methods.LAYER)

    __eq__, __hash__ = object.__eq__, object.__hash__

    def _finish_init(self) -> None:
        super()._finish_init()
        if not is_subclassed(type(self)):
            for function, returns in (("init", "(params, state), out_shape"), ("apply", "y, state")):
                if getattr(type(self), function) is getattr(Layer, function):
                    raise self._missing(function, returns)
        elif not self.trainable:
            self.trainable = False  # and so are the layers that `__init__` made
        self._name_and_check()

    def _name_and_check(self) -> None:
        """Make up a name where there is none, and check what all layers share; again where a class has done so before."""
        if self.name is None:
            self.name, self._hidden_in_repr = session.unique_name(type(self).__name__), ("name",)
        elif not isinstance(self.name, str) or "/" in self.name:
            raise errors.value_error(type(self).__name__, "a name without '/'", repr(self.name))
        if self.dtype is not None and self._dtypes and self.dtype not in self._dtypes:
            raise errors.value_error(
                type(self).__name__,
                "dtype='float32'",
                repr(self.dtype),
                "dragonet computes in float32 throughout; data may be of any dtype.",
            )
        if self.input_dim is not None and "input_dim" in self._not_saved:  # else it is a field of the layer's own
            self.input_shape = (self.input_dim,)
        for size in (*(self.input_shape or ()), self.batch_size):
            if size is not None:
                checks.whole(type(self).__name__, "each size of its input", size)
        seed = getattr(self, "seed", None)
        if seed is not None and not (arguments.fits(seed, int) and 0 <= seed < 2**32) and not is_subclassed(type(self)):
            raise errors.value_error(
                type(self).__name__, "seed to be a whole number from 0 to 2**32 - 1, or None", errors.short_repr(seed)
            )
        if "_nodes" not in vars(self):
            self._nodes: list[tensors.Node] = []

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, as plain JSON values."""
        config = super().get_config()
        if not self.is_subclassed or is_ours(type(self)):
            return config
        if getattr(self, "activity_regularizer", None) is not None:
            config["activity_regularizer"] = to_json(self.activity_regularizer)
        return full_config(self, config)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Layer":
        """The layer that `get_config` described, Keras's or ours.

        Raises ValueError where the config uses an argument of Keras's that dragonet leaves out.
        """
        fields = {field.name for field in dataclasses.fields(cls)}
        left_out = [name for name in cls._left_out if name in config and name not in fields]
        if is_subclassed(cls) and not is_ours(cls):
            return cls(**cls._arguments_of(config))
        for name in left_out:
            if config[name]:
                raise errors.value_error(
                    f"{cls.__name__}.from_config", f"a layer without {name}", errors.short_repr(config[name])
                )
        return super().from_config({name: value for name, value in config.items() if name not in left_out})

    def replace(self, **fields: Any) -> "Layer":
        """The same layer with other fields, for use in a formula: it has no variables and no name of its own."""
        copied = copy.copy(self)
        for name, value in fields.items():
            setattr(copied, name, value)
        return copied
