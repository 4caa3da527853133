"""Softmax within a model; the one before a cross-entropy is the loss's."""

from dragonet.engines.native.lowering.nodes.base import Build, Node
from dragonet.engines.native.lowering.nodes.elementwise import GradientTask, shared_split
from dragonet.engines.native.ops.softmax import Softmax, SoftmaxGradient
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.step_plan import Plan


class SoftmaxNode(Node):
    """y = softmax(x) over the channels of each pixel."""

    def __init__(self, build: Build, x: Tensor):
        self.build, self.x, self.inputs = build, x, [x]
        split = shared_split(build, [x], columns=False)
        self.output = build.tensor("softmax", x.shape, split, needs_gradient=x.needs_gradient)

    def forward(self, plan: Plan) -> None:
        """Pixel by pixel."""
        x, y, split = self.x, self.output, self.output.split
        plan.task("softmax", split, [(x.buffer, split)], [(y.buffer, split)], Softmax(x, y))

    def backward(self, plan: Plan) -> None:
        """The gradient of x."""
        x, y = self.x, self.output
        if x.needs_gradient:
            task = GradientTask(self.build, x, y, y.split)
            op = SoftmaxGradient(x, y, task.is_last, task.adds)
            task.add(plan, "softmax, d input", op, others=[(y.buffer, y.split)])
