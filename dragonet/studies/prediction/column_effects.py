"""Effects: by how much each column of a table moves a model's answers, so that it is known which ones it cannot do without."""

from typing import Any

import numpy as np

MATTERS = 0.05  # in probability, or in standard deviations of the number that is predicted
_ROWS, _COLUMNS = 200, 2000
_AT_ONCE = 2**22  # numbers


def of(model: Any, table: Any, spread: np.ndarray | None = None) -> dict[str, float]:
    """The mean change of a model's outputs when a column of a raw table (n, d) is shuffled; the largest over the outputs (k,).

    spread (k,): what counts as a change of 1, for outputs that are no probabilities. Up to 200 rows are looked at; of more than
    2,000 columns nothing is known. What it cannot show: columns that tell the same stand in for each other.
    """
    encoder = model.encoder
    if encoder is None or len(table) < 2 or len(encoder.columns) > _COLUMNS:
        return {}
    draw = np.random.default_rng(0)
    some = np.sort(draw.permutation(len(table))[:_ROWS])
    x = encoder.encode(table.iloc[some], say=lambda sentence: None)
    before = model.predict(x)
    widths = [len(column.names) for column in encoder.columns]
    ends = np.cumsum(widths)
    at_once = max(1, _AT_ONCE // x.size)
    effects = {}
    for first in range(0, len(widths), at_once):
        columns = range(first, min(first + at_once, len(widths)))
        others = []
        for j in columns:
            shuffled, place = x.copy(), slice(ends[j] - widths[j], ends[j])
            shuffled[:, place] = x[draw.permutation(len(x)), place]
            others.append(shuffled)
        after = model.predict(np.concatenate(others)).reshape(len(others), *before.shape)
        change = np.abs(after - before).mean(axis=1) / (1.0 if spread is None else np.where(spread > 0, spread, 1.0))
        effects |= {
            encoder.columns[j].name: round(float(each.max()), 4) for j, each in zip(columns, change, strict=True)
        }
    return effects
