"""Augmentation: in training, each image is moved by its own draw; each thread does its own images."""

from dragonet.engines.native.lowering.nodes.base import Build, Node
from dragonet.engines.native.lowering.nodes.elementwise import choose
from dragonet.engines.native.ops.augmentation import Augment, Move
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.step_plan import Plan


class AugmentNode(Node):
    """y = x, each image moved. rng: the numbers that are folded into the step's key. Nothing before it needs a gradient."""

    def __init__(self, build: Build, x: Tensor, move: Move, rng: tuple[int, ...]):
        self.inputs = [x]
        choose(x, "rows")
        self.output = build.tensor(f"random_{move.kind}", x.shape, "rows", pixel_stride=x.pixel_stride)
        self.op = Augment(x, self.output, move, rng)

    def forward(self, plan: Plan) -> None:
        """Draw and move."""
        (x,), y = self.inputs, self.output
        reads = [(x.buffer, "rows" if x.split == "rows" else "all")]
        plan.task(f"random {self.op.move.kind}", "rows", reads, [(y.buffer, "rows")], self.op)
