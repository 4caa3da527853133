"""Monitor: what the callbacks share that watch a metric and ask whether it improved."""

import math
import re
from typing import Any

from dragonet.callbacks.base import BuiltIn
from dragonet.core import checks, errors, session

# The last words of the names of metrics, ours and Keras's, as they stand in the logs.
LARGER_IS_BETTER = (
    "acc",
    "accuracy",
    "auc",
    "precision",
    "recall",
    "f1_score",
    "fbeta_score",
    "f_beta_score",
    "r2_score",
    "iou",
    "io_u",
    "cosine_similarity",
    "pearson_correlation",
    "concordance_correlation",
    "sensitivity_at_specificity",
    "specificity_at_sensitivity",
    "precision_at_recall",
    "recall_at_precision",
)
SMALLER_IS_BETTER = (
    "loss",
    "error",
    "mse",
    "mae",
    "mape",
    "msle",
    "rmse",
    "crossentropy",
    "ce",
    "bce",
    "hinge",
    "kl_divergence",
    "kld",
    "poisson",
    "log_cosh",
    "logcosh",
    "huber",
)


class Monitor(BuiltIn):
    """A metric by name, whether more or less of it is better, and the best value so far.

    A value that is not a number never improves on anything. mode 'auto' goes by the metric: 'loss' and the errors are
    better when small, accuracies and the like when large. Where the logs hold no such metric there is a warning, as in Keras.
    Raises ValueError for a metric whose better direction is not known.
    """

    monitor: str  # an argument of all
    mode: str
    min_delta = 0.0  # an argument of some
    best = None
    _seen = False
    _warned = False
    _without = "nothing is monitored"  # what follows where there is no such metric
    _larger_is_better = None

    def __post_init__(self) -> None:
        who = type(self).__name__
        self.mode = checks.one_of(who, "mode", self.mode, ("auto", "min", "max"))
        self.min_delta = abs(checks.number(who, "min_delta", self.min_delta))

    def improves(self, value: float, on: float | None) -> bool:
        """Whether a value is better than another by more than min_delta; anything is better than None."""
        if self._larger_is_better is None:
            self._larger_is_better = self._direction() == "max"
        if math.isnan(value):
            return False
        if on is None:
            return True
        return value - self.min_delta > on if self._larger_is_better else value + self.min_delta < on

    def set_model(self, model: Any) -> None:
        """A training begins."""
        super().set_model(model)
        self._warned = False

    def monitored(self, logs: dict[str, float]) -> float | None:
        """The metric's value, or None in an epoch that has none; a metric that no epoch has is warned of, once.

        Raises ValueError, as Keras does, for an unknown metric whose better direction mode does not say.
        """
        if self.monitor in logs:
            self._seen = True
            return logs[self.monitor]
        about_validation = self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs)
        if self._seen or self._warned or (about_validation and (self.params or {}).get("validation")):
            return None
        who, there_are = type(self).__name__, ", ".join(map(repr, logs)) or "none"
        if about_validation:
            needs, got = f"validation data to monitor {self.monitor!r}", "none"
            instead = f"Write fit(..., validation_split=0.2), or monitor one of {there_are}."
        else:
            needs, got = f"monitor to be one of {there_are}", repr(self.monitor)
            near = errors.did_you_mean(self.monitor, logs)
            instead = near if "?" in near else ""
        if self.mode == "auto" and self.monitor.removeprefix("val_") not in logs:
            raise errors.value_error(who, needs, got, instead)
        self._warned = True
        errors.warn(f"{errors.sentence(who, needs, got, instead)} Training goes on; {self._without}.")
        return None

    def _direction(self) -> str:
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        better = direction(name)
        for metric in getattr(self.model, "metrics", None) or []:
            if getattr(metric, "name", None) == name:  # a name that its user chose says less than its class
                of_keras = {"up": "max", "down": "min"}.get(getattr(metric, "_direction", ""))
                better = of_keras or direction(session.snake_case(type(metric).__name__)) or better
        if better is None:
            raise errors.value_error(
                f"{type(self).__name__}(monitor={self.monitor!r})",
                "to know which values are better",
                "mode='auto', which only knows the usual metrics",
                "Write mode='min' or mode='max'.",
            )
        return better


def direction(name: str) -> str | None:
    """Whether the metric of this name is to become 'min' or 'max', None where its name does not say.

    >>> direction("out_accuracy"), direction("auc_1"), direction("mean_squared_error"), direction("pull")
    ('max', 'max', 'min', None)
    """
    words = "_" + re.sub(r"_\d+$", "", name.lower())
    for better, endings in (("max", LARGER_IS_BETTER), ("min", SMALLER_IS_BETTER)):
        if words.endswith(tuple("_" + ending for ending in endings)):
            return better
    return None


def check_counts(callback: Any, *names: str) -> None:
    """Check arguments that count epochs."""
    for name in names:
        checks.number(type(callback).__name__, name, getattr(callback, name), least=0)
