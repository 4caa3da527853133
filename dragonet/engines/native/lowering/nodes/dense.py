"""Dense, in the three ways in which threads can share it.

'outputs': each thread makes some of the outputs, whose weights stay in its own cache. 'inputs', for few outputs of many inputs:
each adds up the products of its own inputs, and these sums are added at the end. 'nothing': small ones are done by each thread for
itself.
"""

from dragonet.engines.native.lowering.nodes.base import Build, Node, accesses, moved
from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.dense import (
    Dense,
    DenseAdded,
    DenseBiasGradient,
    DenseInputGradient,
    DenseKernelGradient,
    DenseSums,
)
from dragonet.engines.native.ops.layout import WIDTH, Panels, round_up
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.step_plan import Plan


class DenseNode(Node):
    """y = epilogue(x W + b)."""

    def __init__(self, build: Build, layer: int, x: Tensor, units: int, use_bias: bool, after: Epilogue):
        self.build, self.x, self.inputs = build, x, [x]
        h, w, c = x.shape
        self.K, self.N = c if h == w == 1 else h * w * x.pixel_stride, units
        needs_gradient = x.needs_gradient or build.moves(layer, "kernel")
        self.shares = self._shares(layer)
        if x.split == "gather":
            x.split = {"inputs": "cols", "nothing": "all", "outputs": "rows"}[self.shares]
            x.buffer.private = x.split == "all"
        private = self.shares == "nothing"
        self.W = build.weight(
            layer,
            "kernel",
            (h * w * c, units),
            self._layout(),
            private,
            is_transposed=self.is_transposed(),
        )
        self.b = build.weight(layer, "bias", (units,), None, private or self.shares == "inputs") if use_bias else None
        self.bias = build.buffer_of(self.b, units)
        self.part = "cols" if self.shares == "outputs" else "all"  # what a thread does of one number for each output
        self.output = build.tensor("dense", (1, 1, units), self.part, after=after, needs_gradient=needs_gradient)
        if self.shares == "inputs":
            self.sums = build.partial_sums("sums", build.plan.rows * round_up(units))

    def _shares(self, layer: int) -> str:
        """What threads share; of a layer that is used twice always the outputs, so that its weights have one layout."""
        build, x, alone = self.build, self.x, self.build.costs.alone
        inputs, outputs = round_up(self.K), round_up(self.N)
        is_small = inputs * outputs <= 4 * alone
        if build.is_shared(layer):
            return "outputs"
        if not build.learn or (is_small and (x.split == "all" or build.plan.rows * self.K <= 32 * alone)):
            return "nothing"
        return "inputs" if outputs <= 4 * WIDTH and inputs >= 4 * outputs else "outputs"

    def _layout(self) -> Panels:
        """How W lies in memory, or its transpose."""
        (h, w, c), units = self.x.shape, self.N
        if self.is_transposed():
            return Panels(1, units, units, h * w * c, spaced=True)
        stride = self.x.pixel_stride if h * w > 1 else c
        return Panels(h * w, c, stride, units, spaced=True)

    def settle(self) -> None:
        """The user's rows are read where they lie, if nobody else wants them and their kernels need no zeros behind them."""
        x, whole = self.x, self.K % WIDTH == 0
        if self.W.is_transposed and x.source is not None and x.reader_count == 1 and whole:
            x.in_place, rows = True, x.buffer
            rows.size, rows.dtype, rows.private, rows.turns = self.build.plan.rows, "int64", True, 1

    def is_transposed(self) -> bool:
        """Whether W lies in memory as its transpose: where few outputs would leave lanes idle; the inputs must lie without gaps.

        Not where the inputs' gradient is wanted, whose kernel needs the outputs in the lanes.
        """
        if self.shares != "inputs" or self.x.needs_gradient:
            return False
        return self.x.numbers == self.K and self.build.costs.few_outputs >= self.N

    def forward(self, plan: Plan) -> None:
        """x W, and the epilogue."""
        x, y, W = self.x, self.output, self.W.buffers["w"]
        writes = accesses(y, y.split)
        if self.shares == "inputs":
            sums = self.sums.shared
            op = DenseSums(x, self.W, self.bias, self.sums)
            plan.task("dense, sums", "cols", [(x.buffer, "cols"), (W, "cols")], [(sums, "cols")], op)
            reads = [(sums, "all"), (self.bias, "all")]
            plan.task("dense, added", "all", reads, writes, DenseAdded(self.sums, self.bias, y))
        else:
            reads = [(x.buffer, "all"), (W, self.part), (self.bias, self.part)]
            plan.task("dense", self.part, reads, writes, Dense(x, self.W, self.bias, y))

    def backward(self, plan: Plan) -> None:
        """The gradients of x, W and b, in an order that lets W change when nobody needs its old values."""
        if self.x.needs_gradient:
            self._input_gradient(plan)
        self._update_kernel(plan)
        self._update_bias(plan)

    def _input_gradient(self, plan: Plan) -> None:
        x, y = self.x, self.output
        gradient, part = self.build.gradient(x), "all" if x.buffer.private else "cols"
        x.transposed_by_reader = x.transposed is not None and x.reader_count == 1
        writes = [(gradient, part)] + ([(self.build.transposed(x), part)] if x.transposed_by_reader else [])
        W = self.W.buffers["w"], "cols" if self.shares == "inputs" and part == "cols" else "all"
        reads = [(self.build.transposed(y), "all"), W, *accesses(x, part)]
        op = DenseInputGradient(y, self.W, x, is_last=x.reader_count == 1, adds=x.has_gradient)
        x.has_gradient = True
        plan.task("dense, d input", part, reads, writes, op)

    def _update_kernel(self, plan: Plan) -> None:
        if self.W.update is not None:
            part = "all" if self.shares == "nothing" else "cols"
            inputs = self.x.buffer, "cols" if self.shares == "inputs" else "all"
            reads = [inputs, (self.build.gradient(self.output), self.part)]
            op = DenseKernelGradient(self.x, self.output, self.W, self.shares)
            plan.task("dense, d kernel", part, reads, moved(self.W, part), op)

    def _update_bias(self, plan: Plan) -> None:
        if self.b is not None and self.b.update is not None:
            op = DenseBiasGradient(self.output, self.b)
            reads = [(self.build.gradient(self.output), self.part)]
            plan.task("dense, d bias", self.part, reads, moved(self.b, self.part), op)

    def needs_transposed(self) -> bool:
        """The kernel of the input's gradient has the rows in the lanes."""
        return self.x.needs_gradient
