"""Normalization: sums over this thread's parts of the batch, then what they give for its channels or for all."""

from typing import Any

from dragonet.engines.native.cpu.kernels import elementwise, normalization
from dragonet.engines.native.cpu.kernels.elementwise import CENTRE, Operation, Walk
from dragonet.engines.native.cpu.kernels.normalization import CENTRED
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor, ranges, walk
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import WIDTH, Value
from dragonet.engines.native.ops import normalization as ops
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight

_FROZEN = Operation("frozen", 1, lambda k, xs, qs: xs[0], lambda k, i, g, xs, qs: g * qs[0], parameters=1)


def _walk(x: Tensor, y: Tensor) -> Walk:
    return walk([x, y], by_pixel=True)


def _channels(step: Step, channels: int, split: str) -> dict[str, Value]:
    """The vectors of channels that are this thread's, or all."""
    p0, p1 = step.range(round_up(channels) // WIDTH, "cols" if split == "cols" else "all")
    return {"p0": p0, "p1": p1}


def _sums(step: Step, kernel: Any, sums: ops.BatchSums, split: str, **operands: Value) -> None:
    """kernel(..., out=a part's sums) for this thread's parts of the rows of this step."""
    k, size = step.k, 2 * round_up(sums.channels)
    if sums.parts == 1:
        columns = _channels(step, sums.channels, split)
        step.call(kernel, out=step.at(sums.whole), r0=0, r1=step.row_count, **operands, **columns)
        return
    with k.loop(*step.parts()) as part:
        r0, r1 = (step.bound(step.plan.rows, part + i).minimum(step.row_count) for i in (0, 1))
        out = k.at(step.at(sums.whole), part * size)
        step.call(kernel, out=out, r0=r0, r1=r1, **operands, **_channels(step, sums.channels, split))


# --- batch normalization ----------------------------------------------------------------------------------------------


def load_moving_statistics(step: Step, op: ops.LoadMovingStatistics, split: str) -> None:
    """The statistics from the moving ones."""
    statistics = op.statistics
    code = normalization.recall(step.module, statistics.channels, statistics.epsilon, statistics.scaled)
    mean, variance = (step.at(weight.buffers["w"]) for weight in (op.mean, op.variance))
    gamma, whole = step.at(statistics.gamma), step.at(statistics.whole)
    columns = _channels(step, statistics.channels, split)
    step.call(code, mean=mean, variance=variance, gamma=gamma, statistics=whole, **columns)


def moments(step: Step, op: ops.BatchMoments, split: str) -> None:
    """Each part's sums."""
    code = normalization.moments(step.module, _walk(op.x, op.y))
    _sums(step, code, op.sums, split, x=step.at(op.x.buffer))


def combine_moments(step: Step, op: ops.CombineMoments, split: str) -> None:
    """The statistics from the parts' sums."""
    height, width, channels = op.x.shape
    statistics = op.statistics
    code = normalization.settle(
        step.module,
        channels,
        step.plan.rows,
        height * width,
        op.sums.parts,
        statistics.epsilon,
        statistics.scaled,
    )
    step.call(
        code,
        partials=step.at(op.sums.whole),
        gamma=step.at(statistics.gamma),
        statistics=step.at(statistics.whole),
        count=step.row_count,
        **_channels(step, channels, split),
    )


def normalize(step: Step, op: ops.BatchNormalize, split: str) -> None:
    """(x − mean) · scale + beta."""
    x, y, statistics = op.x, op.y, op.statistics
    through = _walk(x, y)
    code = elementwise.forward(step.module, CENTRE, through, epilogue_of(y))
    step.call(
        code,
        x0=step.at(x.buffer),
        q0=step.at(statistics.slice("mean")),
        q1=step.at(statistics.slice("scale")),
        q2=step.at(statistics.beta),
        **ranges(step, through, split),
        **of_tensor(step, y),
    )


def update_moving_statistics(step: Step, op: ops.UpdateMovingStatistics, split: str) -> None:
    """Mean and variance."""
    code = normalization.move(step.module, op.statistics.channels, op.momentum)
    mean, variance = (step.at(weight.buffers["w"]) for weight in (op.mean, op.variance))
    columns = _channels(step, op.statistics.channels, split)
    step.call(code, mean=mean, variance=variance, statistics=step.at(op.statistics.whole), **columns)


def gradient_sums(step: Step, op: ops.BatchGradientSums, split: str) -> None:
    """Each part's sums."""
    code = normalization.slopes(step.module, _walk(op.x, op.y), of_runs=False)
    d, x = step.at(op.y.gradient), step.at(op.x.buffer)
    _sums(step, code, op.sums, split, d=d, x=x, mean=step.at(op.statistics.slice("mean")))


def combine_gradient_sums(step: Step, op: ops.CombineGradientSums, split: str) -> None:
    """What the input's gradient needs of the parts' sums."""
    height, width, channels = op.x.shape
    code = normalization.settle_slopes(step.module, channels, height * width, op.sums.parts)
    partials, statistics = step.at(op.sums.whole), step.at(op.statistics.whole)
    step.call(code, partials=partials, statistics=statistics, count=step.row_count, **_channels(step, channels, split))


def input_gradient(step: Step, op: ops.BatchNormalizeGradient, split: str) -> None:
    """d · scale + (x − mean) · slope + shift."""
    x, through = op.x, _walk(op.x, op.y)
    operation, names = (_FROZEN, ("scale",)) if op.moving else (CENTRED, ("mean", "scale", "slope", "shift"))
    code = elementwise.backward(step.module, operation, 0, through, epilogue_of(x, op.is_last), op.adds)
    step.call(
        code,
        d=step.at(op.y.gradient),
        dx=step.at(x.gradient),
        x0=step.at(x.buffer),
        count=step.row_count,
        **{f"q{i}": step.at(op.statistics.slice(name)) for i, name in enumerate(names)},
        **ranges(step, through, split, whole=True),
        **of_tensor(step, x),
    )


# --- layer normalization ----------------------------------------------------------------------------------------------


def _of(step: Step, weight: Weight | None, nothing: Buffer) -> Value:
    return step.at(nothing if weight is None else weight.buffers["w"])


def layer_normalize(step: Step, op: ops.LayerNormalize, split: str) -> None:
    """Pixel by pixel."""
    x, y = op.x, op.y
    code = normalization.layer_forward(
        step.module, _walk(x, y), op.epsilon, op.gamma is not None, op.beta is not None, epilogue_of(y)
    )
    r0, r1 = step.row_range(split)
    step.call(
        code,
        x=step.at(x.buffer),
        gamma=_of(step, op.gamma, op.nothing),
        beta=_of(step, op.beta, op.nothing),
        statistics=step.at(op.statistics),
        r0=r0,
        r1=r1,
        **of_tensor(step, y),
    )


def layer_gradient_sums(step: Step, op: ops.LayerGradientSums, split: str) -> None:
    """Each part's sums."""
    forward = op.forward
    code = normalization.slopes(step.module, _walk(forward.x, forward.y), of_runs=True)
    d, x = step.at(forward.y.gradient), step.at(forward.x.buffer)
    _sums(step, code, op.sums, split, d=d, x=x, mean=step.at(forward.statistics))


def layer_input_gradient(step: Step, op: ops.LayerNormalizeGradient, split: str) -> None:
    """Pixel by pixel."""
    forward = op.forward
    x, y = forward.x, forward.y
    scaled = forward.gamma is not None
    code = normalization.layer_backward(step.module, _walk(x, y), scaled, epilogue_of(x, op.is_last), op.adds)
    r0, r1 = step.row_range(split, whole=True)
    step.call(
        code,
        d=step.at(y.gradient),
        x=step.at(x.buffer),
        gamma=_of(step, forward.gamma, forward.nothing),
        statistics=step.at(forward.statistics),
        dx=step.at(x.gradient),
        count=step.row_count,
        r0=r0,
        r1=r1,
        **of_tensor(step, x),
    )
