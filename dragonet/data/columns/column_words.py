"""Column words: the different words of a column, with their counts and examples of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import cell_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ColumnWords:
    """A column of words: a code for each cell (n,), -1 where it is missing; the different words (k,), and the cells of each."""

    name: str
    codes: np.ndarray
    texts: list[str]
    counts: np.ndarray

    @classmethod
    def of(cls, series: "pd.Series", name: str) -> "ColumnWords":
        """The words of a raw column."""
        codes, texts = cell_text.factorize(series)
        return cls(name, codes, texts, np.bincount(codes[codes >= 0], minlength=len(texts)))

    def spread(self, values: np.ndarray, missing: object) -> np.ndarray:
        """The value of each cell (n,), from one for each word (k,)."""
        return np.append(values, np.array([missing], values.dtype))[self.codes]

    def count(self, chosen: np.ndarray) -> int:
        """How many cells hold the chosen words (k,)."""
        return int(self.counts[chosen].sum())

    def first(self, chosen: np.ndarray) -> str:
        """The first of the chosen words (k,); '' for none."""
        places = np.flatnonzero(chosen)
        return self.texts[places[0]] if len(places) else ""

    def examples(self, chosen: np.ndarray) -> str:
        """Two to four chosen words with their counts, else the commonest one; '' for none."""
        places = [i for i in np.argsort(-self.counts, kind="stable") if chosen[i]]
        if not places:
            return ""
        if len(places) == 1 or len(places) > 4:
            return f"such as {errors.short_repr(self.texts[places[0]], 30)}"
        return ", ".join(f"{errors.short_repr(self.texts[i], 30)} {self.counts[i]:,}" for i in places)
