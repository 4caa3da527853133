"""Losses on the output's own numbers: the value of each row, its gradient, and the values of its metrics.

A row is an example, or one position of an example. Sums over classes run through 16 lanes and then a fixed tree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import math as vector_math
from dragonet.engines.native.cpu.kernels.functions import Function
from dragonet.engines.native.cpu.kernels.softmax import LOW, Lanes, largest, softmax, sum_all
from dragonet.engines.native.cpu.kernels.update import Namespace
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, WIDTH, Value, integers, pointers, round_up

Vectors = Sequence[Value]  # the numbers of a row, 16 in each


@dataclass(frozen=True)
class Loss:
    """What the kernel computes for a row of C numbers.

    kind: 'sparse', 'categorical', 'binary' (cross-entropies of the softmax or sigmoid of the numbers), 'mse', 'mae', 'huber'.
    metrics: of 'sparse_accuracy', 'categorical_accuracy', 'binary_accuracy' (with the threshold 1/2), 'mae', 'mse', each a value a
    row. option: Huber's delta. smoothing: label_smoothing. function: the activation of a regression's output, whose slope the
    gradient needs. predict: the predictions are stored too.
    """

    kind: str
    C: int
    metrics: tuple[str, ...] = ()
    option: float = 1.0
    smoothing: float = 0.0
    function: Function | None = None
    weighted: bool = False
    predict: bool = False

    @property
    def whole_labels(self) -> bool:
        """Whether y is one whole number a row."""
        return self.kind == "sparse"

    @property
    def name(self) -> str:
        """As a part of the kernel's name."""
        fields = (self.kind, self.C, *self.metrics, self.option, self.smoothing, self.weighted, self.predict)
        return "-".join(map(str, fields)) + (self.function.name if self.function else "")


def loss(module: Module, spec: Loss, ldz: int, learn: bool) -> ir.Function:
    """For the rows r0 to r1: figures[0][r] ← w_r · loss_r, figures[1 + m][r] ← metric m, d[r, :] ← w_r · scale · ∂loss_r/∂z.

    z is the output before softmax or sigmoid (else the output itself); rows from `count` on are 0. y is whole numbers or rows of C.
    """
    firsts = range(0, round_up(spec.C), WIDTH)

    def body(
        k: Builder,
        z: Value,
        figures: Value,
        out: Value,
        stride: Value,
        count: Value,
        r0: Value,
        r1: Value,
        **operands: Value,
    ) -> None:
        lanes = Lanes(k, spec.C)
        with k.loop(r0, r1) as r:
            zs = [k.load(z, r * ldz + first) for first in firsts]
            ys = _targets(k, spec, operands["y"], r, lanes)
            value, slopes, predicted = _KINDS[spec.kind](k, spec, zs, ys, lanes)
            inside = r < count
            w = k.scalar(operands["weights"], r) if spec.weighted else k.float(1.0)
            w = inside.where(w, 0.0)
            k.store(inside.where(k.element(value, 0) * w, 0.0), figures, r)
            for m, metric in enumerate(spec.metrics):
                metric_value = _METRICS[metric](k, spec, zs, predicted, ys, lanes)
                k.store(inside.where(k.element(metric_value, 0), 0.0), figures, stride * (m + 1) + r)
            for first, prediction in zip(firsts, predicted if spec.predict else (), strict=False):
                k.store(prediction, out, r * ldz + first)
            if learn:
                _store_gradient(k, spec, zs, slopes, w * operands["scale"], operands["d"], r, ldz, lanes)

    arguments = pointers("z", "y", "weights", "d", "figures", "out") | integers("stride", "count")
    arguments |= {"scale": F32} | integers("r0", "r1")
    return module.function(f"loss-{spec.name}-{ldz}-{learn}", arguments, body)


def _store_gradient(
    k: Builder, spec: Loss, zs: Vectors, slopes: Vectors, scale: Value, d: Value, r: Value, ldz: int, lanes: Lanes
) -> None:
    """d[r, :] = scale · slopes, through the slope of the output's activation."""
    factor = k.splat(scale)
    for j, (z, g) in enumerate(zip(zs, slopes, strict=True)):
        if spec.function is not None and spec.function.name != "linear":
            g = g * spec.function.slope(k, z)
        k.store(lanes.masked(j, g * factor), d, r * ldz + j * WIDTH)


def _targets(k: Builder, spec: Loss, y: Value, r: Value, lanes: Lanes) -> Vectors:
    """The targets of a row: its C numbers, smoothed; or a single vector with its whole number in each lane."""
    if spec.whole_labels:
        return [k.splat(k.load(y, r, I32))]
    ys = [k.load(y, r * round_up(spec.C) + first) for first in lanes.firsts]
    if spec.smoothing:
        rest = spec.smoothing / (2 if spec.kind == "binary" else spec.C)
        ys = [lanes.masked(j, target * (1 - spec.smoothing) + rest) for j, target in enumerate(ys)]
    return ys


# --- losses: the value of a row in each lane, the gradient, the predictions ---------------------------------------------------

Result = tuple[Value, Vectors, Vectors]


def _sparse(k: Builder, spec: Loss, zs: Vectors, ys: Vectors, lanes: Lanes) -> Result:
    """−log p[y]; p − 1 at y."""
    shifted, total, p = softmax(k, zs, lanes)
    log_total = vector_math.log(k, total)
    is_label = [(k.lane_numbers() + first).equals(ys[0]) for first in lanes.firsts]
    z_of_label = sum_all(k, [hit.where(z, 0.0) for hit, z in zip(is_label, shifted, strict=True)])
    slopes = [share - hit.where(k.splat(1.0), 0.0) for hit, share in zip(is_label, p, strict=True)]
    return log_total - z_of_label, slopes, p


def _categorical(k: Builder, spec: Loss, zs: Vectors, ys: Vectors, lanes: Lanes) -> Result:
    """−Σ y log p; p Σ y − y."""
    shifted, total, p = softmax(k, zs, lanes)
    log_total = vector_math.log(k, total)
    value = sum_all(k, [lanes.masked(j, y * (log_total - z)) for j, (y, z) in enumerate(zip(ys, shifted, strict=True))])
    sum_of_y = sum_all(k, ys)
    return value, [share * sum_of_y - y for share, y in zip(p, ys, strict=True)], p


def _binary(k: Builder, spec: Loss, zs: Vectors, ys: Vectors, lanes: Lanes) -> Result:
    """The mean of max(z, 0) − z y + log(1 + e^−|z|); (p − y) / C."""
    p = [vector_math.sigmoid(k, z) for z in zs]
    values = [
        z.maximum(0.0) - z * y + vector_math.log1p(k, vector_math.exp(k, -k.abs(z)))
        for z, y in zip(zs, ys, strict=True)
    ]
    mean = sum_all(k, [lanes.masked(j, value) for j, value in enumerate(values)]) * (1 / spec.C)
    return mean, [(share - y) * (1 / spec.C) for share, y in zip(p, ys, strict=True)], p


def _differences(zs: Vectors, ys: Vectors, lanes: Lanes) -> list[Value]:
    """z − y, 0 in padding."""
    return [lanes.masked(j, z - y) for j, (z, y) in enumerate(zip(zs, ys, strict=True))]


def _mse(k: Builder, spec: Loss, zs: Vectors, ys: Vectors, lanes: Lanes) -> Result:
    """The mean of (z − y)²; 2 (z − y) / C."""
    errors = _differences(zs, ys, lanes)
    return sum_all(k, [e * e for e in errors]) * (1 / spec.C), [e * (2 / spec.C) for e in errors], zs


def _mae(k: Builder, spec: Loss, zs: Vectors, ys: Vectors, lanes: Lanes) -> Result:
    """The mean of |z − y|; sign(z − y) / C."""
    errors = _differences(zs, ys, lanes)
    mean = sum_all(k, [k.abs(e) for e in errors]) * (1 / spec.C)
    return mean, [Namespace.sign(e) * (1 / spec.C) for e in errors], zs


def _huber(k: Builder, spec: Loss, zs: Vectors, ys: Vectors, lanes: Lanes) -> Result:
    """The mean of e²/2 where |e| <= delta, else delta |e| − delta²/2; e between −delta and delta."""
    delta = spec.option
    errors = _differences(zs, ys, lanes)
    values = [(k.abs(e) <= delta).where(e * e * 0.5, k.abs(e) * delta - 0.5 * delta * delta) for e in errors]
    return sum_all(k, values) * (1 / spec.C), [e.maximum(-delta).minimum(delta) * (1 / spec.C) for e in errors], zs


_KINDS: dict[str, Callable[[Builder, Loss, Vectors, Vectors, Lanes], Result]] = {
    "sparse": _sparse,
    "categorical": _categorical,
    "binary": _binary,
    "mse": _mse,
    "mae": _mae,
    "huber": _huber,
}


# --- metrics: one value a row, in each lane; p are the predictions ------------------------------------------------------------


def _first_largest(k: Builder, zs: Vectors, lanes: Lanes) -> Value:
    """The index of the largest number, the first of equal ones."""
    top = largest(k, zs, lanes)
    indices = [
        lanes.masked(j, z, LOW).equals(top).where(k.lane_numbers() + first, 1 << 30)
        for j, (z, first) in enumerate(zip(zs, lanes.firsts, strict=True))
    ]
    least = indices[0]
    for index in indices[1:]:
        least = least.minimum(index)
    return k.reduce_lanes(least, lambda a, b: a.minimum(b))


def _as_number(k: Builder, truth: Value) -> Value:
    """1 where it is true, else 0."""
    return truth.where(k.splat(1.0), 0.0)


def _sparse_accuracy(k: Builder, spec: Loss, zs: Vectors, p: Vectors, ys: Vectors, lanes: Lanes) -> Value:
    return _as_number(k, _first_largest(k, zs, lanes).equals(ys[0]))


def _categorical_accuracy(k: Builder, spec: Loss, zs: Vectors, p: Vectors, ys: Vectors, lanes: Lanes) -> Value:
    return _as_number(k, _first_largest(k, zs, lanes).equals(_first_largest(k, ys, lanes)))


def _binary_accuracy(k: Builder, spec: Loss, zs: Vectors, p: Vectors, ys: Vectors, lanes: Lanes) -> Value:
    hits = [_as_number(k, _as_number(k, share > 0.5).equals(y)) for share, y in zip(p, ys, strict=True)]
    return sum_all(k, [lanes.masked(j, hit) for j, hit in enumerate(hits)]) * (1 / spec.C)


def _absolute_error(k: Builder, spec: Loss, zs: Vectors, p: Vectors, ys: Vectors, lanes: Lanes) -> Value:
    errors = [lanes.masked(j, k.abs(number - y)) for j, (number, y) in enumerate(zip(p, ys, strict=True))]
    return sum_all(k, errors) * (1 / spec.C)


def _squared_error(k: Builder, spec: Loss, zs: Vectors, p: Vectors, ys: Vectors, lanes: Lanes) -> Value:
    return sum_all(k, [e * e for e in _differences(p, ys, lanes)]) * (1 / spec.C)


_METRICS: dict[str, Callable[[Builder, Loss, Vectors, Vectors, Vectors, Lanes], Value]] = {
    "sparse_accuracy": _sparse_accuracy,
    "categorical_accuracy": _categorical_accuracy,
    "binary_accuracy": _binary_accuracy,
    "mae": _absolute_error,
    "mse": _squared_error,
}
