"""The trainings of a comparison: every model on every split, as units of work."""

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.comparison import identity
from dragonet.comparison.adapters import Estimator, Network, Targets, adapt
from dragonet.comparison.rules import Rule
from dragonet.data import fingerprints
from dragonet.runs import environment, units
from dragonet.runs.stop import Stop
from dragonet.runs.units import Group, Result, Unit
from dragonet.training.progress import Progress


@dataclass(frozen=True, eq=False)
class Trainings:
    """Which models are trained on which splits of which rows.

    models: by name. splits: the places of the rows to train and to test with, for each of the seeds. times (1 + draws, n): how
    often each row counts in the score and in each draw of the bootstrap. fit: arguments of `Model.fit`.
    """

    models: Mapping[str, Any]
    x: Any
    y: Targets
    seeds: Sequence[int]
    splits: Sequence[tuple[np.ndarray, np.ndarray]]
    times: np.ndarray
    score: Any
    fit: Mapping[str, Any]

    def run(self, folder: Path | None, jobs: int, verbose: str | int) -> list[list[Result]]:
        """The results of each seed's models; values: 'train' score and 'seconds', arrays: 'drawn' (1 + draws,)."""
        stop, progress = Stop(), Progress(verbose)
        groups = [
            Group(of_seed, functools.partial(_train, self, j, stop)) for j, of_seed in enumerate(self._units(folder))
        ]
        progress.begin_test(len(self.models) * len(self.seeds))
        try:
            results = units.run(groups, folder, jobs, stop=stop.now, progress=lambda done: progress.update(done, {}))
            progress.end_test({})
        finally:
            progress.close()
        return results

    @functools.cached_property
    def rule(self) -> Rule:
        """By which score they are compared. Raises ValueError for models of different kinds."""
        models = [self.adapter(name, self.seeds[0]) for name in self.models]
        rule = Rule.of(self.score, models[0], self.y)
        for model in models:
            rule.check(model, self.y)
        return rule

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "rule"}  # its compiled formula stays here

    def adapter(self, name: str, seed: int) -> Network | Estimator:
        """The model of this name, made anew for a seed."""
        return adapt(name, self.models[name], seed)

    def _units(self, folder: Path | None) -> list[list[Unit]]:
        """A unit for each model, for each seed; named by what determines its result where that is kept."""
        if folder is None:
            return [[Unit(name, {}, "", "", seed, {}) for name in self.models] for seed in self.seeds]
        data = fingerprints.hash_contents(self.x, self.y.raw)
        where = {"versions": environment.study_versions(), "machine": environment.machine()}
        common = {"fit": identity.plain(self.fit), "score": identity.plain(self.score, or_printed=True)}
        return [
            [
                Unit(name, {**common, "model": self.adapter(name, seed).identity()}, data, split, seed, where)
                for name in self.models
            ]
            for seed, split in zip(self.seeds, (fingerprints.hash_contents(*rows) for rows in self.splits), strict=True)
        ]


def _train(trainings: Trainings, j: int, stop: Stop, some: Sequence[Unit]) -> Iterator[Result]:
    """Train the models that some units name on split j."""
    x, y, (train, test), rule = trainings.x, trainings.y, trainings.splits[j], trainings.rule
    for unit in some:
        model = trainings.adapter(unit.candidate, unit.seed)
        rule.check(model, y)
        if isinstance(model, Network):
            stop.watch(model.model)
        began = time.perf_counter()
        model.train(x, y, train, trainings.fit)
        seconds = time.perf_counter() - began
        stop.check()
        once = np.ones((1, len(train)), np.float32)
        values = {"train": float(rule.scores(model, x, y, train, once)[0]), "seconds": seconds}
        drawn = rule.scores(model, x, y, test, trainings.times[:, test])
        yield Result(values, {"drawn": np.asarray(drawn, np.float64)})
