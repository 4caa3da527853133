"""Writing: the report of a study as one HTML file that needs no network and no scripts."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.core.atomic_write import written
from dragonet.report import drawings
from dragonet.report.advice import advice
from dragonet.report.looking import ReportData, Table, data_table
from dragonet.report.pictures import Picture
from dragonet.report.similar_sentences import together
from dragonet.studies.ladder import ONCE
from dragonet.studies.run_study import Study
from dragonet.studies.verdicts import amount, called, capital, three

_TEMPLATES = Path(__file__).parent / "templates"
_COLUMNS = 40


def write(study: Study) -> Path:
    """report.html in the folder of a study that was trained in this process, and its pictures in pictures/; the report's path.

    All in it that comes from the data, such as names of columns, is text and nothing else.
    Raises ValueError for a study that was only opened.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    if study.ladder is None:
        raise errors.value_error(
            "report.write",
            "a study that was trained by now",
            f"{study.folder}, which was opened only",
            "Call study.train() first.",
        )
    held = contents(study)
    (study.folder / "pictures").mkdir(exist_ok=True)
    for one in _pictures(held.values()):
        with written(study.folder / "pictures" / one.name) as file:
            file.write(one.content)
    shelf = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shelf.filters |= {"cut": _cut, "together": lambda text: text.replace(" ± ", "\u00a0±\u00a0")}
    path = study.folder / "report.html"
    with written(path) as file:
        file.write(shelf.get_template("report.html").render(**held).encode())
    return path


def contents(study: Study) -> dict[str, Any]:
    """What the report says, section by section."""
    ladder, question = study.ladder, study.question
    rows, look = ladder.data, ReportData(ladder, study.id)
    diagnosis = ladder.histories[0].diagnose() if ladder.histories else None
    columns = list(data_table(rows, _COLUMNS))
    return {
        "title": f"{', '.join(rows.targets)} · {rows.name}",
        "question": _question(ladder),
        "answer": ladder.verdict,
        "doubts": ladder.doubts,
        "data": rows,
        "columns": columns,
        "more_columns": max(0, len(rows.columns) - len(columns)),
        "noticed": together(ladder.noticed),
        "classes": _classes(rows),
        "ladder": ladder,
        "scores": _scores(ladder),
        "scores_picture": look.picture("ladder", drawings.ladder(ladder), _alt(ladder)),
        "pairs": _pairs(ladder),
        "once": ONCE,
        "curves": look.curves(),
        "diagnosis": diagnosis,
        "findings": together(_findings(diagnosis)) if diagnosis else [],
        "remarks": together(diagnosis.remarks) if diagnosis else [],
        "network": next((name for name in ladder.rungs if ladder.first.trained[name].history is not None), None),
        "confusion": look.confusion(),
        "rates": look.rates(),
        "against_truth": look.against_truth(),
        "confusing": look.confusing(),
        "calibration": look.calibration(),
        "importance": look.importance(),
        "regions": look.regions(),
        "is_table": lambda held: isinstance(held, Table),
        "is_text": lambda held: isinstance(held, str),
        "advice": advice(ladder, diagnosis),
        "command": question.command,
        "script": question.script,
        "run": study.id,
        "seed": question.seed,
        "sha256": rows.sha256,
        "versions": study.config["versions"],
        "machine": study.config["machine"],
        "engine": study.config.get("engine", ""),
        "chosen": ladder.first.trained[ladder.kept].chosen,
    }


def _findings(diagnosis: Any) -> list[str]:
    """Each finding and what to do about it; the one that is the verdict is not said twice."""
    verdict = diagnosis.verdict
    said = [
        one.suggestion if one.sentence == verdict else f"{one.sentence} {one.suggestion}" for one in diagnosis.findings
    ]
    return [sentence.strip() for sentence in said if sentence.strip()]


def _pictures(parts: Iterable[Any]) -> Iterator[Picture]:
    for part in parts:
        if isinstance(part, Picture):
            yield part
        elif isinstance(part, list | tuple):
            yield from _pictures(part)


def _question(ladder: Any) -> str:
    rows = ladder.data
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


def _classes(rows: Any) -> Table | None:
    if rows.task != "classes":
        return None
    counts = np.bincount(rows.y, minlength=len(rows.classes))
    held = [(name, f"{count:,}", f"{count / len(rows):.1%}") for name, count in zip(rows.classes, counts, strict=True)]
    return Table((rows.targets[0], "rows", "share"), held[:_COLUMNS], (False, True, True))


def _scores(ladder: Any) -> Table:
    """A column for each model and a row for each score, which is narrow enough for any page."""
    table = ladder.table.drop(columns=["low", "high", "seconds"])
    names = [name for name in table.columns if name not in ("mean", "sd", "train")]
    said = (
        ladder.measure.name,
        "its standard deviation",
        "95 % interval of the mean",
        "on the training rows",
        *names,
        "seconds",
    )
    columns = []
    for i, name in enumerate(ladder.rungs):
        low, high = ladder.intervals[i]
        held = table.loc[name]
        columns.append(
            (
                _figure(held["mean"]),
                _figure(held["sd"]),
                f"{_figure(low)} to {_figure(high)}",
                _figure(held["train"]),
                *(_figure(held[one]) for one in names),
                f"{ladder.seconds[i].mean():.2f}",
            )
        )
    return Table(("score", *ladder.rungs), list(zip(said, *columns, strict=True)), (False, *[True] * len(columns)))


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _figure(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return three(value).replace("-", "−") if abs(value) < 100 else f"{value:,.1f}".replace("-", "−")


def _pairs(ladder: Any) -> list[str]:
    """What is told apart by the deciding score, and where the ranking decides, by that."""
    said = [_pair(pair, ladder.measure) for pair in ladder.differences]
    return said + [_pair(pair, ladder.ranking.measure) for pair in ladder.ranking.differences] if ladder.ranks else said


def _pair(pair: Any, measure: Any) -> str:
    by, better, other = amount(pair, measure), capital(called(pair.better)), called(pair.other)
    if pair.significant:
        return f"{better} is ahead of {other} by {by}"
    return f"{better} and {other} are not told apart: they differ by {by}"


def _alt(ladder: Any) -> str:
    means = ", ".join(f"{name} {scores.mean():.3f}" for name, scores in zip(ladder.rungs, ladder.scores, strict=True))
    return f"The {ladder.measure.name} of each model in each split, with its mean and 95 % interval: {means}."
