"""BoostedTrees: a sum of regression trees as arrays, its formula, and its file."""

import dataclasses
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.interop import untrusted

FORMAT = 1
_RECORD = "trees.json"
NODE_FIELDS = (  # of scikit-learn's node tables
    "is_leaf",
    "is_categorical",
    "feature_idx",
    "num_threshold",
    "missing_go_to_left",
    "left",
    "right",
    "value",
    "depth",
)
_AT_ONCE = 100_000  # places in trees that are followed together: they fit the processor's cache


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """f(x)_j = baseline_j + Σ_t value_t(leaf of x in tree t), over the trees t of output j (Friedman 2001).

    In a node a row goes left where x[feature] ≤ threshold; a missing number goes where it went in training. A leaf is its own
    child. Shapes: T trees of N nodes at most; feature, left, right, threshold, value, missing_left (T, N); output (T,), which
    output a tree adds to; baseline (k,). depth: the most steps from a root to a leaf. task: 'classes', 'labels' or 'numbers',
    which says what f is taken for: softmax, sigmoid, or the numbers themselves.
    """

    task: str

    baseline: np.ndarray
    output: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray
    depth: int

    @classmethod
    def of(cls, task: str, baseline: np.ndarray, trees: Sequence[np.ndarray], output: Sequence[int]) -> "BoostedTrees":
        """From the node tables of scikit-learn's trees, with the output that each adds to."""
        shape = len(trees), max((len(nodes) for nodes in trees), default=1)
        arrays = {name: np.zeros(shape, dtype) for name, dtype in _NODES.items()}
        itself = np.arange(shape[1])
        for t, nodes in enumerate(trees):
            missing = [name for name in NODE_FIELDS if name not in (nodes.dtype.names or ())]
            if missing:
                raise other_layout(f"trees without {', '.join(missing)}")
            n, is_leaf = len(nodes), nodes["is_leaf"].astype(bool)
            if nodes["is_categorical"].any():
                raise errors.value_error("Boosted trees", "columns of numbers", "a tree that splits categories")
            arrays["feature"][t, :n] = np.where(is_leaf, 0, nodes["feature_idx"])
            arrays["threshold"][t, :n] = np.where(is_leaf, 0, nodes["num_threshold"])
            arrays["left"][t, :n] = np.where(is_leaf, itself[:n], nodes["left"])
            arrays["right"][t, :n] = np.where(is_leaf, itself[:n], nodes["right"])
            arrays["missing_left"][t, :n] = nodes["missing_go_to_left"]
            arrays["value"][t, :n] = nodes["value"]
        depth = max((int(nodes["depth"].max()) for nodes in trees), default=0)
        return cls(task, np.asarray(baseline, np.float64), np.asarray(output, np.int32), **arrays, depth=depth)

    def in_units(self, mean: np.ndarray, sd: np.ndarray) -> "BoostedTrees":
        """The trees of numbers that were brought to mean 0 and variance 1: mean + sd · f(x); mean and sd (k,)."""
        value = self.value * sd[self.output][:, None]
        return dataclasses.replace(self, baseline=self.baseline * sd + mean, value=value)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Probabilities of classes or labels, or numbers, (n, k), for rows x (n, columns)."""
        out = np.concatenate([self._sum(part) for part in self._parts(x)])
        if self.task == "numbers":
            return out
        if self.task == "labels":
            return 1 / (1 + np.exp(-out))
        p = np.exp(out - out.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def sums(self, x: np.ndarray) -> np.ndarray:
        """Σ_t value_t after 1, 2, ... trees of each output, (stages, n, k); zeros for an output without trees."""
        values = np.concatenate([self._values(part) for part in self._parts(x)])
        stages = np.bincount(self.output, minlength=1).max()
        sums = np.zeros((stages, len(x), len(self.baseline)))
        for j in np.unique(self.output):
            sums[:, :, j] = values[:, self.output == j].cumsum(axis=1).T
        return sums

    def _parts(self, x: np.ndarray) -> list[np.ndarray]:
        x = x.reshape(len(x), -1)
        step = max(1, _AT_ONCE // max(1, len(self.output)))
        return [x[i : i + step] for i in range(0, max(1, len(x)), step)]

    def _sum(self, x: np.ndarray) -> np.ndarray:
        values, out = self._values(x), np.tile(self.baseline, (len(x), 1))
        for j in range(len(self.baseline)):
            out[:, j] += values[:, self.output == j].sum(axis=1)
        return out

    def _values(self, x: np.ndarray) -> np.ndarray:
        """What each tree adds to each row, (n, T). Trees of a leaf that adds nothing are not followed."""
        steps = np.flatnonzero(self.value.any(axis=1))
        size, columns = self.feature.shape[1], x.shape[1]
        if steps.size and self.feature.max() >= columns:
            raise errors.value_error("Boosted trees", f"at least {self.feature.max() + 1} columns", f"{columns}")
        first = np.arange(len(self.output))[:, None] * size  # of each tree's nodes, where all are in one array
        left, right = ((places + first).ravel() for places in (self.left, self.right))
        feature, threshold, missing_left = (a.ravel() for a in (self.feature, self.threshold, self.missing_left))
        numbers, row, has_missing = np.ravel(x), np.arange(len(x))[:, None] * columns, np.isnan(x).any()
        node = np.tile(first[steps, 0], (len(x), 1))
        for _ in range(self.depth):
            number = numbers.take(row + feature.take(node))
            is_left = number <= threshold.take(node)
            if has_missing:
                is_left |= np.isnan(number) & missing_left.take(node)
            node = np.where(is_left, left.take(node), right.take(node))
        values = np.zeros((len(x), len(self.output)))
        values[:, steps] = self.value.ravel().take(node)
        return values

    # --- the file -----------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """A zip of JSON and of each array's numbers, little-endian."""
        arrays = {name: getattr(self, name) for name in ("baseline", "output", *_NODES)}
        record = {
            "format": FORMAT,
            "task": self.task,
            "depth": self.depth,
            "shapes": {name: a.shape for name, a in arrays.items()},
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(zipfile.ZipInfo(_RECORD), json.dumps(record))
            for name, array in arrays.items():
                archive.writestr(zipfile.ZipInfo(name), array.astype(_dtype(name), copy=False).tobytes())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "BoostedTrees":
        """The model that `to_bytes` wrote. Raises ValueError for damaged bytes, and for trees that lead nowhere."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trees.zip")
            path.write_bytes(content)
            with untrusted.Archive(path, "The file of boosted trees") as archive:
                record = archive.json(_RECORD)
                shapes: Any = record.get("shapes")
                depth: Any = record.get("depth")
                task: Any = record.get("task")
                is_known = record.get("format") == FORMAT and task in ("classes", "labels", "numbers")
                if not is_known or not isinstance(shapes, dict) or not _is_whole(depth):
                    raise _damaged(f"a record of another format than {FORMAT}")
                arrays = {name: _array(archive, name, shapes.get(name)) for name in ("baseline", "output", *_NODES)}
        trees = cls(task, **arrays, depth=depth)
        trees._check()
        return trees

    def _check(self) -> None:
        """All nodes, columns and outputs are there."""
        shape = self.feature.shape
        is_whole = (
            self.baseline.ndim == 1
            and len(shape) == 2
            and self.output.shape == shape[:1]
            and all(getattr(self, name).shape == shape for name in _NODES)
            and self.depth <= max(1, shape[1])
        )
        if not is_whole:
            raise _damaged("arrays that do not belong together")
        for name, most in (("left", shape[1]), ("right", shape[1]), ("output", len(self.baseline))):
            places = getattr(self, name)
            if places.size and not 0 <= places.min() <= places.max() < most:
                raise _damaged(f"places in {name!r} beyond the last")
        if self.feature.size and self.feature.min() < 0:
            raise _damaged("a column before the first")


_NODES: dict[str, Any] = {
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.bool_,
    "value": np.float64,
}


def _dtype(name: str) -> np.dtype:
    dtype = np.dtype({"baseline": np.float64, "output": np.int32, **_NODES}[name])
    return dtype.newbyteorder("<")


def _array(archive: untrusted.Archive, name: str, shape: Any) -> np.ndarray:
    """An array of the file, whose size is what its shape says."""
    if not isinstance(shape, list) or not all(_is_whole(size) for size in shape):
        raise _damaged(f"no shape of {name!r}")
    content, dtype = archive.read(name), _dtype(name)
    if len(content) != dtype.itemsize * int(np.prod(shape, dtype=object)):
        raise _damaged(f"{len(content)} bytes of {name!r} for the shape {tuple(shape)}")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def other_layout(got: str) -> ValueError:
    """What is raised where scikit-learn's trees, which are not public, are not as they were."""
    import sklearn

    return errors.value_error(
        "Boosted trees",
        "the trees of scikit-learn as they are known here",
        f"{got}, from scikit-learn {sklearn.__version__}",
        "Install the version of scikit-learn that dragonet names, or leave them out: --model linear or --model mlp.",
    )


def _damaged(got: str) -> ValueError:
    return errors.value_error("The file of boosted trees", "what dragonet wrote", got, "Train anew.")
