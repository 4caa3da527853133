"""Losses on the output's own numbers: the value of each row, its gradient, and whether the metrics count it.

A row is one example, or one position of one. Sums over classes run through 16 lanes and then a fixed tree.
"""

from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels import math as of
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.functions import Function
from dragonet.engines.native.cpu.kernels.softmax import LOW, Lanes, added, largest, softmax
from dragonet.engines.native.cpu.kernels.update import Namespace
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, WIDTH, Value


@dataclass(frozen=True)
class Loss:
    """What the kernel computes for a row of C numbers.

    kind: 'sparse', 'categorical', 'binary' (cross-entropies from what goes into softmax or sigmoid), 'mse', 'mae', 'huber'.
    metrics: of 'sparse_accuracy', 'categorical_accuracy', 'binary_accuracy', 'mae', 'mse', each a value a row. option: Huber's
    delta, a metric's threshold is 1/2. smoothing: label_smoothing. predict: hand the predictions back too.
    """

    kind: str
    C: int
    metrics: tuple[str, ...] = ()
    option: float = 1.0
    smoothing: float = 0.0
    function: Function | None = None  # of a regression's output, whose slope the gradient needs
    weighted: bool = False
    predict: bool = False

    @property
    def whole_labels(self) -> bool:
        """Whether y is one whole number a row."""
        return self.kind == "sparse"

    @property
    def name(self) -> str:
        """In the kernel's name."""
        held = (self.kind, self.C, *self.metrics, self.option, self.smoothing, self.weighted, self.predict)
        return "-".join(map(str, held)) + (self.function.name if self.function else "")


def loss(module: Module, spec: Loss, ldz: int, learn: bool) -> ir.Function:
    """For the rows r0 to r1: figures[0][r] ← w_r · loss_r, figures[1 + m][r] ← metric m, d[r, :] ← w_r · scale · ∂loss_r/∂z.

    z is the output before softmax or sigmoid (else the output itself); rows from `count` on are 0. y is whole numbers or rows of C.
    """
    C = spec.C
    vectors = round_up(C) // WIDTH
    arguments = {
        "z": PTR,
        "y": PTR,
        "weights": PTR,
        "d": PTR,
        "figures": PTR,
        "out": PTR,
        "stride": I64,
        "count": I64,
        "scale": F32,
        "r0": I64,
        "r1": I64,
    }

    def body(
        k: Builder,
        z: Value,
        y: Value,
        weights: Value,
        d: Value,
        figures: Value,
        out: Value,
        stride: Value,
        count: Value,
        scale: Value,
        r0: Value,
        r1: Value,
    ) -> None:
        lanes = Lanes(k, C)
        with k.loop(r0, r1) as r:
            zs = [k.load(z, r * ldz + j * WIDTH) for j in range(vectors)]
            ys = _targets(k, spec, y, r, vectors, lanes)
            value, slopes, predicted = _KINDS[spec.kind](k, spec, zs, ys, lanes)
            inside = r < count
            w = k.scalar(weights, r) if spec.weighted else k.float(1.0)
            w = inside.where(w, 0.0)
            k.store(inside.where(k.element(value, 0) * w, 0.0), figures, r)
            for m, metric in enumerate(spec.metrics):
                counted = _METRICS[metric](k, spec, zs, predicted, ys, lanes)
                k.store(inside.where(k.element(counted, 0), 0.0), figures, stride * (m + 1) + r)
            if spec.predict:
                for j in range(vectors):
                    k.store(predicted[j], out, r * ldz + j * WIDTH)
            if learn:
                share = k.splat(w * scale)
                for j in range(vectors):
                    g = slopes[j]
                    if spec.function is not None and spec.function.name != "linear":
                        g = g * spec.function.slope(k, zs[j])
                    k.store(lanes.masked(j, g * share), d, r * ldz + j * WIDTH)

    return module.function(f"loss-{spec.name}-{ldz}-{learn}", arguments, body)


def _targets(k: Builder, spec: Loss, y: Value, r: Value, vectors: int, lanes: Lanes) -> Any:
    if spec.whole_labels:
        return k.splat(k.load(y, r, I32))
    ys = [k.load(y, r * round_up(spec.C) + j * WIDTH) for j in range(vectors)]
    if spec.smoothing:
        rest = spec.smoothing / (2 if spec.kind == "binary" else spec.C)
        ys = [lanes.masked(j, one * (1 - spec.smoothing) + rest) for j, one in enumerate(ys)]
    return ys


def _sparse(k: Builder, spec: Loss, zs: list[Value], y: Value, lanes: Lanes) -> tuple:
    """−log p[y]; p − 1 at y."""
    shifted, total, p = softmax(k, zs, lanes)
    log_total = of.log(k, total)
    hit = [(k.lane_numbers() + first).equals(y) for first in lanes.firsts]
    truth = added(k, [h.where(one, 0.0) for h, one in zip(hit, shifted, strict=True)])
    slopes = [one - h.where(k.splat(1.0), 0.0) for h, one in zip(hit, p, strict=True)]
    return log_total - truth, slopes, p


def _categorical(k: Builder, spec: Loss, zs: list[Value], ys: list[Value], lanes: Lanes) -> tuple:
    """−Σ y log p; p Σ y − y."""
    shifted, total, p = softmax(k, zs, lanes)
    log_total = of.log(k, total)
    value = added(
        k, [lanes.masked(j, y * (log_total - one)) for j, (y, one) in enumerate(zip(ys, shifted, strict=True))]
    )
    all_of_y = added(k, ys)
    return value, [one * all_of_y - y for one, y in zip(p, ys, strict=True)], p


def _binary(k: Builder, spec: Loss, zs: list[Value], ys: list[Value], lanes: Lanes) -> tuple:
    """The mean of max(z, 0) − z y + log(1 + e^−|z|); (p − y) / C."""
    p = [of.sigmoid(k, z) for z in zs]
    each = [z.maximum(0.0) - z * y + of.log1p(k, of.exp(k, -k.abs(z))) for z, y in zip(zs, ys, strict=True)]
    value = added(k, [lanes.masked(j, one) for j, one in enumerate(each)]) * (1 / spec.C)
    return value, [(one - y) * (1 / spec.C) for one, y in zip(p, ys, strict=True)], p


def _mse(k: Builder, spec: Loss, zs: list[Value], ys: list[Value], lanes: Lanes) -> tuple:
    """The mean of (z − y)²; 2 (z − y) / C."""
    e = [lanes.masked(j, z - y) for j, (z, y) in enumerate(zip(zs, ys, strict=True))]
    return added(k, [one * one for one in e]) * (1 / spec.C), [one * (2 / spec.C) for one in e], zs


def _mae(k: Builder, spec: Loss, zs: list[Value], ys: list[Value], lanes: Lanes) -> tuple:
    """The mean of |z − y|; sign(z − y) / C."""
    e = [lanes.masked(j, z - y) for j, (z, y) in enumerate(zip(zs, ys, strict=True))]
    return added(k, [k.abs(one) for one in e]) * (1 / spec.C), [Namespace.sign(one) * (1 / spec.C) for one in e], zs


def _huber(k: Builder, spec: Loss, zs: list[Value], ys: list[Value], lanes: Lanes) -> tuple:
    """The mean of e²/2 where |e| <= delta, else delta |e| − delta²/2; e between −delta and delta."""
    delta = spec.option
    e = [lanes.masked(j, z - y) for j, (z, y) in enumerate(zip(zs, ys, strict=True))]
    each = [(k.abs(one) <= delta).where(one * one * 0.5, k.abs(one) * delta - 0.5 * delta * delta) for one in e]
    return added(k, each) * (1 / spec.C), [one.maximum(-delta).minimum(delta) * (1 / spec.C) for one in e], zs


_KINDS = {
    "sparse": _sparse,
    "categorical": _categorical,
    "binary": _binary,
    "mse": _mse,
    "mae": _mae,
    "huber": _huber,
}


# --- metrics: one value a row, in each lane ---------------------------------------------------------------------------------


def _first_largest(k: Builder, zs: list[Value], lanes: Lanes) -> Value:
    """The place of the largest number, the first where several are."""
    top = largest(k, zs, lanes)
    places = [
        lanes.masked(j, z, LOW).equals(top).where(k.lane_numbers() + first, 1 << 30)
        for j, (z, first) in enumerate(zip(zs, lanes.firsts, strict=True))
    ]
    found = places[0]
    for one in places[1:]:
        found = found.minimum(one)
    return k.reduce_lanes(found, lambda a, b: a.minimum(b))


def _as_one(k: Builder, truth: Value) -> Value:
    return truth.where(k.splat(1.0), 0.0)


def _sparse_accuracy(k: Builder, spec: Loss, zs: list, p: list, y: Value, lanes: Lanes) -> Value:
    return _as_one(k, _first_largest(k, zs, lanes).equals(y))


def _categorical_accuracy(k: Builder, spec: Loss, zs: list, p: list, ys: list, lanes: Lanes) -> Value:
    return _as_one(k, _first_largest(k, zs, lanes).equals(_first_largest(k, ys, lanes)))


def _binary_accuracy(k: Builder, spec: Loss, zs: list, p: list, ys: list, lanes: Lanes) -> Value:
    hits = [_as_one(k, _as_one(k, one > 0.5).equals(y)) for one, y in zip(p, ys, strict=True)]
    return added(k, [lanes.masked(j, one) for j, one in enumerate(hits)]) * (1 / spec.C)


def _absolute_error(k: Builder, spec: Loss, zs: list, p: list, ys: list, lanes: Lanes) -> Value:
    return added(k, [lanes.masked(j, k.abs(one - y)) for j, (one, y) in enumerate(zip(p, ys, strict=True))]) * (
        1 / spec.C
    )


def _squared_error(k: Builder, spec: Loss, zs: list, p: list, ys: list, lanes: Lanes) -> Value:
    e = [lanes.masked(j, one - y) for j, (one, y) in enumerate(zip(p, ys, strict=True))]
    return added(k, [one * one for one in e]) * (1 / spec.C)


_METRICS = {
    "sparse_accuracy": _sparse_accuracy,
    "categorical_accuracy": _categorical_accuracy,
    "binary_accuracy": _binary_accuracy,
    "mae": _absolute_error,
    "mse": _squared_error,
}
