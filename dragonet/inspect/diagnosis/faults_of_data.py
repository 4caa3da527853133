"""What faults of the data look like in curves and facts: noise, wrong labels, rare classes, validation rows; and what helps.

Thresholds were set on the practice half of tests/inspect/diagnosis_exam.py; bench/results/diagnosis.md says how they did on
the other half.
"""

import numpy as np

from dragonet.inspect.diagnosis.evidence import Evidence, last
from dragonet.inspect.diagnosis.findings import Finding, found

_MOSTLY = 0.8  # a class with this share of the rows hides what happens to the others


def noise_only(e: Evidence) -> Finding | None:
    """No epoch was better on validation rows than an answer that ignores the features."""
    if not len(e.val_loss) or not e.baseline or len(e.loss) < 3 or e.facts.get("weighted"):
        return None
    best, level = float(e.val_loss.min()), e.baseline
    # 9/n: the R² that three standard deviations of a correlation of nothing with nothing make over n rows
    if best < (1 - min(0.1, max(0.02, 9 / max(e.val_rows, 1)))) * level:
        return None
    evidence = {"best_val_loss": best, "baseline": level, "epochs": len(e.loss), "train_loss": float(e.loss[-1])}
    text = (
        "Nothing was learned that holds for new rows: the lowest validation loss of {epochs} epochs is {best_val_loss:.4g}, and "
        "an answer that ignores the features has {baseline:.4g}"
    )
    majority = e.majority
    if majority >= _MOSTLY:  # a rare class is hard to beat the constant answer with: that is imbalance
        return None
    if len(e.val_accuracy) and majority:
        p = float(last(e.val_accuracy, 0.3).mean())
        sd = float(np.sqrt(majority * (1 - majority) / e.val_rows)) if e.val_rows else 0.0
        if p > majority + 2 * sd:
            return None
        evidence |= {"val_accuracy": p, "majority": majority, "chance_sd": sd}
        text += (
            "; the validation accuracy is {val_accuracy:.3f}, always saying the commonest class scores {majority:.3f}"
        )
    return found(
        "noise only",
        text + ".",
        "Perhaps the features say nothing of the labels, or labels and rows were put out of order: look at a few rows with "
        "their labels, and try logistic regression.",
        **evidence,
    )


def label_noise(e: Evidence) -> Finding | None:
    """The validation accuracy falls while the training accuracy climbs: rows are learned by heart that teach what is wrong."""
    n = len(e.val_accuracy)
    if n < 8 or not len(e.accuracy) or n != len(e.val_loss):
        return None
    k = max(1, min(5, n // 8))
    smooth = np.convolve(e.val_accuracy, np.ones(k) / k, "valid")
    top = int(smooth.argmax())
    p, end = float(smooth[top]), float(smooth[-1])
    sd = float(np.sqrt(p * (1 - p) / e.val_rows)) if e.val_rows else 0.0
    at = min(int(np.searchsorted(e.epochs, e.val_epochs[top])) + k // 2, len(e.accuracy) - 1)
    then, now = float(e.accuracy[at]), float(last(e.accuracy).mean())
    if p - end < max(0.02, 1.5 * sd) or now - then < p - end:
        return None
    return found(
        "label noise",
        "Some labels may be wrong, or the classes run into each other: the validation accuracy was {best:.3f} around epoch "
        "{epoch} and fell to {end:.3f}, while the training accuracy climbed from {then:.3f} to {now:.3f} by learning single rows "
        "by heart.",
        "Look at the rows that confuse the network most (inspect.most_confusing) and check their labels; stop early, or add "
        "Dropout.",
        best=p,
        epoch=int(e.val_epochs[top]) + k // 2,
        end=end,
        then=then,
        now=now,
        sd=sd,
    )


def one_class(e: Evidence) -> Finding | None:
    """Nearly all rows get the same class, though there are others."""
    a = e.answers
    if "said" not in a:
        return None
    top = int(np.argmax(a["said"]))
    share, others = a["said"][top] / a["rows"], a["rows"] - a["true"][top]
    if share < 0.99 or others < 3 or others < 0.01 * a["rows"]:
        return None
    return found(
        "one class predicted",
        "One class is predicted always: {said} of {rows} rows are taken for class {name}, which {true} of them are.",
        "Weigh the rare classes (class_weight), and check labels, scaling and learning rate.",
        said=a["said"][top],
        rows=a["rows"],
        name=a["classes"][top],
        true=a["true"][top],
    )


def imbalance(e: Evidence) -> Finding | None:
    """One class rules, and the accuracy hides that another is not found."""
    a, majority = e.answers, e.majority
    if "said" not in a or majority < _MOSTLY:
        return None
    top = int(np.argmax(a["true"]))
    missed = [(a["found"][c] / a["true"][c], c) for c in range(len(a["true"])) if c != top and a["true"][c] >= 3]
    if not missed or min(missed)[0] > 0.6:
        return None
    c = min(missed)[1]
    return found(
        "imbalance",
        "The classes are imbalanced, and the accuracy hides it: always saying the commonest class would score {majority:.3f}, and "
        "of {true} rows of class {name} {found} were found.",
        "Give class_weight to fit, judge by the detection rate of each class (inspect.confusion_matrix), and collect more rows "
        "of the rare class.",
        majority=majority,
        true=a["true"][c],
        name=a["classes"][c],
        found=a["found"][c],
    )


def validation_above_training(e: Evidence) -> Finding | None:
    """The validation figures are better than the training's, and why."""
    y, v = e.accuracy, e.val_accuracy
    if len(y) < 4 or len(v) != len(y):
        return None
    p, q = float(last(y, 0.3).mean()), float(last(v, 0.3).mean())
    parts = e.facts.get("only_in_training") or []
    n, m = max(e.rows, 1), max(e.val_rows, 1)
    sd = float(np.sqrt(max(p * (1 - p), 1e-6) * (1 / n + 1 / m)))
    lower = last(e.val_loss, 0.3).mean() < last(e.loss, 0.3).mean()
    if q - p < max(0.005, (1 if parts else 3) * sd) or not lower or (y[-1] - y[-2]) > q - p:
        return None
    evidence = {"accuracy": p, "val_accuracy": q, "sd": sd}
    text = "The validation accuracy ({val_accuracy:.3f}) is above the training accuracy ({accuracy:.3f})"
    if parts:
        evidence["only_in_training"] = ", ".join(dict.fromkeys(parts))
        text += ", as it should be: {only_in_training} works in training only, and makes it harder there"
    elif e.facts.get("data") == e.facts.get("validation_data"):
        text += (
            ", and both are of the same rows: the training's is a mean over an epoch in which the network still learned"
        )
    else:
        text += ", though no layer works in training only: the validation rows seem to be easier than the training rows"
    measured = e.evaluated["accuracy"]
    if measured:
        evidence["evaluated"] = float(measured[-1])
        text += "; measured as the validation is, the training accuracy is {evaluated:.3f}"
    advice = "Shuffle before splitting, and look for rows that are in both parts."
    if parts:
        advice = "callbacks.Evaluate(x, y) measures the training rows with it switched off." if not measured else ""
    return found("validation above training", text + ".", advice, **evidence)


def validation_as_test(e: Evidence) -> Finding | None:
    """The data of `evaluate` are those that the training was watched with."""
    if not e.facts.get("tested_on_validation"):
        return None
    used = "chose the epoch whose weights were kept" if e.kept_epoch else "were looked at in every epoch"
    return found(
        "test set used for selection",
        f"The score is not a test: the {{rows}} rows given to evaluate are the validation data, which {used}. A score on rows that "
        "helped to choose is too good.",
        "Set rows aside that are used once, at the end: dragonet.data.split, twice.",
        rows=e.val_rows,
        kept_epoch=e.kept_epoch,
    )
