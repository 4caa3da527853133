"""Run: a training and the folder that records it, so that it can be looked at, gone on with, and done again."""

import json
import os
import shutil
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dragonet.core import errors, session, shell
from dragonet.core.atomic_write import written
from dragonet.runs import environment, record
from dragonet.runs.folders import new_folder, new_id
from dragonet.runs.recipe import Recipe
from dragonet.runs.record import FORMAT


class Run:
    """A folder with config.json, and, once it is trained, history.csv, model.keras, scores.json and pictures.

    A `Study` is the run of a ladder on a user's own data.
    """

    def __init__(self, folder: Path, recipe: Recipe, config: dict[str, Any]):
        self.folder, self.recipe, self.config = folder, recipe, config

    # --- making and opening one ---------------------------------------------------------------------------------------

    @classmethod
    def create(cls, recipe: Recipe, out: str | os.PathLike | None = None) -> "Run":
        """A run in a new folder: `out`, or the next free runs/DATA-MODEL-N.

        Raises ValueError where `out` is there and not empty: what is in it is not touched.
        """
        from dragonet.runs import devices

        devices.use(recipe.device)  # refuses one that is not there, before there is a folder
        folder = new_folder(out, f"{recipe.data}-{recipe.model}")
        run = cls(folder, recipe, {"format": FORMAT, "id": new_id(), "recipe": asdict(recipe)})
        run._write("config.json", run.config)
        return run

    @classmethod
    def open(cls, folder: str | os.PathLike) -> "Run":
        """The run in a folder.

        Raises ValueError for a folder that does not hold one, or one that a newer dragonet wrote.
        """
        folder = Path(folder)
        path = folder / "config.json"
        if not path.is_file():
            got = "a folder without one" if folder.is_dir() else "a file" if folder.exists() else "nothing there"
            raise errors.value_error(
                f"{folder}",
                "to be the folder of a run, with its config.json",
                got,
                "'dragonet train digits' makes one.",
            )
        config = record.read(path)
        config.setdefault("id", new_id())  # a record from before there were ids
        if "question" in config:
            from dragonet.studies.run_study import Question, Study

            return Study(folder, Question.of_json(config["question"]), config)
        return cls(folder, Recipe(**config["recipe"]), config)

    @property
    def facts(self) -> dict[str, Any]:
        """What the record says of the data. Raises ValueError for a run that was stopped before it had read them."""
        if "data" not in self.config:
            raise self._stopped()
        return self.config["data"]

    def _stopped(self) -> ValueError:
        return errors.value_error(
            f"{self.folder}",
            "a run that was trained to its end",
            "one that was stopped before it",
            f"Go on with it: dragonet resume {shell.quoted(str(self.folder))}.",
        )

    @property
    def called(self) -> str:
        """The name of its data."""
        return self.recipe.data

    def again(self, folder: Path) -> "Run":
        """The same run in another folder, not trained yet."""
        return Run.create(self.recipe, folder)

    @property
    def id(self) -> str:
        """A word that this run alone has; its figures and scores carry it, no number depends on it."""
        return self.config["id"]

    @property
    def seed(self) -> int:
        """What everything random in it comes from."""
        return self.recipe.seed

    @property
    def finished(self) -> bool:
        """Whether it was trained to its end."""
        return (self.folder / "scores.json").is_file()

    # --- training -----------------------------------------------------------------------------------------------------

    def train(self, say: Callable[[str], None] = print, verbose: str | int = "auto") -> Any:
        """Train to the end, from the last checkpoint where there is one; the Scores.

        A run that was killed and trained again ends with the weights of one that was not, bit for bit. `say` is told
        what a user wants to read. Raises KeyboardInterrupt once Ctrl-C has ended it, with what is needed to go on on
        disk; ValueError where the data are not those that it began with.
        """
        from dragonet import callbacks
        from dragonet.runs import architectures, devices, pictures, problems, scores

        recipe, checkpoints = self.recipe, self.folder / "checkpoints"
        session.set_seed(recipe.seed)
        session.clear()
        with devices.use(recipe.device):
            problem = problems.load(recipe.data, recipe.seed)
            self._record(problem)
            model = architectures.build(recipe, problem)
            say(
                f"{recipe.data}: {len(problem.x_train) - problem.watched:,} rows to learn from, {problem.watched:,} to "
                f"watch, {len(problem.x_test):,} to test with at the end"
            )
            model.summary(print_fn=say)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Training was interrupted")  # said in the caller's words
                history = model.fit(
                    problem.x_train,
                    problem.y_train,
                    batch_size=recipe.batch_size,
                    epochs=recipe.epochs,
                    verbose=verbose,
                    validation_split=problems.VALIDATION,
                    callbacks=[
                        callbacks.CSVLogger(self.folder / "history.csv"),
                        callbacks.BackupAndRestore(checkpoints, delete_checkpoint=False),
                    ],
                )
            if history.stopped == "interrupted":
                raise KeyboardInterrupt
            model.save(self.folder / "model.keras")
            self._write("config.json", self.config | {"engine": history.engine})
            reached = scores.of(model, problem, history.history)
            pictures.draw(self.folder, model, problem, history.history, self.id)
        self._write("scores.json", self._traced() | reached.to_json() | {"stopped": history.stopped})
        shutil.rmtree(checkpoints, ignore_errors=True)
        return reached

    def _record(self, problem: Any) -> None:
        """Complete config.json, or make sure that what it says of the data still holds."""
        facts = {
            "sha256": problem.sha256(),
            "classes": list(problem.classes),
            "white": problem.white,
            "features": list(problem.features),
        }
        before = self.config.setdefault("data", facts)
        if before["sha256"] != facts["sha256"]:
            raise errors.value_error(
                "A run",
                "the data that it began with",
                f"other numbers in {self.recipe.data}",
                f"Train anew: dragonet train {self.recipe.data} --model {self.recipe.model}.",
            )
        now = environment.versions()
        environment.note_other_versions(self.config.get("versions", now), now)
        self.config |= {"versions": now, "machine": environment.machine()}
        self._write("config.json", self.config)

    def write_report(self) -> None:
        """Nothing: the report is that of a ladder."""

    # --- using a trained one ------------------------------------------------------------------------------------------

    def model(self) -> Any:
        """The trained model.

        Raises ValueError for a run that was not trained to its end.
        """
        from dragonet import models
        from dragonet.runs import devices

        devices.offered()  # answers in a sentence where JAX was told to use what is not there
        path = self.folder / "model.keras"
        if not path.is_file():
            raise self._stopped()
        return models.load_model(path)

    def evaluate(self) -> Any:
        """The Scores of the model in the folder, on the test rows."""
        from dragonet.runs import problems, scores

        model = self.model()
        problem = problems.load(self.recipe.data, self.recipe.seed)
        if problem.sha256() != self.facts["sha256"]:
            errors.warn(f"The numbers in {self.recipe.data} are not those that the run was trained with.")
        return scores.of(model, problem)

    def predict(self, path: str | os.PathLike, say: Callable[[str], None] = print) -> Any:
        """The model's outputs (n, outputs) for the raw rows or the image in a file. `say` is told what was done to them."""
        return self.answered(path, say)[0]

    def answered(
        self, path: str | os.PathLike, say: Callable[[str], None] = print, fill: bool = False
    ) -> tuple[Any, Any]:
        """The model's outputs (n, outputs), and the `input_rows.Rows` that they are for.

        fill: a column that matters may be missing in all rows.
        """
        from dragonet.studies.prediction import input_rows

        model = self.model()
        rows = input_rows.read(path, model, self.facts, say, fill)
        return model.predict(rows.x), rows

    def _traced(self) -> dict[str, Any]:
        """What scores.json says of where its scores come from."""
        return {"run": self.id, "seed": self.seed, "data": self.facts["sha256"]}

    def _write(self, name: str, entries: dict[str, Any]) -> None:
        with written(self.folder / name) as file:
            file.write((json.dumps(entries, indent=2) + "\n").encode())
