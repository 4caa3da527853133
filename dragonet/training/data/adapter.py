"""Feed: the data that a user passes to fit, evaluate or as validation, checked against the model, as batches for the engine."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dragonet.core import checks, errors
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.graph.inputs import check_shape, match_arrays, trailing_axis
from dragonet.training.data import arrays, labels
from dragonet.training.data.class_weight import with_class_weight
from dragonet.training.data.epoch_order import split_at
from dragonet.training.data.finite import finite
from dragonet.training.data.raw import raw_batch
from dragonet.training.data.sizes import check_fit, check_test, quick_rows
from dragonet.training.data.sources import Batch, Rows
from dragonet.training.data.stream import Stream

BATCH_SIZE = 32
_TEST_ROWS = 1024  # rows at a time where a batch's size changes no figure, as it does where masks leave values out


class Feed:
    """Checked data: `first` is all of it, or the first batch of a stream; `source()` gives it out in batches."""

    def __init__(self, model: Any, who: str, arrays: Batch | None, stream: Any = None, adapt: Any = None):
        self._model, self.who, self._arrays, self._stream, self._adapt = model, who, arrays, stream, adapt
        self._opened_stream: Stream | None = None

    @property
    def engine(self) -> Any:
        """The engine that the batches are for; the model is built by now, by its first batch if not before."""
        return self._model.training_state.engine()

    def _put(self, tree: Any) -> Any:
        return self.engine.put(tree)

    @property
    def first(self) -> Batch:
        """All the rows; of a stream, the first batch."""
        return self._arrays if self._arrays is not None else self._opened().first

    def _opened(self) -> Stream:
        if self._opened_stream is None:
            self._opened_stream = Stream(self._stream, self._adapt, self._put, self.who)
        return self._opened_stream

    def split(self, share: float) -> tuple["Feed", "Feed"]:
        """Keras's validation_split: the last rows, before any shuffling.

        Raises ValueError for a stream, and where a part would be empty.
        """
        if self._arrays is None:
            raise errors.value_error(self.who, "arrays for validation_split", "a generator", "Pass validation_data.")
        n = arrays.rows(self._arrays)
        at = split_at(n, share)
        if at in (0, n):
            raise errors.value_error(self.who, f"a validation_split that leaves rows on both sides of {n}", f"{share}")
        for y in self._arrays["y"]:
            if y is not None and y.ndim == 1 and len(y) > 1 and (y[1:] >= y[:-1]).all() and y[0] != y[-1]:
                errors.warn(
                    "The labels are sorted, and validation_split takes the last rows: the validation part holds other "
                    "classes than the training part. Shuffle x and y together first.",
                )
        before, after = arrays.split(self._arrays, at)
        return Feed(self._model, self.who, before), Feed(self._model, "validation_split", after)

    def source(self, batch_size: int | None, *, shuffle: bool, steps: int | None, test: bool = False) -> Any:
        """The batches; for a test of arrays any size is right, so a large one unless the user says another."""
        if steps is not None:
            steps = checks.whole(self.who, "the number of steps", steps)
        if self._arrays is None:
            stream = self._opened()
            rows = arrays.rows(self.first)
            if batch_size is not None and checks.whole(self.who, "batch_size", batch_size) != rows:
                errors.warn(f"batch_size={batch_size} has no effect: the batches come ready, of {rows} rows.")
            stream.shuffle = shuffle
            stream.limit(steps)
            self._check_size(arrays.rows(stream.first), test)
            return stream
        n = arrays.rows(self._arrays)
        if batch_size is not None:
            batch_size = checks.whole(self.who, "batch_size", batch_size)
        elif test and steps is None and not any(layer.makes_mask for layer in self._model.graph.flat):
            batch_size = even_size(n, min(_TEST_ROWS, quick_rows(self._model.graph)))
        batch_size = min(batch_size or BATCH_SIZE, n)
        self._check_size(batch_size, test)
        return Rows(self._arrays, batch_size, self._put, shuffle=shuffle, steps=steps, who=self.who)

    def _check_size(self, rows: int, test: bool) -> None:
        """Refuse batches of so many rows where they cannot fit into memory."""
        if test:
            check_test(self.who, self._model, 0, self.engine.test_rows(rows))
        else:
            check_fit(self._model, self._model.optimizer, rows)


def even_size(n: int, most: int) -> int:
    """A number of rows up to `most` that divides n, so that no odd last batch needs a program of its own; else `most`."""
    if n <= most:
        return n
    return next((size for size in range(most, most // 4, -1) if n % size == 0), most)


def feed(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Any,
    who: str,
    *,
    learns: bool = False,
    part: bool = False,
) -> Feed:
    """Check x, y and the weights against the model, building it where its input shape was not known.

    learns: the model is to be trained on them. part: they are one batch of several.

    Raises ValueError or TypeError, in one sentence, for what the model cannot learn from.
    """
    if is_stream(x):
        if y is not None:
            raise errors.value_error(who, "y=None where x gives batches (x, y)", "y as well")
        return Feed(
            model, who, None, x, lambda batch: _adapted(model, *_parts(batch, who), class_weight, who, learns, True)
        )
    return Feed(model, who, _adapted(model, x, y, sample_weight, class_weight, who, learns, part))


def is_stream(x: Any) -> bool:
    """Whether x gives out batches: a generator, an iterable that is no array, a PyDataset."""
    if x is None or hasattr(x, "shape") or isinstance(x, list | tuple | Mapping | str | bytes):
        return False
    return isinstance(x, Iterator) or hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def _parts(batch: Any, who: str) -> tuple[Any, Any, Any]:
    if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
        raise errors.value_error(who, "batches (x, y) or (x, y, sample_weight)", errors.short_repr(batch))
    return batch[0], batch[1], batch[2] if len(batch) == 3 else None


def _adapted(
    model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, who: str, learns: bool, part: bool
) -> Batch:
    """One batch's or all rows' arrays, as the step reads them."""
    if model.has_own_steps:
        return raw_batch(model, x, y, sample_weight, class_weight, who)
    x = model_inputs(model, x)
    names = model.target_names
    output_losses = model.training_state.compiled_for(who).losses_for(names)
    is_missing = y is None or (isinstance(y, dict) and not y)
    if is_missing and any(loss is not None for loss in output_losses):
        raise errors.value_error(
            who, "y, the right answers", "x alone", f"Write {who}{'=' * (who == 'validation_data')}(x, y)."
        )
    targets = [None] * len(names) if y is None else arrays.per_output(y, names, "y")
    weights = (
        arrays.per_output(sample_weight, names, "sample_weight")
        if _several(sample_weight)
        else [sample_weight] * len(names)
    )
    ys, ws = [], []
    for target, weight, loss, tensor in zip(targets, weights, output_losses, model.outputs, strict=True):
        if loss is None or target is None:
            ys.append(None if target is None else arrays.array("y", target))
        else:
            ys.append(_target(model, target, loss, tensor, who, learns, part))
        n = arrays.rows([x, *[array for array in ys if array is not None]])
        weight = arrays.sample_weights(weight, n, who)
        if class_weight is not None:
            if len(names) > 1:
                raise errors.value_error(
                    who, "class_weight with a model of one output", f"{len(names)} outputs", "Use sample_weight."
                )
            weight = with_class_weight(class_weight, ys[-1], weight, tensor.shape[-1], model.classes_)
        ws.append(weight)
    return {"x": x, "y": ys, "w": ws}


def model_inputs(model: Any, x: Any) -> Any:
    """x as arrays that fit the model's inputs, building a Sequential whose input shape was not known."""
    if x is None:
        raise errors.value_error("The model", "x, the rows to learn from or to predict", "None")
    encoder = model.data_encoder
    if encoder is not None and hasattr(x, "iloc") and x.ndim == 2:
        x = encoder.encode(x)  # raw rows of the table that it was trained on
    elif isinstance(encoder, ArrayScaling):
        x = encoder.encode(x)
    is_graph = model.built and not model.is_subclassed
    if isinstance(x, list | tuple) and len(x) == 1 and is_graph and len(model.inputs) == 1:
        x = x[0] if getattr(x[0], "ndim", 0) == len(model.inputs[0].shape) else x  # a list with the only input's rows
    several = model.is_subclassed or (is_graph and len(model.inputs) > 1)
    x = arrays.inputs(x) if several or isinstance(x, Mapping) else arrays.array("x", x)
    model.prepare_for(x)
    pairs = zip(model.inputs, match_arrays(model.graph, x), strict=True)
    matched = [trailing_axis(tensor, array) for tensor, array in pairs]
    for tensor, array in zip(model.inputs, matched, strict=True):
        if array.dtype.kind == "U":
            raise errors.type_error("The model", "x of numbers", "words")
        check_shape(tensor, array.shape)
        finite("x", array)
    return matched


def _several(weights: Any) -> bool:
    return isinstance(weights, list | tuple | Mapping) and not all(isinstance(item, int | float) for item in weights)


def _target(model: Any, target: Any, loss: Any, tensor: Any, who: str, learns: bool, part: bool) -> np.ndarray:
    if model.target_scaling is not None:
        target = model.target_scaling.encode(np.reshape(target, (len(target), -1)))
    y = arrays.array("y", target, words=True)
    y = labels.class_numbers(model, y, loss, tensor.shape[-1], who, learns=learns, part=part)
    if y.ndim > 1 and y.ndim == len(tensor.shape) + 1 and y.shape[-1] == 1:
        y = y[..., 0]
    finite("y", y)
    checks.targets(loss, y, tensor.shape, who)
    return y.astype(np.int32, copy=False) if getattr(loss, "targets", "") == "class_numbers" else y
