"""Dense for a batch of one: shared in the same three ways, with ops that read each weight once."""

from dragonet.engines.native.lowering.nodes.base import accesses, moved
from dragonet.engines.native.lowering.nodes.dense import DenseNode
from dragonet.engines.native.ops.dense import (
    DenseInputGradient,
    DenseInputGradientAdded,
    DenseInputGradientSums,
)
from dragonet.engines.native.ops.layout import WIDTH, round_up
from dragonet.engines.native.plan.step_plan import Plan


class SingleRowDenseNode(DenseNode):
    """y = epilogue(x W + b), x one row; where the outputs are few, W lies in memory as its transpose, its inputs in the lanes."""

    def settle(self) -> None:
        """One row is gathered as soon as its address is."""

    def is_transposed(self) -> bool:
        """Where the outputs are few; the inputs must lie without gaps."""
        return self.shares == "inputs" and self.N < WIDTH and self.x.numbers == self.K

    def needs_transposed(self) -> bool:
        """There is but one row, so that its gradient lies alike both ways."""
        return False

    def backward(self, plan: Plan) -> None:
        """The gradients of x, W and b; where threads share the outputs, that of x is a sum of theirs."""
        x, y, W = self.x, self.output, self.W.buffers["w"]
        if not x.needs_gradient:
            self._update_bias(plan)
            self._update_kernel(plan)
            return
        gradient, d = self.build.gradient(x), self.build.gradient(y)
        part = "all" if x.buffer.private else "cols"
        if self.shares == "outputs":
            self._input_gradient_sums(plan)
            self._update_bias(plan)  # meanwhile the others' sums arrive
            reads = [*accesses(x, part), (self.shared_sums.shared, "all")]
            op = DenseInputGradientAdded(self.shared_sums, x)
            plan.task("one row, d input", part, reads, [(gradient, part)], op)
            if self.W.update is None:
                return
        else:
            self._update_bias(plan)
            reads = [*accesses(x, part), (d, "all"), (W, "all" if self.shares == "nothing" else "cols")]
            op = DenseInputGradient(y, self.W, x, is_last=True, adds=False)
            plan.task("one row, d input", part, reads, [(gradient, part)], op)
            self._update_kernel(plan)

    def _input_gradient_sums(self, plan: Plan) -> None:
        """The sums of the input's gradient, and W's update in the same pass."""
        x, y, W = self.x, self.output, self.W
        self.shared_sums = self.build.partial_sums("d_shares", round_up(self.K))
        reads = [(self.build.gradient(y), "cols"), (W.buffers["w"], "cols")]
        writes = [(self.shared_sums.shared, "cols")]
        if W.update is None:
            op = DenseInputGradientSums(y, W, self.shared_sums)
            plan.task("one row, d input sums", "cols", reads, writes, op)
        else:
            op = DenseInputGradientSums(y, W, self.shared_sums, x)
            reads, writes = [(x.buffer, "all"), *reads], [*writes, *moved(W, "cols")]
            plan.task("one row, d input sums, d kernel", "cols", reads, writes, op)
