"""Preflight: problems of the data that would spoil a training, noticed before it; a sentence for each."""

from typing import Any

import numpy as np

from dragonet.losses.base import CLASS_TARGETS
from dragonet.training.data.overlap import shared_rows
from dragonet.training.fitting.first_layers import coded, unscaled
from dragonet.training.fitting.fit_metadata import class_counts

_ROWS, _VALUES = 10_000, 2**19  # the most rows that are read, and the most numbers in them
_FEW_ROWS = 20  # with fewer, statistics of a column mean little
_APART = 100  # times as large: one column against another
_LARGE, _SMALL = 20, 0.01  # sizes of numbers from which learning is hard
_MOSTLY = 0.9  # share of the rows with one value, from which the column's size means little
_ALMOST_ALL = 0.99
_ONE_KIND = 16  # columns, most of them with one range: pixels or genes, of which some are always empty
_UNEVEN = 3  # times as many rows of one class as of another
_NAMED = 3  # columns


def preflight(
    x: list, y: list, validation: tuple[list, list] | None, model: Any, *, shuffle: bool = True, weighted: bool = False
) -> list[str]:
    """One sentence for each problem of the data, with its figure and what to do; [] where there is none.

    x, y: an array for each input and each output of the compiled model, all rows; validation: the same of the validation
    data. weighted: whether rows count unequally, on purpose. Reads some 10,000 rows, fewer where they are wide. NaN and
    infinity are not searched for: `fit` refuses them.
    """
    graph, sentences = model.graph, list[str]()
    names = ["x"] if len(x) == 1 else [f"input {tensor.name!r}" for tensor in graph.input_list]
    for i, (name, raw, codes) in enumerate(zip(names, unscaled(graph), coded(graph), strict=True)):
        if codes or x[i].ndim < 2 or len(x[i]) < _FEW_ROWS:
            continue
        sample = Sample(x[i])
        sentences += _sizes(name, sample) if raw else []
        sentences += [] if x[i].ndim > 2 or sample.one_kind else _columns(name, sample)
        if validation is not None and len(validation[0][i]) >= _FEW_ROWS:
            sentences += _other_scale(name, sample, Sample(validation[0][i]))
    if validation is not None:
        sentences += _shared(x, validation[0])
    losses = model.training_state.compiled_for("preflight").losses_for(model.target_names)
    for i, loss in enumerate(losses):
        if y[i] is not None and getattr(loss, "targets", "") in CLASS_TARGETS:
            other = None if validation is None else validation[1][i]
            sentences += _classes(y[i], other, model.outputs[i].shape[-1], model.classes_, shuffle, weighted)
    return sentences


class Sample:
    """Some rows of an input as a table of float64, with statistics of its columns."""

    def __init__(self, x: np.ndarray):
        self.table = x.ndim == 2
        most = min(_ROWS, max(100, _VALUES // x[0].size))
        rows = slice(None) if len(x) <= most else np.linspace(0, len(x) - 1, most).astype(np.int64)
        self.s = s = x[rows].reshape(-1, x[0].size).astype(np.float64)
        self.low, self.high, self.mean = s.min(0), s.max(0), s.mean(0)
        self.size = np.sqrt(np.square(s).mean(0))
        self.spread = np.abs(s - self.mean).mean(0)  # depends less on a single row than a standard deviation does
        # A value that most rows hold is the median, of a few rows too.
        few = np.sort(s[:: max(1, len(s) // 101)], 0)
        self.usual = few[len(few) // 2]
        self.share = (s == self.usual).mean(0)
        self.varied = (self.share <= _MOSTLY) & (self.spread > 0)
        ranges, count = np.unique(np.stack([self.low, self.high])[:, self.low < self.high], axis=1, return_counts=True)
        alike = ranges.size > 0 and count.max() > count.sum() / 2
        self.bytes = self.low.min() >= 0 and 200 < self.high.max() <= 255 and bool((s[:100] == np.floor(s[:100])).all())
        self.one_kind = s.shape[1] >= _ONE_KIND and (alike or self.bytes)


def _sizes(name: str, sample: Sample) -> list[str]:
    """Numbers that are too large or too small for weights that start around 1."""
    low, high, several = sample.low.min(), sample.high.max(), sample.table and not sample.one_kind
    if sample.bytes and not several:
        return [
            f"The pixels go from {low:g} to {high:g}; networks learn better from 0 to 1. Write x / 255.0, or start the model "
            "with Rescaling(1 / 255)."
        ]
    standardise = "Standardise them: start the model with a Normalization() layer, after its adapt(x)."
    if several:
        of = np.flatnonzero(sample.varied)
        if len(of) > 1 and sample.size[of].max() > _APART * sample.size[of].min():
            large, small = of[sample.size[of].argmax()], of[sample.size[of].argmin()]
            return [
                f"The columns of {name} are on scales {_figure(sample.size[large] / sample.size[small])} times apart: column "
                f"{large} around {_figure(sample.size[large])}, column {small} around {_figure(sample.size[small])}. {standardise}"
            ]
    largest = max(abs(low), abs(high))
    usual = sample.size.max() if several else np.sqrt(np.square(sample.size).mean())
    if largest > _LARGE and usual > (_LARGE if several else _LARGE / 4):
        where = f", in column {sample.size.argmax()}" if several else ""
        return [
            f"The numbers in {name} go up to {_figure(largest)}{where}; networks learn better from numbers around 1. {standardise}"
        ]
    if 0 < largest < _SMALL:
        return [
            f"The numbers in {name} go up to {largest:.2g} only; networks learn better from numbers around 1. {standardise}"
        ]
    return []


def _columns(name: str, sample: Sample) -> list[str]:
    """Columns that do not vary, or hardly."""
    sentences, of = [], f"in all {len(sample.s):,} rows looked at"
    constant = sample.low == sample.high
    if constant.any():
        sentences.append(
            f"{_columns_text(constant)} of {name} {'hold' if constant.sum() > 1 else 'holds'} one value {of}: nothing can be "
            f"learned from {'them. Leave them' if constant.sum() > 1 else 'it. Leave it'} out."
        )
    flag = ((sample.s == 0) | (sample.s == 1)).all(0)  # a rare yes still carries information
    still = ~constant & ~flag & ((sample.share > _ALMOST_ALL) | (sample.spread < 1e-4 * np.abs(sample.mean)))
    if still.any():
        worst = np.flatnonzero(still)[0]
        what = (
            f"column {worst} is {sample.usual[worst]:g} in {100 * sample.share[worst]:.3g} % of the rows"
            if sample.share[worst] > _ALMOST_ALL
            else f"column {worst} lies around {_figure(sample.mean[worst])}, give or take {sample.spread[worst]:.1g}"
        )
        sentences.append(
            f"{_columns_text(still)} of {name} hardly {'change' if still.sum() > 1 else 'changes'}: {what}."
        )
    return sentences


def _other_scale(name: str, ours: Sample, theirs: Sample) -> list[str]:
    """Validation data that were prepared in another way than the training data."""
    if ours.table and not ours.one_kind:
        most, both = 5, ours.varied & theirs.varied
        here, there, far = ours.spread, theirs.spread, np.abs(theirs.mean - ours.mean)
        here, there, far = np.where(both, here, 1), np.where(both, there, 1), np.where(both, far, 0)
    else:  # all pixels together: one at the border may differ by chance
        most, mean = 3, (ours.s.mean(), theirs.s.mean())
        here, there = (
            np.array([np.abs(sample.s - m).mean() or 1]) for sample, m in zip((ours, theirs), mean, strict=True)
        )
        far = np.array([abs(mean[1] - mean[0])])
    spread, away = there / here, far / np.maximum(here, there)
    ratio = np.maximum(spread, 1 / np.maximum(spread, 1e-12))
    odd = (ratio > most) | (away > most)
    if not odd.any():
        return []
    worst = ratio.argmax()
    how = f"are spread {_figure(ratio[worst])} times {'wider' if spread[worst] > 1 else 'narrower'} than"
    if ratio[worst] <= most:
        how = f"lie {_figure(away.max())} times their spread away from"
    where = f" in {_columns_text(odd).lower()}" if len(odd) > 1 else ""
    return [
        f"The validation data of {name} {how} the training data{where}. Prepare both alike, by what was learned from the "
        "training data."
    ]


def _shared(x: list, validation: list) -> list[str]:
    shared, sampled = shared_rows(x, validation)
    if not shared:
        return []
    return [
        f"{shared:,} of {sampled:,} validation rows looked at are among the training rows too: the validation scores are too good. "
        "Remove duplicates before the split, or split by group."
    ]


def _classes(
    y: np.ndarray, validation: np.ndarray | None, width: int, words: Any, shuffle: bool, weighted: bool
) -> list[str]:
    """Classes that are missing, uneven, or in an order that hides them from each other."""
    counts = class_counts(y)
    if counts is None or len(y) < _FEW_ROWS:
        return []
    sentences = []
    number = {int(name): count for name, count in counts.items()}

    def called(label: int) -> str:
        return repr(str(words[label])) if words is not None and label < len(words) else str(label)

    theirs = {} if validation is None else {int(name): n for name, n in (class_counts(validation) or {}).items()}
    missing = [label for label in theirs if label not in number]
    if missing:
        rows = sum(theirs[label] for label in missing)
        sentences.append(
            f"No training row has the class {', '.join(map(called, missing[:_NAMED]))}{_more(missing)}, and "
            f"{rows:,} validation {'rows have' if rows > 1 else 'row has'}: the network cannot learn it. Split by stratify."
        )
    elif 1 < width <= 1000 and len(y) >= _FEW_ROWS * width and y.ndim == 1:
        gaps = [label for label in range(1 if 0 not in number else 0, width) if label not in number]
        if gaps:
            sentences.append(
                f"No row has the class {', '.join(map(called, gaps[:_NAMED]))}{_more(gaps)} of the {width} that the model has "
                "outputs for."
            )
    most, least = max(number, key=lambda c: number[c]), min(number, key=lambda c: number[c])
    ratio = number[most] / number[least]
    if ratio > _UNEVEN and len(y) >= _FEW_ROWS * len(number) and not weighted:
        share = number[most] / sum(number.values())
        sentences.append(
            f"The class {called(most)} has {number[most]:,} rows and {called(least)} {number[least]:,}, {_figure(ratio)} to 1: "
            f"always answering {called(most)} is right in {100 * share:.3g} %. Look at each class on its own, or pass class_weight."
        )
    flat = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(-1)
    if not shuffle and len(number) > 1 and (flat[1:] >= flat[:-1]).all():
        sentences.append(
            f"The labels are sorted, {len(number)} classes one after another, and shuffle is False: the network forgets each "
            "class over the next. Write shuffle=True."
        )
    return sentences


def _columns_text(columns: np.ndarray) -> str:
    """Which columns, in words.

    >>> _columns_text(np.arange(9) == 3), _columns_text(np.arange(9) > 6), _columns_text(np.arange(9) > 3)
    ('Column 3', 'Columns 7 and 8', 'Columns 4, 5, 6 and 2 more')
    """
    which = np.flatnonzero(columns).tolist()
    if len(which) == 1:
        return f"Column {which[0]}"
    if len(which) <= _NAMED:
        return f"Columns {', '.join(map(str, which[:-1]))} and {which[-1]}"
    return f"Columns {', '.join(map(str, which[:_NAMED]))}{_more(which)}"


def _more(which: list) -> str:
    return f" and {len(which) - _NAMED:,} more" if len(which) > _NAMED else ""


def _figure(number: float) -> str:
    """Three digits, and no powers of ten.

    >>> _figure(4.567), _figure(12345.6)
    ('4.57', '12,346')
    """
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"
