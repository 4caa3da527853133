"""Between which numbers a model's output can lie, from its last layers: sigmoid 0 to 1, relu from 0, a plain Dense anywhere."""

import math
from typing import Any

Range = tuple[float, float]

ANYWHERE: Range = (-math.inf, math.inf)
# The infimum and supremum of each activation with its default arguments; one that is missing here reaches any number.
_RANGES: dict[str, Range] = {
    "celu": (-1.0, math.inf),
    "elu": (-1.0, math.inf),
    "exponential": (0.0, math.inf),
    "gelu": (-0.17, math.inf),
    "hard_sigmoid": (0.0, 1.0),
    "hard_silu": (-0.375, math.inf),
    "hard_swish": (-0.375, math.inf),
    "hard_tanh": (-1.0, 1.0),
    "log_sigmoid": (-math.inf, 0.0),
    "log_softmax": (-math.inf, 0.0),
    "mish": (-0.309, math.inf),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "selu": (-1.7581, math.inf),
    "sigmoid": (0.0, 1.0),
    "silu": (-0.2785, math.inf),
    "softmax": (0.0, 1.0),
    "softplus": (0.0, math.inf),
    "softsign": (-1.0, 1.0),
    "sparse_plus": (0.0, math.inf),
    "sparse_sigmoid": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "squareplus": (0.0, math.inf),
    "step": (0.0, 1.0),
    "swish": (-0.2785, math.inf),
    "tanh": (-1.0, 1.0),
}
_SUM_TO_ONE = ("softmax", "sparsemax")
# Layers whose output consists of numbers, or means of numbers, of their input.
_PASSING = (
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    "Identity",
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "Cropping1D",
    "Cropping2D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "UpSampling1D",
    "ActivityRegularization",
)


class LastLayer:
    """What is known of the layer that makes an output.

    range: the lowest and highest number that it can reach, None where that is not known. activation: the function's name.
    sums_to_one: whether it is a softmax over the last axis. is_plain: whether it is a sum with weights and nothing after it,
    so that its first answers lie around 0. bias: its bias as an array, None where it has none.
    """

    def __init__(self, tensor: Any):
        self.range: Range | None = None
        self.activation = ""
        self.sums_to_one = self.is_plain = False
        self.bias: Any = None
        while tensor.node is not None and type(tensor.node.layer).__name__ in _PASSING and len(tensor.node.inputs) == 1:
            tensor = tensor.node.inputs[0]
        if tensor.node is not None:
            self._read(tensor, tensor.node.layer)

    def _read(self, tensor: Any, layer: Any) -> None:
        kind, function = type(layer).__name__, getattr(layer, "activation", None)
        if hasattr(layer, "graph"):  # a model inside this one
            vars(self).update(vars(LastLayer(layer.graph.output_list[tensor.index])))
        elif kind == "Rescaling":
            self._rescaled(layer, LastLayer(tensor.node.inputs[0]))
        elif kind == "ReLU":
            straight = not layer.negative_slope and not layer.threshold
            self.range = (0.0, math.inf if layer.max_value is None else float(layer.max_value)) if straight else None
            self.activation = "relu"
        elif kind == "Softmax":
            self._set("softmax")
        elif callable(function) and (function.__module__ or "").startswith("dragonet."):
            self._set(function.__name__)
            self.is_plain = self.activation == "linear" and kind != "Activation"
            if kind == "Activation" and self.activation == "linear":
                vars(self).update(vars(LastLayer(tensor.node.inputs[0])))
            self.bias = layer.gather()[0].get("bias")

    def _set(self, name: str) -> None:
        self.activation, self.range, self.sums_to_one = name, _RANGES.get(name, ANYWHERE), name in _SUM_TO_ONE

    def _rescaled(self, layer: Any, before: "LastLayer") -> None:
        if before.range is None or not all(isinstance(number, int | float) for number in (layer.scale, layer.offset)):
            return
        ends = [end * layer.scale + layer.offset if layer.scale else layer.offset for end in before.range]
        self.range, self.activation = (min(ends), max(ends)), before.activation
