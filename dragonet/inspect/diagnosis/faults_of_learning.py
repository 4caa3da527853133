"""Rules for faults of the training itself: loss not finite, plateau, overfitting, too few epochs.

Thresholds were set on the practice half of tests/helpers/diagnosis_exam.py; bench/results/diagnosis.md has the results on
the other half.
"""

from typing import Any

import numpy as np

from dragonet.inspect.diagnosis.evidence import Evidence, curve_noise, extrapolate_fall, slope, tail, trend_correlation
from dragonet.inspect.diagnosis.findings import Finding, make_finding


def not_finite(e: Evidence) -> Finding | None:
    """The loss became NaN or infinite, and training stopped."""
    if e.stopped != "not finite":
        return None
    at = {"epoch": len(e.epochs) + 1, "step": None, "where": "", **e.facts.get("not_finite", {})}
    step = "step {step} of epoch" if at["step"] else "epoch"
    return make_finding(
        "not finite",
        f"The loss became NaN or infinite in {step} {{epoch}}{{where}}; training stopped there.",
        "Standardize the features (layers.Normalization), lower the learning rate, or clip gradients (clipnorm=1.0).",
        **at,
    )


def is_stuck(e: Evidence) -> bool:
    """Whether the training loss is that of a constant prediction, and the network predicts nearly the same for all rows."""
    spread = e.predictions.get("spread")
    least_spread = 0.005 if trend_correlation(e.loss) > -0.95 else 1e-4
    if len(e.loss) < 5 or not e.train_baseline or spread is None or spread > least_spread:
        return False
    return abs(float(tail(e.loss, 0.3).mean()) - e.train_baseline) < 0.03 * e.train_baseline


def plateau(e: Evidence) -> Finding | None:
    """The loss stays at that of a constant prediction, and all rows get nearly the same prediction."""
    if not is_stuck(e):
        return None
    return make_finding(
        "plateau",
        "The training is stuck: after {epochs} epochs the training loss is {loss:.4g}, the same as that of a constant prediction "
        "({baseline:.4g}), and every row gets nearly the same prediction, so no gradient passes through the network.",
        "Try ReLU instead of sigmoid, fewer layers, BatchNormalization, another initializer or a smaller learning rate; "
        "scale the inputs.",
        epochs=len(e.loss),
        loss=float(tail(e.loss, 0.3).mean()),
        baseline=e.train_baseline,
        spread=e.predictions["spread"],
    )


def overfitting(e: Evidence) -> Finding | None:
    """The validation loss rises after its minimum while the training loss still falls, or the training rows are memorized."""
    n = len(e.val_loss)
    if n < 3 or not len(e.loss) or (e.restored_epoch and abs(e.restored_epoch - e.val_epochs[e.best_index]) <= 1):
        return None
    evidence = _overfitting_evidence(e)
    end, train = float(tail(e.val_loss).mean()), float(tail(e.loss).mean())
    if (
        _rises(e, end)
        and train < evidence["loss_then"]
        and (evidence["nats"] is None or evidence["nats"] > 3 + np.log(n))
    ):
        return make_finding(
            "overfitting",
            "The network overfits: the validation loss was lowest in epoch {best_epoch} ({best_val_loss:.4g}) and has risen to "
            "{last_val_loss:.4g} by epoch {last_epoch}, while the training loss continued to fall, from {loss_then:.4g} to "
            "{last_loss:.4g}.",
            "Stop there: callbacks.EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True); or use Dropout, a "
            "smaller network, more data.",
            **evidence,
        )
    if e.baseline and end > 0.25 * e.baseline and train < 0.1 * end:
        return make_finding(
            "overfitting",
            "The network overfits: it has memorized the training rows (loss {last_loss:.4g}), and on the validation rows the "
            "loss is {last_val_loss:.4g}, where a constant prediction has {baseline:.4g}.",
            "Use a smaller network, Dropout, a kernel_regularizer, or more data.",
            **evidence,
            baseline=e.baseline,
        )
    return None


def _overfitting_evidence(e: Evidence) -> dict[str, Any]:
    best = e.best_index
    then = min(int(np.searchsorted(e.epochs, e.val_epochs[best])), len(e.loss) - 1)
    least, end = float(e.val_loss[best]), float(tail(e.val_loss).mean())
    return {
        "best_epoch": int(e.val_epochs[best]),
        "best_val_loss": least,
        "last_val_loss": float(e.val_loss[-1]),
        "last_epoch": int(e.val_epochs[-1]),
        "loss_then": float(e.loss[then]),
        "last_loss": float(e.loss[-1]),
        "gap": float(e.val_loss[-1] - e.loss[-1]),
        "slope": slope(e.val_loss[best:]),
        "nats": e.nats(end - least, least),
    }


def _rises(e: Evidence, end: float) -> bool:
    """Whether the validation loss, `end` at its end, is above its minimum by more than noise."""
    n, least = len(e.val_loss), float(e.val_loss.min())
    k = max(1, round(n / 10))
    rise = end - np.convolve(e.val_loss, np.ones(k) / k, "valid").min()  # the minimum of noisy values is too low
    return bool(rise > max(0.01 * abs(least), 3 * curve_noise(e.val_loss) / np.sqrt(k)) and n - 1 - e.best_index >= 2)


def too_few_epochs(e: Evidence) -> Finding | None:
    """The loss is still falling, and as many epochs again would lower it considerably."""
    if not len(e.loss) or e.stopped == "callback" or (len(e.val_accuracy) and e.val_accuracy[-1] >= 0.995):
        return None
    y = e.monitored
    now, baseline = float(tail(y).mean()), e.baseline or 0.0
    gain, pace = extrapolate_fall(y, e.baseline)
    is_worth_it = gain > max(0.1 * abs(now), 0.02 * baseline)
    if not is_worth_it and len(y) >= 8:  # a curve that bends early and then falls steadily
        gain, pace = extrapolate_fall(y[len(y) // 2 :], None)
        is_worth_it = gain > max(0.1 * abs(now), 0.05 * baseline)
    if not is_worth_it or gain < 3 * curve_noise(y):
        return None
    epochs = len(e.loss)
    which = "validation" if len(e.val_loss) else "training"
    return make_finding(
        "too few epochs",
        f"The network was not trained long enough: after {{epochs}} epochs the {which} loss is {{loss:.4g}} and still falling; as "
        "many epochs again should lower it by about {gain:.2g}.",
        "Train with epochs={more} or more, or try a learning rate two or three times as high.",
        epochs=epochs,
        loss=now,
        gain=gain,
        pace=pace,
        more=epochs * 2 if pace < 0.7 else epochs * 5,
    )
