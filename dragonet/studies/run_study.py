"""Study: a ladder on a user's own data and the folder that records it; what `dragonet train DATA --target COLUMN` does."""

import csv
import io
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors, spreadsheet
from dragonet.core.atomic_write import written
from dragonet.data.dataset import Data
from dragonet.data.leakage import grouping
from dragonet.runs import environment, record
from dragonet.runs.folders import new_folder, new_id
from dragonet.runs.record import FORMAT
from dragonet.runs.run import Run
from dragonet.studies.candidates.fitted import ENDING, FittedModel, file_name
from dragonet.studies.ladder import Ladder
from dragonet.studies.out_of_fold_table import table_rows
from dragonet.studies.prediction import column_effects, outside_rows
from dragonet.studies.prediction.likeness import Likeness
from dragonet.studies.prediction.limits import Limits
from dragonet.studies.prediction.outside_rows import OutsideScores
from dragonet.studies.question import Question

SCORING = "cross-validation"  # how its scores came about; runs of earlier versions say nothing of it


class Study(Run):
    """A folder with config.json, and, once it is trained, scores.json, model.keras, models/ and history.csv; and its report.

    units/ holds the result of each training. A study that was stopped goes on from there, and one that is trained again after a
    candidate was added trains that one alone. A model that is no network of dragonet is kept as model.candidate.
    """

    def __init__(self, folder: Path, question: Question, config: dict[str, Any]):
        self.folder, self.question, self.config = folder, question, config

    @classmethod
    def create(cls, question: Question, out: str | os.PathLike | None = None) -> "Study":
        """A study in a new folder: `out`, or the next free runs/DATA-TARGET-N, once the data were read.

        Raises ValueError where `out` is there and not empty, and for data that cannot be read or split: then no folder is made.
        """
        rows = question.read()
        question.check(rows)
        made = cls(
            new_folder(out, question.name), question, {"format": FORMAT, "id": new_id(), "question": question.to_json()}
        )
        made._rows = rows
        if Path(question.source).exists():
            made.config["path"] = str(Path(question.source).resolve())
        made._write("config.json", made.config)
        return made

    _rows: Data | None = None
    ladder: Ladder | None = None  # once it was trained in this process

    @property
    def rows(self) -> Data:
        """The data, read once, from where they were when the study was begun."""
        if self._rows is None:
            source = self.config.get("path")
            self._rows = self.question.read(source if source and Path(source).exists() else None)
        return self._rows

    @property
    def called(self) -> str:
        """What the study is of, in a sentence."""
        return self.question.source

    def again(self, folder: Path) -> "Study":
        """The same study in another folder, from the data as they are now."""
        self._check_scoring()
        made = Study(
            new_folder(folder, self.question.name),
            self.question,
            {name: entry for name, entry in self.config.items() if name in ("format", "question", "path")}
            | {"id": new_id()},
        )
        made._write("config.json", made.config)
        return made

    @property
    def seed(self) -> int:
        """What everything random in it comes from."""
        return self.question.seed

    # --- training -----------------------------------------------------------------------------------------------------

    def train(self, say: Callable[[str], None] = print, verbose: str | int = "auto") -> Ladder:
        """Train what the folder has no result of, and write everything but the report.

        Raises ValueError where the data are not those that it began with.
        """
        self._check_scoring()
        rows = self.rows
        self._record(rows)
        for line in rows.lines():
            say(line)
        self.ladder = ladder = self.question.train_ladder(rows, verbose, self.folder / "units")
        self._write_models(ladder)
        for name, histories in ladder.histories.items():
            self._write_history(histories[0])
            self.config |= {"engine": histories[0].engine, "network": name}
        if ladder.data.kind == "table":
            spread = ladder.data.y.reshape(len(ladder.data), -1).std(axis=0) if rows.task == "numbers" else None
            some = ladder.data.x.iloc[ladder.splits.models[0].parts.test]
            self.config["data"]["effects"] = column_effects.of(ladder.model, some, spread)
        self._write("config.json", self.config)
        self._write_table("out_of_fold.csv", table_rows(ladder))
        self._write_likeness(ladder)
        limits = Limits.of(ladder.answers[ladder.kept])
        self._write(
            "scores.json",
            self._traced() | ladder.to_json() | {"limits": None if limits is None else limits.to_json()},
        )
        return ladder

    def write_report(self) -> None:
        """Write report.html, of a study that was trained in this process."""
        from dragonet import report

        report.write(self)

    def _write_models(self, ladder: Ladder) -> None:
        """The model that is kept, and each candidate's in models/."""
        kept = file_name(ladder.model, "model")
        ladder.model.save(self.folder / kept)
        for other in {"model.keras", f"model{ENDING}"} - {kept}:
            (self.folder / other).unlink(missing_ok=True)
        (self.folder / "models").mkdir(exist_ok=True)
        for name, model in ladder.models.items():
            model.save(self.folder / "models" / file_name(model, name))

    def _record(self, rows: Data) -> None:
        """Complete config.json, or make sure that what it says of the data still holds."""
        before = self.config.setdefault("data", facts(rows))
        if before["sha256"] != rows.sha256:
            raise errors.value_error(
                "A run",
                "the data that it began with",
                f"other ones in {self.called}",
                f"Train anew: {self.question.command}.",
            )
        now = environment.study_versions()
        environment.note_other_versions(self.config.get("versions", now), now)
        self.config |= {
            "scoring": SCORING,
            "versions": now,
            "machine": environment.machine(),
            "command": self.question.command,
        }
        self._write("config.json", self.config)

    def _write_history(self, history: Any) -> None:
        names = sorted(history.history)
        columns = zip(history.epoch, *(history.history[name] for name in names), strict=True)
        self._write_table("history.csv", itertools.chain([["epoch", *names]], columns))

    def _write_likeness(self, ladder: Ladder) -> None:
        """What tells rows that are unlike the training rows, where a row is a table's or an array's."""
        encoder, x = ladder.model.encoder, ladder.data.x
        if ladder.data.kind == "table" and encoder is not None:
            Likeness.of(encoder.encode(x, say=lambda sentence: None)).save(self.folder)

    def _write_table(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(map(spreadsheet.row, rows))
        with written(self.folder / name) as file:
            file.write(text.getvalue().encode())

    def limits(self) -> Limits | None:
        """How far answers to new rows may be off; None for runs of earlier versions, and where nothing is known."""
        limits = record.read_scores(self.folder / "scores.json").get("limits")
        return None if limits is None else Limits.from_json(limits)

    # --- using a trained one ------------------------------------------------------------------------------------------

    def model(self) -> Any:
        """The model that is kept. Raises ValueError for a run that was not trained to its end."""
        path = self.folder / f"model{ENDING}"
        return FittedModel.load(path) if path.is_file() else super().model()

    def evaluate(self) -> "CrossValidated":
        """The cross-validated scores of the model in the folder. Raises ValueError for a run of an earlier way of scoring."""
        self.model()
        _ = self.facts  # raises for a record without any
        self._check_scoring()
        return CrossValidated.read(self.folder / "scores.json")

    def evaluate_outside(self, path: str | os.PathLike, say: Callable[[str], None] = print) -> OutsideScores:
        """The scores of the model in the folder on the rows of another table, and how they differ; see `outside_rows.evaluate`."""
        self._check_scoring()
        return outside_rows.evaluate(self, path, say)

    def _check_scoring(self) -> None:
        """Raises ValueError for a run of an earlier version, which says nothing of how its scores came about."""
        if "data" in self.config and self.config.get("scoring") != SCORING:
            raise errors.value_error(
                "A run",
                "scores of cross-validation",
                f"{self.folder.name}, whose scores are of random splits, by an earlier version",
                f"Its model predicts as it did. For scores train anew: {self.question.command}.",
            )


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """The scores of the kept candidate, as scores.json has them."""

    scores: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> "CrossValidated":
        """Raises ValueError for a file that is damaged."""
        validated = cls(record.read_scores(path))
        try:
            validated.lines()
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as failure:
            got = f"{type(failure).__name__}: {errors.short_repr(str(failure))}"
            raise errors.value_error(str(path), "the scores of a ladder", got, "Train anew.") from None
        return validated

    @property
    def means(self) -> dict[str, float]:
        """Every score of the kept candidate."""
        scores = self.scores
        place = scores["rungs"].index(scores["kept"])
        return {name: float(np.mean(values[place])) for name, values in scores["figures"].items()}

    def lines(self) -> list[str]:
        """What a terminal shows."""
        scores = self.scores
        place = scores["rungs"].index(scores["kept"])
        low, high = scores["intervals"][place]
        words = {name: f"{value:.4f}" for name, value in self.means.items()}
        words[scores["score"]] = f"{np.mean(scores['scores'][place]):.4f}, 95 % interval {low:.4f} to {high:.4f}"
        width = max(map(len, words)) + 2
        head = f"{scores['kept']}, cross-validated, each row by models that had not learned from it:"
        return [head, *(f"{name:<{width}}{value}" for name, value in words.items())]


def facts(rows: Data) -> dict[str, Any]:
    """What a record says of the data."""
    return {
        "sha256": rows.sha256,
        "name": rows.name,
        "kind": rows.kind,
        "rows": len(rows),
        "task": rows.task,
        "classes": list(rows.classes),
        "targets": list(rows.targets),
        "columns": [str(column) for column in rows.columns],
        "noticed": list(rows.noticed),
        "names": list(rows.names),
        "identifiers": [
            column.name
            for column in rows.columns
            if column.role == "groups"
            or (column.role == "left out" and (column.kind == "identifier" or grouping.is_identity(column.name)))
        ],
    }
