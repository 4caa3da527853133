"""The functions of `ops` that can stand in a graph: Keras's class for each, and which of its arguments that class holds."""

import ast
import dataclasses
import functools
import inspect
from collections.abc import Mapping
from typing import Any

# Keras's module: the arguments of a call, then, behind `|`, those that the operation holds; `*` marks a call's among them.
_FORMS = {
    "numpy": {
        "x": """absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh deg2rad exp exp2 expm1 fabs
            fliplr flipud floor isfinite isinf isnan isneginf isposinf log log10 log1p log2 logical_not negative rad2deg
            ravel reciprocal sign signbit sin sinc sinh sqrt square tan tanh trunc""",
        "x1 x2": """add arctan2 divide divide_no_nan dot equal floor_divide fmax fmin fmod greater greater_equal
            heaviside hypot inner less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor matmul maximum
            minimum mod multiply not_equal outer power subtract true_divide""",
        "x | axis=None keepdims=False": """all any amax amin argmax argmin mean median nanargmax nanargmin nanmax nanmean
            nanmedian nanmin nanprod nanstd nansum nanvar ptp std sum var""",
        "x | axis=None keepdims=False initial=None": "max min",
        "x | axis=None keepdims=False dtype=None": "prod",
        "x | axis=None dtype=None": "cumprod cumsum nancumprod nancumsum",
        "x | axis=None": "count_nonzero flip squeeze",
        "x | axis=-1": "argsort sort",
        "x | axis": "expand_dims",
        "xs | axis=0": "concatenate stack",
        "xs": "dstack hstack vstack",
        "x | axes=None": "transpose",
        "x | newshape": "reshape",
        "x | shape": "broadcast_to",
        "x | repeats": "tile",
        "x | repeats axis=None": "repeat",
        "x | shift axis=None": "roll",
        "x | source destination": "moveaxis",
        "x | axis1 axis2": "swapaxes",
        "x | offset=0 axis1=0 axis2=1": "diagonal trace",
        "x | k=0": "tril triu",
        "x | decimals=0": "round",
        "x | dtype=None": "ones_like zeros_like",
        "x | x_min x_max": "clip",
        "x | nan=0.0 posinf=None neginf=None": "nan_to_num",
        "x | pad_width mode='constant' constant_values*=None": "pad",
        "x | indices_or_sections axis=0": "split",
        "x indices | axis=None": "take take_along_axis",
        "x1 x2 | axes=2": "tensordot",
        "condition x1 x2": "where",
        "x key": "get_item",
    },
    "nn": {
        "x": """hard_sigmoid hard_silu hard_tanh log_sigmoid relu relu6 selu sigmoid silu softplus softsign
            sparse_plus sparse_sigmoid""",
        "x | axis=-1": "glu log_softmax softmax",
        "x | alpha=1.0": "celu elu",
        "x | negative_slope=0.2": "leaky_relu",
        "x | approximate=True": "gelu",
        "x | b=4": "squareplus",
        "x | axes keepdims=False": "moments",
        "x | num_classes axis=-1 dtype=None": "one_hot",
    },
    "math": {
        "x": "erf erfc erfinv rsqrt",
        "x | axis=None keepdims=False": "logsumexp",
        "x | k sorted=True": "top_k",
    },
    "core": {"x | dtype": "cast", "x | dtype=None sparse=None ragged=None": "convert_to_tensor"},
    "linalg": {"x": "det inv", "x | ord=None axis=None keepdims=False": "norm"},
}
_SAME = {"abs": "absolute", "swish": "silu", "hard_swish": "hard_silu", "conjugate": "conj"}
_PLAIN = {("reshape", "newshape"): "shape", ("tile", "repeats"): "reps"}  # options that jax.numpy calls otherwise
_JAX_LACKS = {"top_k": ("sorted",), "convert_to_tensor": ("sparse", "ragged")}


@dataclasses.dataclass(frozen=True)
class Form:
    """How Keras writes an operation: its module and class, its arguments, and which of them come with the call."""

    op: str
    module: str
    class_name: str
    signature: inspect.Signature
    call: tuple[str, ...]

    def separate(self, args: tuple, kwargs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The arguments of a call by name, and those that the operation holds. Raises TypeError for others."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        call = {name: value for name, value in bound.arguments.items() if name in self.call}
        return call, {name: value for name, value in bound.arguments.items() if name not in self.call}

    def is_required(self, name: str) -> bool:
        """Whether an argument has no default."""
        return self.signature.parameters[name].default is inspect.Parameter.empty

    def options(self, fixed: Mapping[str, Any]) -> dict[str, Any]:
        """The operation's own arguments as the function of `ops` takes them; what has its default is left to it."""
        lacks = _JAX_LACKS.get(self.op, ())
        return {
            _PLAIN.get((self.op, name), name): value
            for name, value in fixed.items()
            if name not in lacks and not (value is None and self.signature.parameters[name].default is None)
        }


def form_of(op: str) -> Form | None:
    """The form of the operation that a function of `ops` makes, None where a graph cannot hold it."""
    return _forms().get(_SAME.get(op, op))


def form_of_class(class_name: str) -> Form | None:
    """The form of Keras's operation of this class."""
    aliases = {"Abs": "Absolute"}
    wanted = aliases.get(class_name, class_name)
    return next((form for form in _forms().values() if form.class_name == wanted), None)


@functools.cache
def _forms() -> dict[str, Form]:
    return {
        op: _form(op, module, text)
        for module, lines in _FORMS.items()
        for text, ops in lines.items()
        for op in ops.split()
    }


def _form(op: str, module: str, text: str) -> Form:
    first, _, rest = text.partition("|")
    names = first.split()
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    for word in rest.split():
        name, equals, default = word.partition("=")
        if name.endswith("*"):
            name = name[:-1]
            names.append(name)
        value = ast.literal_eval(default) if equals else inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value))
    class_name = "".join(part[:1].upper() + part[1:] for part in op.split("_"))
    return Form(op, f"keras.src.ops.{module}", class_name, inspect.Signature(parameters), tuple(names))
