"""Performance: which answers of the kept model are right, how often, and how sure it was of them."""

import numpy as np

from dragonet import inspect, plots
from dragonet.inspect.performance.intervals import Rate
from dragonet.report import drawings
from dragonet.report.pictures import Picture, short_names
from dragonet.report.sections import ReportData, Table
from dragonet.studies.judging import measures

_CLASSES = 25  # in a confusion matrix that can be read
_POINTS = 2000  # in a picture of predictions over the truth


def confusion(report: ReportData) -> Picture | None:
    """The confusion matrix of classes that are not too many."""
    if report.rows.task != "classes" or len(report.rows.classes) > _CLASSES:
        return None
    matrix = inspect.confusion_matrix(report.y, report.out.argmax(axis=1), range(len(report.rows.classes)))
    worst = matrix - np.diag(np.diag(matrix))
    i, j = np.unravel_index(worst.argmax(), worst.shape)
    names = report.rows.classes
    most = f" Most often {names[i]} was taken for {names[j]}: {worst[i, j]} times." if worst.any() else ""
    alt = f"Confusion matrix: {np.trace(matrix)} of {matrix.sum()} test rows right.{most}"
    return report.picture("confusion", plots.confusion_matrix(matrix, short_names(report.rows.classes)), alt)


def rates(report: ReportData) -> Table | None:
    """How many rows of each class were found, and how many answers of it were right, with Wilson's intervals."""
    if report.rows.task == "numbers":
        return None
    truth, answers = _yes_no(report)
    kind = "class" if report.rows.task == "classes" else "label"
    head = (kind, "rows", "found", "95 % interval", "right when said", "95 % interval")
    rows = []
    for name, is_class, is_answer in zip(report.rows.classes, truth.T, answers.T, strict=True):
        hits = int((is_class & is_answer).sum())
        recall, precision = Rate(hits, int(is_class.sum())), Rate(hits, int(is_answer.sum()))
        rows.append((name, f"{recall.n:,}", *_rate(recall), *_rate(precision)))
    return Table(head, rows, (False, True, True, True, True, True))


def _yes_no(report: ReportData) -> tuple[np.ndarray, np.ndarray]:
    """Truth and answers as yes and no for each class or label, (n, k)."""
    if report.rows.task == "labels":
        return report.y == 1, report.out > 0.5
    eye = np.eye(len(report.rows.classes), dtype=bool)
    return eye[report.y], eye[report.out.argmax(axis=1)]


def _rate(rate: Rate) -> tuple[str, str]:
    if not rate.n:
        return "–", "–"
    low, high = rate.interval
    return f"{rate.value:.3f}", f"{low:.3f} to {high:.3f}"


def against_truth(report: ReportData) -> Picture | None:
    """Predicted over true numbers."""
    if report.rows.task != "numbers":
        return None
    rows = np.random.default_rng(0).permutation(len(report.y))[:_POINTS]
    alt = f"Predictions of {' and '.join(report.rows.targets)} over the truth, {len(rows)} test rows; on the line all is right."
    figure = drawings.against_truth(report.y[rows], report.out[rows], short_names(report.rows.targets, 40))
    return report.picture("predictions", figure, alt)


def calibration(report: ReportData) -> tuple[Picture, str] | None:
    """How sure it was beside how often it was right, and a sentence."""
    if report.rows.task == "numbers":
        return None
    if report.rows.task == "classes":
        right, sure = report.out.argmax(axis=1) == report.y, report.out.max(axis=1)
    else:
        right, sure = ((report.out > 0.5) == report.y).ravel(), np.maximum(report.out, 1 - report.out).ravel()
    error, gap = measures.calibration_error(right, sure), float(sure.mean() - right.mean())
    by_chance = 2 * float(np.sqrt((sure * (1 - sure)).sum())) / len(sure)
    if abs(gap) <= by_chance:
        way = "as sure as it should be, as far as so few rows can show"
    else:
        way = f"{'too sure of itself' if gap > 0 else 'less sure than it could be'}, by {abs(100 * gap):.0f} points"
    sentence = (
        f"It said {sure.mean():.0%} on average and was right in {right.mean():.0%} of {len(right):,} answers: it is {way}. "
        f"The calibration error over ten bins is {error:.3f}."
    )
    alt = f"Calibration: points are shares of right answers over the probability that was given. {sentence}"
    return report.picture("calibration", drawings.calibration(right, sure), alt), sentence
