"""Augmentation: in training, each image is moved by its own draw; each thread does its own images."""

from typing import Any

from dragonet.engines.native.cpu.kernels import augmentation
from dragonet.engines.native.cpu.kernels.augmentation import Move
from dragonet.engines.native.lowering.nodes.base import Build, Node
from dragonet.engines.native.lowering.nodes.elementwise import choose
from dragonet.engines.native.plan.step_plan import Plan, Tensor


class Augmentation(Node):
    """y = x, each image moved; `dice` is folded into the step's key. Nothing before it learns, so no gradient goes back."""

    def __init__(self, build: Build, x: Tensor, move: Move, dice: tuple[int, ...]):
        self.x, self.inputs, self.move, self.dice = x, [x], move, dice
        choose(x, "rows")
        self.output = build.tensor(f"random_{move.kind}", x.shape, "rows", step=x.step)

    def forward(self, plan: Plan) -> None:
        """Draw and move."""
        x, y = self.x, self.output
        reads = [(x.buffer, "rows" if x.split == "rows" else "all")]
        plan.task(f"random {self.move.kind}", "rows", reads, [(y.buffer, "rows")], self._forward)

    def _forward(self, step: Any) -> None:
        x, y = self.x, self.output
        made = augmentation.augment(step.module, x.shape, x.step, x.stride, self.move)
        (r0, r1), (a, b) = step.row_range("rows"), step.key(self.dice)
        step.call(made, x=step.at(x.buffer), y=step.at(y.buffer), r0=r0, r1=r1, key_a=a, key_b=b)
