"""Dense, in the three ways in which threads can share it.

'cols': each thread makes some of the outputs, whose weights stay in its own cache. 'sums', for few outputs of many inputs:
each adds up its own inputs, and these sums are added at the end. 'all': what is small, each thread does for itself.
"""

from typing import Any

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.cpu.kernels.dense import matrix_products, transposed_sums
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH, Value
from dragonet.engines.native.lowering.nodes.base import SMALL, Build, FusedOps, Node, arrays, held, of_tensor
from dragonet.engines.native.lowering.nodes.partial_sums import PartialSums
from dragonet.engines.native.plan.step_plan import PARTS, Plan, Tensor


class Dense(Node):
    """h = epilogue(x W + b)."""

    def __init__(self, build: Build, layer: int, x: Tensor, units: int, use_bias: bool, after: FusedOps):
        self.build, self.x, self.inputs = build, x, [x]
        h, w, c = x.shape
        self.K, self.N = c if h == w == 1 else h * w * x.step, units
        rows = build.plan.rows
        moves = build.updates is not None and build.updates(layer, "kernel") is not None
        if not build.learn or (
            round_up(self.K) * round_up(units) <= 4 * SMALL and (x.split == "all" or rows * self.K <= 32 * SMALL)
        ):
            self.mode = "all"
        elif round_up(units) <= 4 * WIDTH and round_up(self.K) >= 4 * round_up(units):
            self.mode = "sums"
        else:
            self.mode = "cols"
        if x.split == "gather":
            x.split = {"sums": "cols", "all": "all", "cols": "rows"}[self.mode]
            x.buffer.private = x.split == "all"
        private = self.mode == "all"
        self.W = build.weight(
            layer,
            "kernel",
            (h * w * c, units),
            (h * w, c, x.step),
            private,
            spaced=True,
            transposed=self.is_transposed(),
        )
        self.b = build.weight(layer, "bias", (units,), None, private or self.mode == "sums") if use_bias else None
        self.nothing = (
            build.plan.buffer("nothing", round_up(units), private=True) if self.b is None else self.b.buffers["w"]
        )
        self.output = build.tensor(
            "dense", (1, 1, units), "cols" if self.mode == "cols" else "all", after=after, learns=x.learns or moves
        )
        if self.mode == "sums":
            self.sums = PartialSums(build.plan, "sums", rows * round_up(units))

    def settle(self) -> None:
        """The user's rows are read where they lie, if nobody else wants them and their kernels need no zeros behind them."""
        x, whole = self.x, self.K % WIDTH == 0
        if self.W.transposed and x.source is not None and x.readers == 1 and whole:
            x.in_place, rows = True, x.buffer
            rows.size, rows.dtype, rows.private, rows.turns = self.build.plan.rows, "int64", True, 1

    def is_transposed(self) -> bool:
        """Whether W lies in memory as its transpose: where few outputs would leave lanes idle; the inputs must lie without gaps.

        Not where the inputs' gradient is wanted, whose kernel needs the outputs in the lanes.
        """
        return self.mode == "sums" and self.N <= 12 and self.x.numbers == self.K and not self.x.learns

    def forward(self, plan: Plan) -> None:
        """x W, and the epilogue."""
        x, y, W = self.x, self.output, self.W.buffers["w"]
        wrote = [(y.buffer, y.split)] + ([(y.kept, y.split)] if y.kept else [])
        if self.mode == "sums":
            plan.task(
                "dense, sums", "cols", [(x.buffer, "cols"), (W, "cols")], [(self.sums.shared, "cols")], self._sums
            )
            plan.task("dense, added", "all", [(self.sums.shared, "all"), (self.nothing, "all")], wrote, self._added)
        else:
            part = "cols" if self.mode == "cols" else "all"
            plan.task("dense", self.mode, [(x.buffer, "all"), (W, part), (self.nothing, part)], wrote, self._forward)

    def _forward(self, step: Any) -> None:
        made = matrix_products.forward(step.module, self.K, self.x.stride, self.output.stride, self.output.epilogue)
        p0, p1 = step.range(round_up(self.N) // WIDTH, self.mode)
        where = {"rows": step.row_count, "p0": p0, "p1": p1, "k0": 0, "k1": round_up(self.K, 4)}
        step.call(made, **self._operands(step), **where, **of_tensor(step, self.output))

    def _operands(self, step: Any) -> dict[str, Value]:
        """What y = x W + b is made of, by the names of a kernel's arguments."""
        held = {"x": self.x.buffer, "w": self.W.buffers["w"], "bias": self.nothing}
        return {name: step.at(buffer) for name, buffer in held.items()}

    def _sums(self, step: Any) -> None:
        Np, x, w = round_up(self.N), step.at(self.x.buffer), step.at(self.W.buffers["w"])
        with step.k.loop(*step.parts()) as part:
            first, last = (step.bound(round_up(self.K) // WIDTH, part + i) for i in (0, 1))
            given = {"x": x, "w": w, "h": self.sums.part(step, part), "rows": step.row_count}
            if self.W.transposed:
                made = transposed_sums.sums(step.module, self.N, self.x.row_stride, self._ahead)
                step.call(made, **given, p0=first, p1=last, **self._upcoming(step))
            else:
                made = matrix_products.forward(step.module, self.K, self.x.stride, Np, None)
                where = {"p0": 0, "p1": Np // WIDTH, "k0": first * WIDTH, "k1": last * WIDTH}
                step.call(made, **given, **where, bias=step.at(self.nothing))
        self.sums.hand_over(step)

    def _added(self, step: Any) -> None:
        few = step.threads <= 2  # all parts but the first of each of two halves hold −0
        for parts, holds in ((2, few), (PARTS, few ^ 1)):
            made = _added(step.module, round_up(self.N), step.plan.rows, parts, self.output.epilogue)
            with step.k.when(holds):
                step.call(
                    made,
                    sums=step.at(self.sums.shared),
                    bias=step.at(self.nothing),
                    rows_now=step.row_count,
                    **of_tensor(step, self.output),
                )

    def backward(self, plan: Plan) -> None:
        """The gradients of x, W and b, in an order that lets W change when nobody needs its old values."""
        x, y = self.x, self.output
        if x.learns:
            self.build.gradient(x)
            wrote = [(x.grad, "cols" if not x.buffer.private else "all")]
            x.transposed_by_reader = x.transposed is not None and x.readers == 1
            if x.transposed_by_reader:
                wrote.append((x.transposed, wrote[0][1]))
            reads = [
                (y.transposed, "all"),
                (self.W.buffers["w"], "cols" if self.mode == "sums" and not x.buffer.private else "all"),
                (x.buffer, wrote[0][1]),
            ]
            reads += [(x.kept, wrote[0][1])] if x.kept else []
            self.adds, x.written = x.written, True
            plan.task("dense, d input", wrote[0][1], reads, wrote, self._input_gradient)
        self._update_kernel(plan)
        self._update_bias(plan)

    def _update_kernel(self, plan: Plan) -> None:
        if self.W.update is not None:
            part = "all" if self.mode == "all" else "cols"
            reads = [(self.x.buffer, "cols" if self.mode == "sums" else "all"), (self.output.grad, self._of_outputs)]
            plan.task("dense, d kernel", part, reads, held(self.W, part), self._weight_gradient)

    def _update_bias(self, plan: Plan) -> None:
        if self.b is not None and self.b.update is not None:
            part = self._of_outputs
            plan.task("dense, d bias", part, [(self.output.grad, part)], held(self.b, part), self._bias_gradient)

    @property
    def _of_outputs(self) -> str:
        """What a thread does of what there is one of for each output."""
        return "cols" if self.mode == "cols" else "all"

    def wants_transposed(self) -> bool:
        """Whether its gradient is needed with the rows in the lanes."""
        return self.x.learns

    def _input_gradient(self, step: Any) -> None:
        x, y = self.x, self.output
        final = x.epilogue if x.readers == 1 else Epilogue()
        made = matrix_products.input_gradient(
            step.module, self.K, self.N, step.plan.rows, x.stride, final, x.transposed_by_reader, self.adds
        )
        first, last = step.range(round_up(self.K) // WIDTH, "all" if x.buffer.private else "cols")
        step.call(
            made,
            dt=step.at(y.transposed),
            w=step.at(self.W.buffers["w"]),
            dx=step.at(x.grad),
            dxt=step.at(x.transposed if x.transposed_by_reader else x.grad),
            k0=first * WIDTH,
            k1=last * WIDTH,
            **of_tensor(step, x),
        )

    def _weight_gradient(self, step: Any) -> None:
        x, y, W = self.x, self.output, self.W
        K, ldx, ldd = (self.N, y.stride, x.row_stride) if W.transposed else (self.K, x.stride, y.stride)
        made = matrix_products.weight_gradient(
            step.module, K, step.plan.rows, ldx, ldd, W.update, self._ahead, W.transposed
        )
        self._call_weight_gradient(step, made, round_up(self.K), **self._upcoming(step))

    @property
    def _ahead(self) -> int:
        """How many numbers a row has, where those that the next step will see are fetched while this one's are at work; else 0."""
        update = self.W.update
        wanted = self.mode == "sums" and self.x.source is not None and update is not None and update.slow
        return self.x.numbers if wanted else 0

    def _upcoming(self, step: Any) -> dict[str, Value]:
        return step.upcoming(self.x.source) if self._ahead else {}

    def _call_weight_gradient(self, step: Any, made: Any, rows: int, **more: Value) -> None:
        """Call a kernel for a thread's share of W, of which so many rows count; where W lies turned, x and d change places."""
        x, d = step.at(self.x.buffer), step.at(self.output.grad)
        panels, inputs = round_up(self.N) // WIDTH, step.range(round_up(self.K) // WIDTH, "cols")
        if self.W.transposed:
            x, d, (p0, p1), (k0, k1) = d, x, inputs, (0, self.N)
        elif self.mode == "sums":
            (p0, p1), (k0, k1) = (0, panels), (k * WIDTH for k in inputs)
        else:
            (p0, p1), (k0, k1) = step.range(panels, self.mode), (0, rows)
        step.call(made, x=x, d=d, p0=p0, p1=p1, k0=k0, k1=k1, **arrays(step, self.W), **more)

    def _bias_gradient(self, step: Any) -> None:
        made = matrix_products.bias_gradient(step.module, step.plan.rows, self.output.stride, self.b.update)
        p0, p1 = step.range(round_up(self.N) // WIDTH, self._of_outputs)
        step.call(made, d=step.at(self.output.grad), p0=p0, p1=p1, **arrays(step, self.b))


def _added(module: Module, Np: int, rows: int, parts: int, epilogue: Epilogue) -> Any:
    """h = epilogue(bias + Σ_part sums[part]) for all rows; of all parts, so many hold something."""

    def body(k: Builder, sums: Value, bias: Value, rows_now: Value, **given: Value) -> None:
        with k.loop(0, rows_now) as r:
            for column in range(0, Np, WIDTH):
                offset = r * Np + column
                z = k.load(bias, column) + partial.tree(k, sums, offset, rows * Np * (PARTS // parts), parts)
                epilogue.forward(k, z, given, offset, r, k.int(column))

    return module.function(
        f"dense_added-{Np}-{rows}-{parts}-{epilogue.name}",
        {"sums": PTR, "bias": PTR, "rows_now": I64, **epilogue.arguments()},
        body,
    )
