"""The result of trace: one step for each call of a layer, and the weights."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.inspect.tracing import tables

_LETTERS = {"kernel": "W", "bias": "b"}


@dataclass(frozen=True, eq=False)
class Weight:
    """One weight of a layer, w, its gradient g = dL/dw, and its update by the optimizer.

    `optimizer_state` has the optimizer's arrays for this weight after the step: m and v of Adam, v of SGD with momentum.
    `change` is Δw, `new` is w + Δw. All are arrays of w's shape; all but w are None or empty in a trace without y.
    """

    name: str
    value: np.ndarray
    gradient: np.ndarray | None = None
    optimizer_state: dict[str, np.ndarray] = field(default_factory=dict)
    change: np.ndarray | None = None
    new: np.ndarray | None = None
    trainable: bool = True

    @property
    def letter(self) -> str:
        """W for a kernel, b for a bias, else the name."""
        return _LETTERS.get(self.name, self.name)


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One call of a layer: its inputs, z before the activation (None without one), its output a, and their gradients.

    `a` and `da` are tuples for a layer of several outputs. `state` has the layer's state that is not trained by gradients,
    as the moving mean of a BatchNormalization. The gradients da = dL/da and dz = dL/dz are None in a trace without y; a layer
    that is called twice has the same weights, with the same gradients, in both of its steps. `formula` and
    `backward_formula` are lines of mathematics.
    """

    name: str
    layer: str
    formula: tuple[str, ...]
    inputs: tuple[np.ndarray, ...]
    a: Any
    z: np.ndarray | None = None
    da: Any = None
    dz: np.ndarray | None = None
    weights: dict[str, Weight] = field(default_factory=dict)
    state: dict[str, np.ndarray] = field(default_factory=dict)
    backward_formula: tuple[str, ...] = ()

    @property
    def W(self) -> np.ndarray:
        """The kernel."""
        return self._weight("kernel").value

    @property
    def b(self) -> np.ndarray:
        """The bias."""
        return self._weight("bias").value

    @property
    def dW(self) -> np.ndarray | None:
        """dL/dW."""
        return self._weight("kernel").gradient

    @property
    def db(self) -> np.ndarray | None:
        """dL/db."""
        return self._weight("bias").gradient

    def _weight(self, name: str) -> Weight:
        if name not in self.weights:  # an AttributeError, as a layer raises
            names = ", ".join(map(repr, self.weights)) or "none"
            raise AttributeError(f"The layer {self.name!r} has no weight {name!r}; its weights are: {names}.")
        return self.weights[name]

    def __repr__(self) -> str:
        return tables.text(tables.step_parts(self))


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The result of `trace`: `steps`, one for each call of a layer, in order; by name, `result["dense"].dz`, or by index.

    It prints as tables, also in a notebook. `outputs` are the model's outputs, `loss` the loss with all penalties (None
    without y), `losses` the part of each output where there are several; `optimizer` and `number` say which step of which
    optimizer this is, `learning_rate` its lr.
    """

    steps: tuple[Step, ...]
    outputs: Any
    training: bool
    loss: float | None = None
    losses: dict[str, float] = field(default_factory=dict)
    loss_name: str = ""
    optimizer: str = ""
    number: int = 0
    learning_rate: float | None = None

    def __getitem__(self, name: str | int) -> Step:
        if isinstance(name, str):
            match = next((step for step in self.steps if step.name == name), None)
            if match is None:
                raise errors.unknown_name("layer in this trace named", name, [step.name for step in self.steps])
            return match
        return self.steps[name]

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __repr__(self) -> str:
        return tables.text(tables.trace_parts(self))

    def _repr_html_(self) -> str:
        return tables.html(tables.trace_parts(self))
