"""Softmax within a model; the one before a cross-entropy is the loss's."""

from typing import Any

from dragonet.engines.native.cpu.kernels import softmax
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.lowering.nodes.base import Build, Node, of_tensor
from dragonet.engines.native.lowering.nodes.elementwise import gradient_of, shared_split
from dragonet.engines.native.plan.step_plan import Plan, Tensor


class Softmax(Node):
    """y = softmax(x) over the channels of each pixel."""

    def __init__(self, build: Build, x: Tensor):
        self.build, self.x, self.inputs = build, x, [x]
        split = shared_split(build, [x], columns=False)
        self.output = build.tensor("softmax", x.shape, split, learns=x.learns)

    def _layout(self) -> tuple[int, int, int, int]:
        h, w, c = self.x.shape
        return h * w, c, self.x.step, self.x.stride

    def forward(self, plan: Plan) -> None:
        """Pixel by pixel."""
        split = self.output.split
        plan.task("softmax", split, [(self.x.buffer, split)], [(self.output.buffer, split)], self._forward)

    def _forward(self, step: Any) -> None:
        made = softmax.forward(step.module, *self._layout())
        r0, r1 = step.row_range(self.output.split)
        step.call(made, x=step.at(self.x.buffer), y=step.at(self.output.buffer), r0=r0, r1=r1)

    def backward(self, plan: Plan) -> None:
        """The gradient of x."""
        if self.x.learns:
            split = self.output.split
            others = [(self.output.buffer, split)]
            gradient_of(self, plan, "softmax, d input", self.x, split, [], self._input_gradient, others)

    def _input_gradient(self, step: Any, split: str, epilogue: Epilogue, add: bool) -> None:
        x, y = self.x, self.output
        made = softmax.backward(step.module, *self._layout(), epilogue, add)
        r0, r1 = step.row_range(split, whole=True)
        step.call(made, d=step.at(y.grad), y=step.at(y.buffer), dx=step.at(x.grad), r0=r0, r1=r1, **of_tensor(step, x))
