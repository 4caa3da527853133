"""Ten tables whose answer is known, from a text book or by construction, and the page that says what dragonet answers.

`python -m helpers.known_answers`, in the folder tests, writes docs/known-answers.md anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from dragonet.studies.ladder import Ladder

PAGE = Path(__file__).parents[2] / "docs" / "known-answers.md"


@dataclass(frozen=True)
class KnownAnswer:
    """A table with a column 'y', what is known of it, and whether a ladder says so."""

    name: str
    known: str
    table: Callable[[], pd.DataFrame]
    is_right: Callable[[Ladder], bool]


def _bundled(load: Callable[..., Any]) -> Callable[[], pd.DataFrame]:
    def table() -> pd.DataFrame:
        bunch = load()
        names = getattr(bunch, "target_names", None)
        y = bunch.target if names is None or load is datasets.load_diabetes else np.asarray(names)[bunch.target]
        return pd.DataFrame(bunch.data, columns=list(bunch.feature_names)).assign(y=y)

    return table


def _made(n: int, seed: int, answer: Callable[[np.ndarray, np.random.Generator], Any], columns: int = 4):
    def table() -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, columns))
        return pd.DataFrame(x).add_prefix("x").assign(y=answer(x, rng))

    return table


def _friedman() -> pd.DataFrame:
    x, y = datasets.make_friedman1(300, n_features=5, noise=1.0, random_state=0)
    return pd.DataFrame(x).add_prefix("x").assign(y=y)


def _words(is_yes: np.ndarray) -> np.ndarray:
    return np.where(is_yes, "yes", "no")


def _rare(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _words(rng.random(len(x)) < 1 / (1 + np.exp(3.4 - 1.2 * x[:, 0])))


def _is_linear_enough(ladder: Ladder) -> bool:
    return ladder.choice.is_learnable and ladder.kept == ladder.rungs[1]


def _needs_more(ladder: Ladder) -> bool:
    return ladder.choice.is_learnable and ladder.kept in ladder.rungs[2:]


def _is_chance(ladder: Ladder) -> bool:
    return ladder.verdict.startswith("Not distinguishable from chance") and ladder.kept == ladder.rungs[0]


ALL = (
    KnownAnswer(
        "iris (Fisher 1936)",
        "three species, two of them almost apart by a line",
        _bundled(datasets.load_iris),
        _is_linear_enough,
    ),
    KnownAnswer(
        "wine (Forina 1986)", "three growers, apart by a line", _bundled(datasets.load_wine), _is_linear_enough
    ),
    KnownAnswer(
        "breast cancer (Street et al. 1993)",
        "a linear model has some .97 of accuracy",
        _bundled(datasets.load_breast_cancer),
        lambda ladder: _is_linear_enough(ladder) and ladder.means["linear"] > 0.96,
    ),
    KnownAnswer(
        "diabetes (Efron et al. 2004)",
        "ordinary least squares has an R² of some .48 out of sample, and nothing is better",
        _bundled(datasets.load_diabetes),
        lambda ladder: _is_linear_enough(ladder) and 0.42 < ladder.means["linear"] < 0.55,
    ),
    KnownAnswer(
        "exclusive or",
        "no line tells the signs of a product",
        _made(300, 0, lambda x, rng: _words(x[:, 0] * x[:, 1] > 0)),
        _needs_more,
    ),
    KnownAnswer("Friedman's first function (1991)", "a sine, a square and a line: curved", _friedman, _needs_more),
    KnownAnswer(
        "coin tosses", "nothing to learn", _made(200, 1, lambda x, rng: _words(rng.random(len(x)) < 0.5)), _is_chance
    ),
    KnownAnswer(
        "numbers drawn at random", "nothing to learn", _made(150, 2, lambda x, rng: rng.normal(size=len(x))), _is_chance
    ),
    KnownAnswer(
        "a weak line",
        "an R² of .11, which an F-test shows with p below 1e-6",
        _made(300, 3, lambda x, rng: 0.35 * x[:, 0] + rng.normal(size=len(x))),
        lambda ladder: ladder.choice.is_learnable,
    ),
    KnownAnswer(
        "a rare class",
        "some 5 % yes, which a logistic regression puts in order with an AUC of some .78",
        _made(800, 4, _rare),
        lambda ladder: (
            ladder.choice.is_learnable and ladder.measure.name == "ROC AUC" and ladder.means["linear"] > 0.65
        ),
    ),
)


def ladder_of(known: KnownAnswer) -> Ladder:
    """What dragonet says, with its usual settings."""
    from dragonet import data
    from dragonet.studies import train_ladder

    return train_ladder(data.read(known.table(), target="y"))


def write_page() -> None:
    """docs/known-answers.md, from ladders that are trained now."""
    rows = []
    for known in ALL:
        ladder = ladder_of(known)
        verdict = ladder.verdict.replace("|", "\\|")
        rows.append(f"| {known.name} | {len(ladder.data):,} | {known.known} | {verdict} | {ladder.kept} |")
    PAGE.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


_HEAD = """# Ten tables whose answer is known

What `dragonet train` says of them with its usual settings; a test (`tests/studies/test_known_answers.py`) trains all ten and
holds that the answer is right. `python -m helpers.known_answers`, in the folder `tests`, writes this page anew.

| table | rows | what is known | what dragonet says | kept |
| --- | --- | --- | --- | --- |
"""

if __name__ == "__main__":
    write_page()
