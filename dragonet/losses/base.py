"""Loss: from targets and predictions to the number that training minimizes.

A loss is one plain function of (y_true, y_pred, options...) that returns a value per example. Its class is made from
the function by `loss_class`, and adds what happens over a batch: sample weights, a mask, the reduction.
"""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors, session
from dragonet.core.configurable import Configurable
from dragonet.core.keras_names import ignored_methods
from dragonet.losses.from_function import Option, check_options, class_from, options_in, options_of
from dragonet.losses.shapes import floats, spread

# class_numbers: whole numbers from 0. one_hot: a row of probabilities for each example. binary: probabilities of yes.
# probabilities: any others. numbers: quantities. signs: -1 and 1.
TARGETS = ("class_numbers", "one_hot", "binary", "probabilities", "numbers", "signs", "")
CLASS_TARGETS = ("class_numbers", "one_hot", "binary")
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)

_class_of: dict[Callable[..., Any], type["Loss"]] = {}


class Loss(Configurable):
    """What all losses share; a loss of your own is a function, or a class derived from this one with `call`.

    `call(y_true, y_pred)` gives one value per example; the object, when called, weights and reduces them. reduction:
    'sum_over_batch_size' or 'mean' divides the sum by the number of values, 'mean_with_sample_weight' by the sum of the
    weights, 'sum' does not divide, None or 'none' returns the values.
    Raises ValueError for another reduction, TypeError where `call` is missing.

    >>> import dataclasses
    >>> @dataclasses.dataclass
    ... class Cubed(Loss):
    ...     factor: float = 1.0
    ...     def call(self, y_true, y_pred):
    ...         return self.factor * jnp.mean(jnp.abs(y_pred - y_true) ** 3, axis=-1)
    >>> float(Cubed(2.0)([[0.0]], [[1.0]]))
    2.0
    """

    # For a user's class that has no such fields. As plain assignments: an annotation would make them fields of a dataclass.
    name = cast(str | None, None)
    reduction = cast(str | None, "sum_over_batch_size")
    dtype = cast(str | None, None)
    targets = ""  # what y_true holds, a word of TARGETS; '' where it may be anything
    logits_activation = ""  # 'softmax' or 'sigmoid' where the loss can be computed from what enters this activation

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: str | None = None
    ):
        self.name, self.reduction, self.dtype = name, reduction, dtype

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__eq__, cls.__hash__ = object.__eq__, object.__hash__  # by identity, as layers
        ignored_methods.refuse(cls, "loss", ignored_methods.LOSS)

    def _finish_init(self) -> None:
        super()._finish_init()
        who = type(self).__name__
        if type(self).call is Loss.call:
            raise errors.type_error(
                f"The loss {who}", "a function call(self, y_true, y_pred), a value per example", "none"
            )
        self.name = self.name or session.unique_name(who)
        if self.reduction not in REDUCTIONS:
            raise errors.value_error(
                who, f"reduction to be one of {', '.join(map(repr, REDUCTIONS))}", repr(self.reduction)
            )
        checks.dtype(who, self.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss; of a class that is no dataclass, name and reduction where it takes them."""
        config = super().get_config()
        if dataclasses.is_dataclass(self):
            return config
        takes = inspect.signature(type(self).__init__).parameters.values()
        names = {argument.name for argument in takes}
        takes_any = any(argument.kind is argument.VAR_KEYWORD for argument in takes)
        return {name: getattr(self, name) for name in ("name", "reduction") if takes_any or name in names}

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """One value per example, shape (batch, ...)."""
        raise NotImplementedError

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, mask: Any = None) -> jax.Array:
        """The reduced loss of a batch; rows (or steps, or pixels) where `mask` is False do not count."""
        who, y_true, y_pred = str(self.name), floats(y_true), floats(y_pred)
        values: Any = self.call(y_true, y_pred)
        if values is None:
            raise errors.type_error(f"The loss {who}", "a function that returns an array", "None")
        values = jnp.asarray(values)
        weights = None if sample_weight is None else spread(who, sample_weight, values)
        masks = [
            spread(
                who,
                m,
                values,
                "a mask",
                "A layer that takes the masked axis away returns None from compute_mask.",
            )
            for m in (mask, labelled(self, y_true, values))
            if m is not None
        ]
        if masks:
            share = _share(masks, self.reduction)
            weights = share if weights is None else weights * share
        return reduce(values, weights, self.reduction)


def labelled(thing: Any, y_true: jax.Array, values: jax.Array) -> jax.Array | None:
    """A mask of the values that count where a loss or metric has an `ignore_class`; None for all."""
    ignored = getattr(thing, "ignore_class", None)
    return None if ignored is None else (y_true != ignored).reshape(values.shape)


def _share(masks: list[jax.Array], reduction: str | None) -> jax.Array:
    mask = masks[0] * masks[-1]
    if reduction in ("mean", "sum_over_batch_size"):  # `reduce` divides by the number of all values
        return mask * divide(jnp.full((), mask.size, mask.dtype), mask.sum())
    return mask


def reduce(values: jax.Array, weights: jax.Array | None, reduction: str | None) -> jax.Array:
    """The values of a batch, weighted and then summed, averaged or left, by one of the words in REDUCTIONS."""
    if weights is not None:
        values = values * weights
    if reduction in (None, "none") or values.ndim == 0:
        return values
    total = values.sum()
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        return divide(total, weights.sum() * (values.size / weights.size))
    return total / values.size


def divide(a: jax.Array, b: jax.Array) -> jax.Array:
    """a / b, and 0 where b is 0, also in the gradient."""
    is_zero = b == 0
    return jnp.where(is_zero, 0, a / jnp.where(is_zero, 1, b))


# --- classes from functions ------------------------------------------------------------------------------------------

_SHARED: dict[str, Option] = {
    "reduction": (str | None, "sum_over_batch_size"),
    "name": (str | None, None),
    "dtype": (str | None, None),
}


class _FunctionLoss(Loss):
    """The base of the classes that `loss_class` makes."""

    def _finish_init(self) -> None:
        super()._finish_init()
        check_options(self)

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """One value per example, shape (batch, ...)."""
        return self.function(y_true, y_pred, **options_of(self))

    @staticmethod
    def function(y_true: jax.Array, y_pred: jax.Array, **options: Any) -> jax.Array:
        """The function that the class was made from."""
        raise NotImplementedError


def loss_class(
    function: Callable[..., Any],
    class_name: str,
    targets: str = "",
    *,
    order: str | None = None,
    name: str | None = None,
    logits_activation: str = "",
) -> type[Loss]:
    """The class of a loss function: its options, then reduction, name and dtype, unless Keras has another `order`."""
    shared: dict[str, Option] = _SHARED | {"name": (str | None, name or function.__name__)}
    order = order or " ".join([*options_in(function), *_SHARED])
    note = f"Called on a batch it weights and reduces the values of `{function.__name__}`: see `Loss`."
    members = {"targets": targets, "logits_activation": logits_activation}
    _class_of[function] = class_from(function, class_name, _FunctionLoss, order, shared, note, **members)
    return _class_of[function]


def class_of(function: Callable[..., Any]) -> type[Loss] | None:
    """The class of one of dragonet's functions; None for a user's own."""
    try:
        return _class_of.get(function)
    except TypeError:  # a user's object that has no hash
        return None
