"""Dense layers of a batch of one, which has no rows to share a weight among: the kernels read each weight once."""

from dragonet.engines.native.cpu.kernels.dense import single_row
from dragonet.engines.native.cpu.ops import dense
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor, of_update, update_of
from dragonet.engines.native.cpu.ops.sums import hand_over, part_address
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import WIDTH
from dragonet.engines.native.ops import dense as ops
from dragonet.engines.native.ops.layout import PARTS, round_up
from dragonet.engines.native.ops.tensors import Tensor


def forward(step: Step, op: ops.Dense, split: str) -> None:
    """y = epilogue(x W + b) for the outputs of this thread."""
    kernel = single_row.forward(step.module, dense.rows_of(op.kernel), epilogue_of(op.y))
    p0, p1 = step.range(round_up(op.kernel.shape[-1]) // WIDTH, split)
    operands = {"x": step.at(op.x.buffer), "w": step.at(op.kernel.buffers["w"]), "bias": step.at(op.bias)}
    step.call(kernel, **operands, p0=p0, p1=p1, **of_tensor(step, op.y))


def sums(step: Step, op: ops.DenseSums, split: str) -> None:
    """x W for the inputs of each of this thread's parts."""
    k, K, N = step.k, dense.rows_of(op.kernel), op.kernel.shape[-1]
    Np, x, w = round_up(N), step.at(op.x.buffer), step.at(op.kernel.buffers["w"])
    with k.loop(*step.parts()) as part:
        first, last = (step.bound(round_up(K) // WIDTH, part + i) for i in (0, 1))
        h = part_address(step, op.sums, part)
        if op.kernel.is_transposed:
            kernel = single_row.input_gradient(step.module, N, None)
            step.call(kernel, d=x, w=w, dx=h, p0=first, p1=last, k0=0, k1=Np)
        else:
            kernel = single_row.sums(step.module, K, N)
            step.call(kernel, x=x, w=w, h=h, k0=first * WIDTH, k1=last * WIDTH)
    hand_over(step, op.sums)


def input_gradient_sums(step: Step, op: ops.DenseInputGradientSums, split: str) -> None:
    """d Wᵀ for the outputs of each of this thread's parts."""
    if op.x is not None:
        _both_gradients(step, op, op.x)
        return
    k, K, N = step.k, dense.rows_of(op.kernel), op.kernel.shape[-1]
    kernel = single_row.input_gradient(step.module, K, None)
    with k.loop(*step.parts()) as part:
        p0, p1 = (step.bound(round_up(N) // WIDTH, part + i) for i in (0, 1))
        step.call(
            kernel,
            d=step.at(op.y.gradient),
            w=step.at(op.kernel.buffers["w"]),
            p0=p0,
            p1=p1,
            k0=0,
            k1=round_up(K),
            dx=part_address(step, op.sums, part),
        )
    hand_over(step, op.sums)


def _both_gradients(step: Step, op: ops.DenseInputGradientSums, x: Tensor) -> None:
    """d Wᵀ and the update of W in one pass.

    The lower half of the panels goes from the last one down, the upper half from the first one up. Processors fetch ahead of where
    a core walks: two that walk towards each other take away what the other has just written. Downwards also finds near what the
    forward pass, upwards, has read last.
    """
    k, W = step.k, op.kernel
    kernel = single_row.gradients(step.module, dense.rows_of(W), update_of(W))
    where = {"x": x.buffer, "d": op.y.gradient, "weights": W.buffers["w"]}
    operands = {name: step.at(buffer) for name, buffer in where.items()} | of_update(step, W)
    first, last = step.parts()
    upper = first >= PARTS // 2
    with k.loop(0, last - first) as done:
        part = upper.where(first + done, last - 1 - done)
        p0, p1 = (step.bound(round_up(W.shape[-1]) // WIDTH, part + i) for i in (0, 1))
        high = part >= PARTS // 2
        where = {"p0": high.where(p0, p1 - 1), "by": high.where(k.int(1), k.int(-1)), "count": p1 - p0}
        step.call(kernel, **operands, dx=part_address(step, op.sums, part), **where)
    hand_over(step, op.sums)


def input_gradient_added(step: Step, op: ops.DenseInputGradientAdded, split: str) -> None:
    """dx = the sums, for the inputs of this thread."""
    x, K = op.x, op.sums.size
    kernel = single_row.input_added(step.module, x.numbers, PARTS, epilogue_of(x))
    first, last = step.range(K // WIDTH, split)
    step.call(
        kernel,
        sums=step.at(op.sums.shared),
        dx=step.at(x.gradient),
        k0=first * WIDTH,
        k1=last * WIDTH,
        **of_tensor(step, x),
    )


def input_gradient(step: Step, op: ops.DenseInputGradient, split: str) -> None:
    """dx = d Wᵀ for the inputs of this thread."""
    K, N = dense.rows_of(op.kernel), op.kernel.shape[-1]
    first, last = step.range(round_up(K) // WIDTH, split)
    operands = {
        "d": step.at(op.y.gradient),
        "w": step.at(op.kernel.buffers["w"]),
        "dx": step.at(op.x.gradient),
    } | of_tensor(step, op.x)
    if op.kernel.is_transposed:
        kernel = single_row.input_gradient_transposed(step.module, N, epilogue_of(op.x))
        step.call(kernel, **operands, p0=first, p1=last)
    else:
        kernel = single_row.input_gradient(step.module, K, epilogue_of(op.x))
        step.call(kernel, **operands, p0=0, p1=round_up(N) // WIDTH, k0=first * WIDTH, k1=last * WIDTH)


def kernel_gradient(step: Step, op: ops.DenseKernelGradient, split: str) -> None:
    """dW = xᵀ d for this thread's share of W."""
    W, K = op.kernel, dense.rows_of(op.kernel)
    kernel = single_row.weight_gradient(step.module, W.shape[-1] if W.is_transposed else K, update_of(W))
    dense.call_kernel_gradient(step, op, kernel, K)
