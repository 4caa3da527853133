"""Rules for faults of the data: noise, wrong labels, rare classes, and validation rows that are not independent.

Thresholds were set on the practice half of tests/helpers/diagnosis_exam.py; bench/results/diagnosis.md has the results on
the other half.
"""

import numpy as np

from dragonet.inspect.diagnosis.evidence import Evidence, tail
from dragonet.inspect.diagnosis.findings import Finding, make_finding

_MOSTLY = 0.8  # the share of a class from which the accuracy says little about the other classes


def noise_only(e: Evidence) -> Finding | None:
    """No epoch was better on the validation rows than a prediction that ignores the features."""
    if not len(e.val_loss) or not e.baseline or len(e.loss) < 3 or e.facts.get("weighted"):
        return None
    best = float(e.val_loss.min())
    # 9/n: the R² of three standard deviations of the correlation between two independent variables over n rows
    if best < (1 - min(0.1, max(0.02, 9 / max(e.val_rows, 1)))) * e.baseline:
        return None
    evidence = {"best_val_loss": best, "baseline": e.baseline, "epochs": len(e.loss), "train_loss": float(e.loss[-1])}
    text = (
        "Nothing was learned that is true for new rows: the lowest validation loss of {epochs} epochs is {best_val_loss:.4g}, and "
        "a prediction that ignores the features has {baseline:.4g}"
    )
    majority = e.majority_share
    if majority >= _MOSTLY:  # a constant prediction is hard to beat where one class is rare: see imbalance
        return None
    if len(e.val_accuracy) and majority:
        p = float(tail(e.val_accuracy, 0.3).mean())
        sd = float(np.sqrt(majority * (1 - majority) / e.val_rows)) if e.val_rows else 0.0
        if p > majority + 2 * sd:
            return None
        evidence |= {"val_accuracy": p, "majority": majority, "chance_sd": sd}
        text += "; the validation accuracy is {val_accuracy:.3f}, and always predicting the most frequent class has {majority:.3f}"
    return make_finding(
        "noise only",
        text + ".",
        "Perhaps the features contain no information about the labels, or labels and rows are not in the same order: look at a "
        "few rows with their labels, and try logistic regression.",
        **evidence,
    )


def label_noise(e: Evidence) -> Finding | None:
    """The validation accuracy falls while the training accuracy rises: the network memorizes rows with wrong labels."""
    n = len(e.val_accuracy)
    if n < 8 or not len(e.accuracy) or n != len(e.val_loss):
        return None
    k = max(1, min(5, n // 8))
    smooth = np.convolve(e.val_accuracy, np.ones(k) / k, "valid")
    top = int(smooth.argmax())
    p, end = float(smooth[top]), float(smooth[-1])
    sd = float(np.sqrt(p * (1 - p) / e.val_rows)) if e.val_rows else 0.0
    at = min(int(np.searchsorted(e.epochs, e.val_epochs[top])) + k // 2, len(e.accuracy) - 1)
    then, now = float(e.accuracy[at]), float(tail(e.accuracy).mean())
    if p - end < max(0.02, 1.5 * sd) or now - then < p - end:
        return None
    return make_finding(
        "label noise",
        "Some labels may be wrong, or the classes overlap: the validation accuracy was {best:.3f} around epoch {epoch} and fell "
        "to {end:.3f}, while the training accuracy rose from {then:.3f} to {now:.3f} because single rows were memorized.",
        "Look at the rows that the network is least sure of (inspect.most_confusing) and check their labels; stop early, or add "
        "Dropout.",
        best=p,
        epoch=int(e.val_epochs[top]) + k // 2,
        end=end,
        then=then,
        now=now,
        sd=sd,
    )


def single_class(e: Evidence) -> Finding | None:
    """Nearly all rows get the same predicted class, though there are others."""
    counts = e.predictions
    if "said" not in counts:
        return None
    top = int(np.argmax(counts["said"]))
    share, others = counts["said"][top] / counts["rows"], counts["rows"] - counts["true"][top]
    if share < 0.99 or others < 3 or others < 0.01 * counts["rows"]:
        return None
    return make_finding(
        "one class predicted",
        "One class is predicted always: {predicted} of {rows} rows are predicted as class {name}, which {true} of them are.",
        "Give the rare classes larger weights (class_weight), and check labels, scaling and learning rate.",
        predicted=counts["said"][top],
        rows=counts["rows"],
        name=counts["classes"][top],
        true=counts["true"][top],
    )


def imbalance(e: Evidence) -> Finding | None:
    """One class is so frequent that the accuracy hides that another is not detected."""
    counts, majority = e.predictions, e.majority_share
    if "said" not in counts or majority < _MOSTLY:
        return None
    n = counts["true"]
    top = int(np.argmax(n))
    rates = [(counts["found"][c] / n[c], c) for c in range(len(n)) if c != top and n[c] >= 3]
    if not rates or min(rates)[0] > 0.6:
        return None
    c = min(rates)[1]
    return make_finding(
        "imbalance",
        "The classes are imbalanced, and the accuracy hides it: always predicting the most frequent class has {majority:.3f}, and "
        "of {true} rows of class {name} only {detected} were detected.",
        "Give class_weight to fit, judge by the detection rate of each class (inspect.confusion_matrix), and collect more rows "
        "of the rare class.",
        majority=majority,
        true=n[c],
        name=counts["classes"][c],
        detected=counts["found"][c],
    )


def validation_above_training(e: Evidence) -> Finding | None:
    """The validation accuracy is better than the training accuracy, and why."""
    y, v = e.accuracy, e.val_accuracy
    if len(y) < 4 or len(v) != len(y):
        return None
    p, q = float(tail(y, 0.3).mean()), float(tail(v, 0.3).mean())
    training_layers = e.facts.get("only_in_training") or []
    n, m = max(e.rows, 1), max(e.val_rows, 1)
    sd = float(np.sqrt(max(p * (1 - p), 1e-6) * (1 / n + 1 / m)))
    is_lower = tail(e.val_loss, 0.3).mean() < tail(e.loss, 0.3).mean()
    if q - p < max(0.005, (1 if training_layers else 3) * sd) or not is_lower or (y[-1] - y[-2]) > q - p:
        return None
    evidence: dict[str, float | str] = {"accuracy": p, "val_accuracy": q, "sd": sd}
    text = "The validation accuracy ({val_accuracy:.3f}) is above the training accuracy ({accuracy:.3f})"
    if training_layers:
        evidence["only_in_training"] = ", ".join(dict.fromkeys(training_layers))
        text += ", as expected: {only_in_training} works in training only, and makes it harder there"
    elif e.facts.get("data") == e.facts.get("validation_data"):
        text += ", and both are of the same rows: that of training is a mean over an epoch in which the network still learned"
    else:
        text += ", though no layer works in training only: the validation rows seem to be easier than the training rows"
    measured = e.train_eval["accuracy"]
    if measured:
        evidence["evaluated"] = float(measured[-1])
        text += "; measured in the same way as validation, the training accuracy is {evaluated:.3f}"
    advice = "Shuffle before splitting, and look for rows that are in both parts."
    if training_layers:
        advice = "callbacks.Evaluate(x, y) measures the training rows without it." if not measured else ""
    return make_finding("validation above training", text + ".", advice, **evidence)


def validation_as_test(e: Evidence) -> Finding | None:
    """The data of `evaluate` are the validation data of the training."""
    if not e.facts.get("tested_on_validation"):
        return None
    used = "chose the epoch whose weights were kept" if e.restored_epoch else "were evaluated after every epoch"
    return make_finding(
        "test set used for selection",
        f"The score is not a test: the {{rows}} rows given to evaluate are the validation data, which {used}. A score on rows that "
        "were used for choices is too good.",
        "Use separate rows for the test, once and at the end: dragonet.data.split, twice.",
        rows=e.val_rows,
        kept_epoch=e.restored_epoch,
    )
