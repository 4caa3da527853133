"""What a step learns by, as ops need it: losses, the metrics that they can count, and the optimizer's numbers."""

import dataclasses
import re
from types import SimpleNamespace
from typing import Any

import numpy as np

from dragonet import losses, metrics, optimizers, regularizers
from dragonet.engines.native.lowering.calls import Unsupported
from dragonet.engines.native.ops.activations import Activation
from dragonet.engines.native.ops.losses import LossKind
from dragonet.engines.native.ops.update import Update

# Losses that take each number by itself, so that the axes of an output do not matter.
NUMBER_BY_NUMBER = ("binary", "mse", "mae", "huber")


def loss_kind(out: Any, classes: int, activation: Activation | None, weighted: bool) -> LossKind:
    """What the step computes for one output: its loss, and those of its metrics that it can count."""
    kinds = {
        losses.SparseCategoricalCrossentropy: "sparse",
        losses.CategoricalCrossentropy: "categorical",
        losses.BinaryCrossentropy: "binary",
        losses.MeanSquaredError: "mse",
        losses.MeanAbsoluteError: "mae",
        losses.Huber: "huber",
    }
    loss = out.loss
    kind = kinds.get(type(loss))
    if kind is None:
        raise Unsupported(f"the loss {type(loss).__name__}")
    if loss.reduction not in ("sum_over_batch_size", "mean") or loss.dtype is not None:
        raise Unsupported(f"the reduction {loss.reduction!r} of the loss")
    if kind in ("sparse", "categorical", "binary") and not loss.from_logits:
        raise Unsupported("a cross-entropy of probabilities that no softmax or sigmoid right before it made")
    if getattr(loss, "ignore_class", None) is not None or getattr(loss, "axis", -1) != -1:
        raise Unsupported("the loss's ignore_class or axis")
    counted = tuple(counted_metrics(out, weighted).values())
    return LossKind(
        kind,
        classes,
        counted,
        getattr(loss, "delta", 1.0),
        getattr(loss, "label_smoothing", 0.0),
        activation,
        weighted,
        len(counted) < len(out.metrics),
    )


def counted_metrics(out: Any, weighted: bool) -> dict[str, str]:
    """The name that ops have for each metric that the step can count; the others are computed from what it hands back."""
    kinds = {
        metrics.SparseCategoricalAccuracy: "sparse_accuracy",
        metrics.CategoricalAccuracy: "categorical_accuracy",
        metrics.BinaryAccuracy: "binary_accuracy",
        metrics.MeanAbsoluteError: "mae",
        metrics.MeanSquaredError: "mse",
    }
    return {
        name: kinds[type(metric)]
        for name, metric in out.metrics.items()
        if type(metric) in kinds
        and getattr(metric, "threshold", 0.5) == 0.5
        and not (weighted and name in out.weighted)
    }


def check_optimizer(optimizer: Any) -> None:
    """Raises Unsupported for what the updates here cannot do."""
    if type(optimizer) not in (optimizers.SGD, optimizers.Adam, optimizers.AdamW, optimizers.RMSprop):
        raise Unsupported(f"the optimizer {type(optimizer).__name__}")
    for name in ("use_ema", "gradient_accumulation_steps", "loss_scale_factor"):
        if getattr(optimizer, name):
            raise Unsupported(f"{name} of the optimizer")


def numbers_of(optimizer: Any, t: np.ndarray, lr: np.ndarray) -> dict[str, np.ndarray]:
    """Each step's numbers for all weights, or one for all steps; t counted from 1."""
    with np.errstate(all="ignore"):
        numbers, _ = optimizer.scalars(_ROUNDED_ONCE, t.astype(np.float32), lr.astype(np.float32), {})
    if optimizer.weight_decay is not None:
        numbers = numbers | {"decay": optimizer.weight_decay * lr}
    return numbers


def _power(a: float, t: np.ndarray) -> np.ndarray:
    """aᵗ of float32; NumPy's own takes fifty times longer where it comes near 0."""
    exponent = np.log(np.float64(np.float32(a))) * t
    return np.exp(np.maximum(exponent, _NOTHING)).astype(np.float32)


_NOTHING = -104.0  # of which exp is 0 as a float32
_ROUNDED_ONCE = SimpleNamespace(sqrt=np.sqrt, power=_power)  # what an optimizer's scalars may ask for


def update_of(optimizer: Any, layer: Any, name: str) -> Update:
    """How one of a layer's variables moves."""
    regularizer = layer.regularizers().get(name)
    if regularizer is not None and type(regularizer) not in (regularizers.L1, regularizers.L2, regularizers.L1L2):
        raise Unsupported(f"the regularizer of {layer.name!r}")
    l1, l2 = (float(getattr(regularizer, part, 0.0)) for part in ("l1", "l2"))
    paths, pattern = optimizer.not_decayed
    is_excluded = f"{layer.name}/{name}" in paths or (pattern is not None and re.search(pattern, name) is not None)
    decays = optimizer.weight_decay is not None and not is_excluded
    names = (f.name for f in dataclasses.fields(optimizer) if f.init and f.name not in ("learning_rate", "name"))
    fields = [f"{field}={getattr(optimizer, field)}" for field in names]
    numbers = tuple(numbers_of(optimizer, np.ones(1), np.ones(1)))
    text = f"{type(optimizer).__name__}({', '.join(fields)}){'-decays' * decays}-{l1}-{l2}"
    return Update(optimizer, text, optimizer.slots(), numbers, decays, l1, l2, optimizer.clipvalue)
