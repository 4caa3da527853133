"""Dense for a batch of one: the same three ways to share it, with kernels of their own."""

from typing import Any

from dragonet.engines.native.cpu.kernels.dense import one_row
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.ir.values import WIDTH
from dragonet.engines.native.lowering.nodes.base import arrays, held, of_tensor
from dragonet.engines.native.lowering.nodes.dense import Dense
from dragonet.engines.native.lowering.nodes.partial_sums import PartialSums
from dragonet.engines.native.plan.step_plan import PARTS, Plan


class DenseOfOne(Dense):
    """h = epilogue(x W + b), x one row; where the outputs are few, W lies turned, its inputs in the lanes."""

    def settle(self) -> None:
        """One row is gathered as soon as its address is."""

    def is_transposed(self) -> bool:
        """Where the outputs are few; the inputs must lie without gaps."""
        return self.mode == "sums" and self.N < WIDTH and self.x.numbers == self.K

    def wants_transposed(self) -> bool:
        """No gradient is needed with its rows in the lanes: there is but one."""
        return False

    def _forward(self, step: Any) -> None:
        made = one_row.forward(step.module, self.K, self.output.epilogue)
        p0, p1 = step.range(round_up(self.N) // WIDTH, self.mode)
        step.call(made, **self._operands(step), p0=p0, p1=p1, **of_tensor(step, self.output))

    def _sums(self, step: Any) -> None:
        k, Np, x, w = step.k, round_up(self.N), step.at(self.x.buffer), step.at(self.W.buffers["w"])
        with k.loop(*step.parts()) as part:
            first, last = (step.bound(round_up(self.K) // WIDTH, part + i) for i in (0, 1))
            h = self.sums.part(step, part)
            if self.W.transposed:
                made = one_row.input_gradient(step.module, self.N, None)
                step.call(made, d=x, w=w, dx=h, p0=first, p1=last, k0=0, k1=Np)
            else:
                made = one_row.sums(step.module, self.K, self.N)
                step.call(made, x=x, w=w, h=h, k0=first * WIDTH, k1=last * WIDTH)
        self.sums.hand_over(step)

    def backward(self, plan: Plan) -> None:
        """The gradients of x, W and b; where threads share the outputs, that of x is a sum of theirs."""
        x, W = self.x, self.W.buffers["w"]
        mine = "all" if x.buffer.private else "cols"
        at_once = x.learns and self.mode == "cols" and self.W.update is not None
        if x.learns:
            self.build.gradient(x)
            reads = [(x.buffer, mine)] + ([(x.kept, mine)] if x.kept else [])
            if self.mode == "cols":
                self.shares = PartialSums(plan, "d_shares", round_up(self.K))
                shares, needed = (self.shares.shared, "cols"), [(self.output.grad, "cols"), (W, "cols")]
                if at_once:
                    made = [shares, *held(self.W, "cols")]
                    plan.task(
                        "one row, d input sums, d kernel", "cols", [(x.buffer, "all"), *needed], made, self._gradients
                    )
                else:
                    plan.task("one row, d input sums", "cols", needed, [shares], self._shares)
                reads += [(self.shares.shared, "all")]
            else:
                reads += [(self.output.grad, "all"), (W, "all" if self.mode == "all" else "cols")]
            added = self._added_input if self.mode == "cols" else self._input_gradient
            self._update_bias(plan)  # meanwhile the others' sums arrive
            plan.task("one row, d input", mine, reads, [(x.grad, mine)], added)
        else:
            self._update_bias(plan)
        if not at_once:
            self._update_kernel(plan)

    def _shares(self, step: Any) -> None:
        k, made = step.k, one_row.input_gradient(step.module, self.K, None)
        with k.loop(*step.parts()) as part:
            p0, p1 = (step.bound(round_up(self.N) // WIDTH, part + i) for i in (0, 1))
            step.call(
                made,
                d=step.at(self.output.grad),
                w=step.at(self.W.buffers["w"]),
                p0=p0,
                p1=p1,
                k0=0,
                k1=round_up(self.K),
                dx=self.shares.part(step, part),
            )
        self.shares.hand_over(step)

    def _gradients(self, step: Any) -> None:
        """The lower half of the panels from the last one down, the upper half from the first one up.

        Processors fetch ahead of where a core walks: two that walk towards each other take what the other has just written.
        Downwards also finds near what forward, upwards, has read last.
        """
        k, made = step.k, one_row.gradients(step.module, self.K, self.W.update)
        where = {"x": self.x.buffer, "d": self.output.grad, "weights": self.W.buffers["w"]}
        given = {name: step.at(buffer) for name, buffer in where.items()} | arrays(step, self.W)
        first, last = step.parts()
        upper = first >= PARTS // 2
        with k.loop(0, last - first) as gone:
            part = upper.where(first + gone, last - 1 - gone)
            p0, p1 = (step.bound(round_up(self.N) // WIDTH, part + i) for i in (0, 1))
            high = part >= PARTS // 2
            where = {"p0": high.where(p0, p1 - 1), "by": high.where(k.int(1), k.int(-1)), "count": p1 - p0}
            step.call(made, **given, dx=self.shares.part(step, part), **where)
        self.shares.hand_over(step)

    def _added_input(self, step: Any) -> None:
        made = one_row.input_added(step.module, self.K, PARTS, self.x.epilogue)
        first, last = step.range(round_up(self.K) // WIDTH, "all" if self.x.buffer.private else "cols")
        step.call(
            made,
            sums=step.at(self.shares.shared),
            dx=step.at(self.x.grad),
            k0=first * WIDTH,
            k1=last * WIDTH,
            **of_tensor(step, self.x),
        )

    def _input_gradient(self, step: Any) -> None:
        first, last = step.range(round_up(self.K) // WIDTH, "all" if self.x.buffer.private else "cols")
        given = {"d": step.at(self.output.grad), "w": step.at(self.W.buffers["w"]), "dx": step.at(self.x.grad)}
        given |= of_tensor(step, self.x)
        if self.W.transposed:
            made = one_row.input_gradient_turned(step.module, self.N, self.x.epilogue)
            step.call(made, **given, p0=first, p1=last)
        else:
            made = one_row.input_gradient(step.module, self.K, self.x.epilogue)
            step.call(made, **given, p0=0, p1=round_up(self.N) // WIDTH, k0=first * WIDTH, k1=last * WIDTH)

    def _weight_gradient(self, step: Any) -> None:
        made = one_row.weight_gradient(step.module, self.N if self.W.transposed else self.K, self.W.update)
        self._call_weight_gradient(step, made, self.K)
