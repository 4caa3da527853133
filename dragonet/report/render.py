"""Writing the report of a ladder: one self-contained HTML file with no links, no downloads and no scripts."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.comparison.uncertainty.scores import Score
from dragonet.core import errors
from dragonet.core.atomic_write import written
from dragonet.data.dataset import Data
from dragonet.report import confusing_rows, drawings, importance, performance
from dragonet.report.advice import advice
from dragonet.report.pictures import Picture
from dragonet.report.provenance import Provenance
from dragonet.report.regions import regions
from dragonet.report.sections import ReportData, Table, data_table
from dragonet.report.similar_sentences import together
from dragonet.report.training_curves import Training, trainings
from dragonet.studies.judging.pairs import Pair
from dragonet.studies.judging.verdicts import amount, capital, three
from dragonet.studies.ladder import ONCE, Ladder
from dragonet.studies.prediction.limits import Limits
from dragonet.studies.run_study import Study

_TEMPLATES = Path(__file__).parent / "templates"
_COLUMNS = 40


def write(study: Study) -> Path:
    """report.html in the folder of a study that was trained in this process, and its pictures in pictures/; the report's path.

    All in it that comes from the data, such as names of columns, is text and nothing else.
    Raises ValueError for a study that was only opened.
    """
    if study.ladder is None:
        raise errors.value_error(
            "report.write",
            "a study that was trained by now",
            f"{study.folder}, which was opened only",
            "Call study.train() first.",
        )
    sections = contents(study.ladder, Provenance.of_study(study, study.ladder))
    (study.folder / "pictures").mkdir(exist_ok=True)
    for picture in _pictures(sections.values()):
        with written(study.folder / "pictures" / picture.name) as file:
            file.write(picture.content)
    return _render(sections, study.folder / "report.html")


def write_ladder(ladder: Ladder, path: str | os.PathLike) -> Path:
    """The report of a ladder that has no run's folder, as one file at this path."""
    return _render(contents(ladder, Provenance.of_ladder(ladder)), Path(path))


def _render(sections: dict[str, Any], path: Path) -> Path:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"cut": _cut, "together": lambda text: text.replace(" ± ", "\u00a0±\u00a0")}
    with written(path) as file:
        file.write(templates.get_template("report.html").render(**sections).encode())
    return path


def contents(ladder: Ladder, provenance: Provenance) -> dict[str, Any]:
    """What the report says, section by section."""
    rows, report = ladder.data, ReportData(ladder, provenance.run)
    columns = list(data_table(rows, _COLUMNS))
    training = trainings(report)
    return {
        "title": f"{', '.join(rows.targets)} · {rows.name}",
        "question": _question(rows),
        "answer": ladder.verdict,
        "doubts": ladder.doubts,
        "data": rows,
        "columns": columns,
        "more_columns": max(0, len(rows.columns) - len(columns)),
        "noticed": together(ladder.noticed),
        "classes": _classes(rows),
        "ladder": ladder,
        "baseline": ladder.candidates[0].title,
        "scores": _scores(ladder),
        "scores_picture": report.picture("ladder", drawings.ladder(ladder), _alt(ladder)),
        "pairs": _pairs(ladder),
        "once": ONCE,
        "trainings": training,
        "tested": len(report.test),
        "confusion": performance.confusion(report),
        "rates": performance.rates(report),
        "against_truth": performance.against_truth(report),
        "confusing": confusing_rows.confusing(report),
        "calibration": performance.calibration(report),
        "limits": _limits(ladder),
        "importance": importance.importance(report),
        "regions": regions(report),
        "is_table": lambda part: isinstance(part, Table),
        "is_text": lambda part: isinstance(part, str),
        "advice": advice(ladder, training[0].diagnosis if training else None),
        "provenance": provenance,
        "hyperparameter": ladder.trained[ladder.kept].hyperparameter,
    }


def _limits(ladder: Ladder) -> str | None:
    """How far answers to new rows may be off."""
    answers, rows = ladder.answers[ladder.kept], ladder.data
    limits = Limits.of(answers) if ladder.choice.is_learnable else None
    return (
        None if limits is None else limits.describe(answers, rows.targets if rows.task == "numbers" else rows.classes)
    )


def _pictures(parts: Iterable[Any]) -> Iterator[Picture]:
    """All pictures in some sections."""
    for part in parts:
        if isinstance(part, Picture):
            yield part
        elif isinstance(part, Training):
            yield from part.curves
        elif isinstance(part, list | tuple):
            yield from _pictures(part)


def _question(rows: Data) -> str:
    what = " and ".join(rows.targets)
    if rows.kind == "table":
        n = len(rows.features)
        some = ", ".join(column.name for column in rows.features[:4]) + (", …" if n > 4 else "")
        return (
            f"Can {what} be told from {n:,} column{'s' * (n > 1)} of {rows.name} ({some}), and does it take a network?"
        )
    if rows.names:
        n, some = len(rows.names), ", ".join(rows.names[:4]) + (", …" if len(rows.names) > 4 else "")
        return f"Can {what} be told from {n:,} columns of {rows.name} ({some}), and does it take a network?"
    form = " × ".join(map(str, np.shape(rows.x)[1:]))
    return f"Can {what} be told from the {rows.kind} in {rows.name} ({len(rows):,} of {form} numbers), and does it take a network?"


def _classes(rows: Data) -> Table | None:
    if rows.task != "classes":
        return None
    counts = np.bincount(rows.y, minlength=len(rows.classes))
    shares = [
        (name, f"{count:,}", f"{count / len(rows):.1%}") for name, count in zip(rows.classes, counts, strict=True)
    ]
    return Table((rows.targets[0], "rows", "share"), shares[:_COLUMNS], (False, True, True))


def _scores(ladder: Ladder) -> Table:
    """A column for each model and a row for each score, which is narrow enough for any page."""
    table = ladder.table.drop(columns=["low", "high", "seconds"])
    names = [name for name in table.columns if name not in ("mean", "train")]
    heads = (
        ladder.measure.name,
        "95 % interval of the mean",
        "on the training rows",
        *names,
        "seconds",
    )
    columns = [
        (
            _figure(row["mean"]),
            f"{_figure(low)} to {_figure(high)}",
            _figure(row["train"]),
            *(_figure(row[name]) for name in names),
            f"{seconds.mean():.2f}",
        )
        for row, (low, high), seconds in zip(table.to_dict("records"), ladder.intervals, ladder.seconds, strict=True)
    ]
    return Table(("score", *ladder.rungs), list(zip(heads, *columns, strict=True)), (False, *[True] * len(columns)))


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _figure(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return three(value).replace("-", "−") if abs(value) < 100 else f"{value:,.1f}".replace("-", "−")


def _pairs(ladder: Ladder) -> list[str]:
    """How each two candidates differ by the deciding score, and where order decides, by that."""
    sentences = [_pair(ladder, pair, ladder.measure.score) for pair in ladder.pairs]
    if ladder.choice.by_order:
        sentences += [_pair(ladder, pair, ladder.learnable.score) for pair in ladder.learnable.pairs]
    return sentences


def _pair(ladder: Ladder, pair: Pair, score: Score) -> str:
    by, better, other = amount(pair, score), capital(ladder.title(pair.better)), ladder.title(pair.other)
    if pair.is_clear:
        return f"{better} is better than {other} by {by}"
    if pair.is_equal:
        return f"{better} and {other} are practically equal: they differ by {by}"
    return f"These rows cannot tell whether {ladder.title(pair.better)} is better than {other}: it is ahead by {by}"


def _alt(ladder: Ladder) -> str:
    means = ", ".join(f"{name} {scores.mean():.3f}" for name, scores in zip(ladder.rungs, ladder.scores, strict=True))
    return f"The {ladder.measure.name} of each model in each repeat, with its mean and 95 % interval: {means}."
