"""Dense layers: which products of a kernel's panels each thread computes."""

from typing import Any

from dragonet.engines.native.cpu.kernels import elementwise, partial
from dragonet.engines.native.cpu.kernels.dense import matrix_products, transposed_sums
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.ops import single_row
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor, of_update, update_of
from dragonet.engines.native.cpu.ops.sums import hand_over, part_address
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH, Value
from dragonet.engines.native.ops import dense as ops
from dragonet.engines.native.ops.layout import PARTS, round_up
from dragonet.engines.native.ops.tensors import Tensor, Weight


def rows_of(kernel: Weight) -> int:
    """How many inputs a kernel has in memory, those between channels that are filled up included."""
    assert kernel.matrix is not None
    matrix = kernel.matrix
    return matrix.columns if kernel.is_transposed else matrix.positions * matrix.stride


def forward(step: Step, op: ops.Dense, split: str) -> None:
    """y = epilogue(x W + b) for the outputs of this thread."""
    if step.plan.rows == 1:
        single_row.forward(step, op, split)
        return
    K, N = rows_of(op.kernel), op.kernel.shape[-1]
    code = matrix_products.forward(step.module, K, op.x.row_stride, op.y.row_stride, epilogue_of(op.y))
    p0, p1 = step.range(round_up(N) // WIDTH, split)
    where = {"rows": step.row_count, "p0": p0, "p1": p1, "k0": 0, "k1": round_up(K, 4)}
    operands = {"x": step.at(op.x.buffer), "w": step.at(op.kernel.buffers["w"]), "bias": step.at(op.bias)}
    step.call(code, **operands, **where, **of_tensor(step, op.y))


def sums(step: Step, op: ops.DenseSums, split: str) -> None:
    """x W for the inputs of each of this thread's parts."""
    if step.plan.rows == 1:
        single_row.sums(step, op, split)
        return
    K, N = rows_of(op.kernel), op.kernel.shape[-1]
    Np, x, w = round_up(N), step.at(op.x.buffer), step.at(op.kernel.buffers["w"])
    with step.k.loop(*step.parts()) as part:
        first, last = (step.bound(round_up(K) // WIDTH, part + i) for i in (0, 1))
        operands = {"x": x, "w": w, "h": part_address(step, op.sums, part), "rows": step.row_count}
        if op.kernel.is_transposed:
            ahead = _ahead(op.x, op.kernel)
            row_stride = None if op.x.in_place else op.x.row_stride
            code = transposed_sums.sums(step.module, N, row_stride, ahead)
            step.call(code, **operands, p0=first, p1=last, **_upcoming(step, op.x, ahead))
        else:
            code = matrix_products.forward(step.module, K, op.x.row_stride, Np, None)
            where = {"p0": 0, "p1": Np // WIDTH, "k0": first * WIDTH, "k1": last * WIDTH}
            step.call(code, **operands, **where, bias=step.at(op.bias))
    hand_over(step, op.sums)


def added(step: Step, op: ops.DenseAdded, split: str) -> None:
    """y = epilogue(sums + b), all of it in each thread."""
    few = step.threads <= 2  # all parts but the first of each of two halves hold −0
    for parts, holds in ((2, few), (PARTS, few ^ 1)):
        code = _added(step.module, round_up(op.y.shape[2]), step.plan.rows, parts, epilogue_of(op.y))
        with step.k.when(holds):
            step.call(
                code,
                sums=step.at(op.sums.shared),
                bias=step.at(op.bias),
                rows_now=step.row_count,
                **of_tensor(step, op.y),
            )


def input_gradient(step: Step, op: ops.DenseInputGradient, split: str) -> None:
    """dx = d Wᵀ for the inputs of this thread."""
    if step.plan.rows == 1:
        single_row.input_gradient(step, op, split)
        return
    x, y, K = op.x, op.y, rows_of(op.kernel)
    code = matrix_products.input_gradient(
        step.module,
        K,
        op.kernel.shape[-1],
        step.plan.rows,
        x.row_stride,
        epilogue_of(x, op.is_last),
        x.transposed_by_reader,
        op.adds,
    )
    first, last = step.range(round_up(K) // WIDTH, split)
    step.call(
        code,
        dt=step.at(y.transposed),
        w=step.at(op.kernel.buffers["w"]),
        dx=step.at(x.gradient),
        dxt=step.at(x.transposed if x.transposed_by_reader else x.gradient),
        k0=first * WIDTH,
        k1=last * WIDTH,
        **of_tensor(step, x),
    )


def kernel_gradient(step: Step, op: ops.DenseKernelGradient, split: str) -> None:
    """dW = xᵀ d for this thread's share of W."""
    if step.plan.rows == 1:
        single_row.kernel_gradient(step, op, split)
        return
    x, y, W = op.x, op.y, op.kernel
    K, ldx, ldd = rows_of(W), x.row_stride, y.row_stride
    if W.is_transposed:
        K, ldx, ldd = W.shape[-1], y.row_stride, None if x.in_place else x.row_stride
    ahead = _ahead(x, W) if op.shares == "inputs" else 0
    code = matrix_products.weight_gradient(
        step.module, K, step.plan.rows, ldx, ldd, update_of(W), ahead, W.is_transposed
    )
    call_kernel_gradient(step, op, code, round_up(rows_of(W)), **_upcoming(step, x, ahead))


def call_kernel_gradient(step: Step, op: ops.DenseKernelGradient, code: Any, rows: int, **more: Value) -> None:
    """Call a kernel for a thread's share of W, of which so many rows count; where W is transposed, x and d change places."""
    W = op.kernel
    x, d = step.at(op.x.buffer), step.at(op.y.gradient)
    panels, inputs = round_up(W.shape[-1]) // WIDTH, step.range(round_up(rows_of(W)) // WIDTH, "cols")
    if W.is_transposed:
        x, d, (p0, p1), (k0, k1) = d, x, inputs, (0, W.shape[-1])
    elif op.shares == "inputs":
        (p0, p1), (k0, k1) = (0, panels), (k * WIDTH for k in inputs)
    else:
        (p0, p1), (k0, k1) = step.range(panels, "cols" if op.shares == "outputs" else "all"), (0, rows)
    step.call(code, x=x, d=d, p0=p0, p1=p1, k0=k0, k1=k1, **of_update(step, W), **more)


def bias_gradient(step: Step, op: ops.DenseBiasGradient, split: str) -> None:
    """db = Σ d for the outputs of this thread."""
    code = matrix_products.bias_gradient(step.module, step.plan.rows, op.y.row_stride, update_of(op.bias))
    p0, p1 = step.range(round_up(op.bias.shape[-1]) // WIDTH, split)
    step.call(code, d=step.at(op.y.gradient), p0=p0, p1=p1, **of_update(step, op.bias))


def transpose_gradient(step: Step, op: ops.TransposeGradient, split: str) -> None:
    """y's gradient with its rows in the lanes, for the columns of this thread."""
    columns = round_up(op.y.shape[2])
    p0, p1 = step.range(columns // WIDTH, split)
    code = elementwise.turn(step.module, step.plan.rows, columns, op.y.row_stride)
    step.call(code, a=step.at(op.y.gradient), out=step.at(op.y.transposed), p0=p0, p1=p1)


def _ahead(x: Tensor, kernel: Weight) -> int:
    """How many numbers a row has, where those of the next step are fetched while this one's are multiplied; else 0."""
    return x.numbers if x.source is not None and kernel.update is not None and update_of(kernel).slow else 0


def _upcoming(step: Step, x: Tensor, ahead: int) -> dict[str, Value]:
    return step.upcoming(x.source) if ahead and x.source is not None else {}


def _added(module: Module, Np: int, rows: int, parts: int, epilogue: Epilogue) -> Any:
    """h = epilogue(bias + Σ_part sums[part]) for all rows; of all parts, so many hold something."""

    def body(k: Builder, sums: Value, bias: Value, rows_now: Value, **operands: Value) -> None:
        with k.loop(0, rows_now) as r:
            for column in range(0, Np, WIDTH):
                offset = r * Np + column
                z = k.load(bias, column) + partial.tree(k, sums, offset, rows * Np * (PARTS // parts), parts)
                epilogue.forward(k, z, operands, offset, r, k.int(column))

    return module.function(
        f"dense_added-{Np}-{rows}-{parts}-{epilogue.name}",
        {"sums": PTR, "bias": PTR, "rows_now": I64, **epilogue.arguments()},
        body,
    )
