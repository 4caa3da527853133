"""What faults of learning look like in curves and facts: rates, plateaus, too long or too short a training; and what helps.

Thresholds were set on the practice half of tests/inspect/diagnosis_exam.py; bench/results/diagnosis.md says how they did on
the other half.
"""

import numpy as np

from dragonet.inspect.diagnosis.evidence import Evidence, last, noise, slope, steadiness, yet_to_come
from dragonet.inspect.diagnosis.findings import Finding, found


def not_finite(e: Evidence) -> Finding | None:
    """The loss became NaN or infinite, and training stopped."""
    if e.stopped != "not finite":
        return None
    at = {"epoch": len(e.epochs) + 1, "step": None, "where": "", **e.facts.get("not_finite", {})}
    step = "step {step} of epoch" if at["step"] else "epoch"
    return found(
        "not finite",
        f"The loss became NaN or infinite in {step} {{epoch}}{{where}}; training stopped there.",
        "Standardise the features (layers.Normalization), lower the learning rate, or clip gradients (clipnorm=1.0).",
        **at,
    )


def rate_too_high(e: Evidence) -> Finding | None:
    """The training explodes, is worse than a constant answer, or leaps up and down."""
    rate = "The learning rate {rate:g} is too high: " if e.rate is not None else "The learning rate is too high: "
    advice = f"Try {e.rate / 10:g}." if e.rate is not None else "Let the schedule start at a tenth of it."
    kind, n = "learning rate too high", len(e.loss)
    if e.stopped == "not finite":
        if e.rate is None or e.rate <= 0.01:
            return None
        return found(kind, rate + "the loss grew beyond all numbers.", advice, rate=e.rate)
    end, level = e.loss[n // 2 :], e.facts.get("baseline")
    if e.rate and e.rate >= 50 * e.typical_rate and stuck(e):
        text = "the first steps were so large that the network gives every row nearly the same answer, at a training loss of "
        return found(kind, rate + text + "{loss:.4g}.", advice, rate=e.rate, loss=float(end.mean()), baseline=level)
    if n < 4 or not level:
        return None
    jitter, mean = noise(end), float(end.mean())
    evidence = {"rate": e.rate, "loss": mean, "baseline": level, "jitter": jitter}
    if mean > 1.005 * level and jitter > 0.003 * level and steadiness(end) > -0.7:
        text = "in the second half the training loss was {loss:.4g} on average, where a constant answer has {baseline:.4g}."
        return found(kind, rate + text, advice, **evidence)
    if e.loss[0] > 3 * level and mean > 0.4 * level and jitter > 0.005 * level and steadiness(end) > -0.7:
        text = "the training loss leapt to {first:.4g} in the first epoch, and is {loss:.4g} in the second half, where a constant "
        text += "answer has {baseline:.4g}."
        return found(kind, rate + text, advice, **evidence, first=float(e.loss[0]))
    if jitter > 0.05 * level and jitter > 0.2 * mean and (np.diff(end) > 0).mean() > 0.3:
        text = "from epoch to epoch the training loss leaps by about {jitter:.2g} around {loss:.4g}."
        return found(kind, rate + text, advice, **evidence)
    return None


def stuck(e: Evidence) -> bool:
    """Whether the training loss stands where a constant answer has it, and the network gives one."""
    spread = e.answers.get("spread")
    if len(e.loss) < 5 or not e.level or spread is None or spread > (0.005 if steadiness(e.loss) > -0.95 else 1e-4):
        return False
    return abs(float(last(e.loss, 0.3).mean()) - e.level) < 0.03 * e.level


def plateau(e: Evidence) -> Finding | None:
    """The loss stands where a constant answer would put it, and all rows get the same answer."""
    if not stuck(e):
        return None
    return found(
        "plateau",
        "The training is stuck: after {epochs} epochs the training loss is {loss:.4g}, which a constant answer has too "
        "({baseline:.4g}), and every row gets nearly the same answer, so no gradient gets through the network.",
        "Try ReLU instead of sigmoid, fewer layers, BatchNormalization, another initializer or a smaller learning rate; "
        "scale the inputs.",
        epochs=len(e.loss),
        loss=float(last(e.loss, 0.3).mean()),
        baseline=e.level,
        spread=e.answers["spread"],
    )


def rate_too_low(e: Evidence) -> Finding | None:
    """The training loss creeps down in a straight line, or a tiny rate does not move it at all."""
    n, typical = len(e.loss), e.typical_rate
    if n < 2:
        return None
    first, end = float(e.loss[0]), float(e.loss[-1])
    tiny = e.rate is not None and e.rate < 0.02 * typical
    creeps = n >= 5 and steadiness(e.loss) < -0.95 and yet_to_come(e.loss, None)[1] > 0.6
    learned = (
        e.baseline and e.judged[-1] < 0.7 * e.baseline
    )  # initial weights may by chance be a little better than nothing
    if not -0.01 * abs(first) < first - end < 0.05 * abs(first) or learned or not (tiny or creeps):
        return None
    rate = "The learning rate {rate:g} is too low" if e.rate is not None else "The learning rate is too low"
    advice = "Try {try_rate:g}."
    higher = typical if tiny or e.rate is None else 10 * e.rate
    return found(
        "learning rate too low",
        rate + ": in {epochs} epochs the training loss fell by {percent:.2g} % only, from {first:.4g} to {last:.4g}.",
        advice,
        rate=e.rate,
        epochs=n,
        percent=100 * (first - end) / abs(first),
        first=first,
        last=end,
        try_rate=higher,
    )


def overfitting(e: Evidence) -> Finding | None:
    """The validation loss rises after its minimum while the training loss goes on falling; or the rows are known by heart."""
    n = len(e.val_loss)
    if n < 3 or not len(e.loss) or (e.kept_epoch and abs(e.kept_epoch - e.val_epochs[e.best]) <= 1):
        return None
    at = e.best
    then = min(int(np.searchsorted(e.epochs, e.val_epochs[at])), len(e.loss) - 1)
    least, end, train = float(e.val_loss[at]), float(last(e.val_loss).mean()), float(last(e.loss).mean())
    nats = e.nats(end - least, least)
    evidence = {
        "best_epoch": int(e.val_epochs[at]),
        "best_val_loss": least,
        "last_val_loss": float(e.val_loss[-1]),
        "last_epoch": int(e.val_epochs[-1]),
        "loss_then": float(e.loss[then]),
        "last_loss": float(e.loss[-1]),
        "gap": float(e.val_loss[-1] - e.loss[-1]),
        "slope": slope(e.val_loss[at:]),
        "nats": nats,
    }
    k = max(1, round(n / 10))
    rise = end - np.convolve(e.val_loss, np.ones(k) / k, "valid").min()  # the least of many noisy values is too low
    rises = rise > max(0.01 * abs(least), 3 * noise(e.val_loss) / np.sqrt(k)) and n - 1 - at >= 2
    if rises and train < e.loss[then] and (nats is None or nats > 3 + np.log(n)):
        return found(
            "overfitting",
            "The network overfits: the validation loss was lowest in epoch {best_epoch} ({best_val_loss:.4g}) and has risen to "
            "{last_val_loss:.4g} by epoch {last_epoch}, while the training loss went on falling, from {loss_then:.4g} to "
            "{last_loss:.4g}.",
            "Stop there: callbacks.EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True); or Dropout, a "
            "smaller network, more data.",
            **evidence,
        )
    if e.baseline and end > 0.25 * e.baseline and train < 0.1 * end:
        return found(
            "overfitting",
            "The network overfits: it knows the training rows by heart (loss {last_loss:.4g}), and on the validation rows the "
            "loss is {last_val_loss:.4g}, where a constant answer has {baseline:.4g}.",
            "A smaller network, Dropout, a kernel_regularizer, or more data.",
            **evidence,
            baseline=e.baseline,
        )
    return None


def too_few_epochs(e: Evidence) -> Finding | None:
    """The loss is still falling, and training as long again would be worth it."""
    if not len(e.loss) or e.stopped == "callback" or (len(e.val_accuracy) and e.val_accuracy[-1] >= 0.995):
        return None
    y = e.judged
    now, level = float(last(y).mean()), e.baseline or 0.0
    gain, pace = yet_to_come(y, e.baseline)
    worth = gain > max(0.1 * abs(now), 0.02 * level)
    if not worth and len(y) >= 8:  # a curve that bends early and then keeps its pace
        gain, pace = yet_to_come(y[len(y) // 2 :], None)
        worth = gain > max(0.1 * abs(now), 0.05 * level)
    if not worth or gain < 3 * noise(y):
        return None
    epochs = len(e.loss)
    which = "validation" if len(e.val_loss) else "training"
    return found(
        "too few epochs",
        f"The network was not trained long enough: after {{epochs}} epochs the {which} loss is {{loss:.4g}} and still falling; as "
        "many epochs again should lower it by about {gain:.2g}.",
        "Train on, with epochs={more} or more, or try a learning rate two or three times as high.",
        epochs=epochs,
        loss=now,
        gain=gain,
        pace=pace,
        more=epochs * 2 if pace < 0.7 else epochs * 5,
    )
