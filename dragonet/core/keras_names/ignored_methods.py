"""Methods that one overrides in Keras and that dragonet never calls: a subclass with one is refused, never ignored.

A model, layer, metric or optimizer of dragonet's is pure functions that a compiled loop runs; what Keras does in methods of the
object has another place here, and the refusal says which.
"""

import difflib
from collections.abc import Iterable, Mapping

from dragonet.core import errors
from dragonet.core.serialization import is_ours

_STEP = (
    "The compiled loop makes the steps. Write a loss as a function of (y_true, y_pred) for compile(loss=...), a metric "
    "for compile(metrics=...), a Callback for what happens between steps, or a layer of your own (README)."
)
_OWN_LAYER = "Make it of layers: Model(inputs, outputs); a step of your own is a layer of your own (README)."
_FILES = "Files hold get_config() and the weights; leave it out."

MODEL: Mapping[str, str] = {
    **dict.fromkeys(("__call__", "apply", "init", "stateless_call", "symbolic_call"), _OWN_LAYER),
    **dict.fromkeys(
        (
            "predict_step",
            "make_train_function",
            "make_test_function",
            "make_predict_function",
            "metrics_names",
            "losses",
            "add_metric",
        ),
        _STEP,
    ),
    **dict.fromkeys(
        (
            "get_compile_config",
            "compile_from_config",
            "get_build_config",
            "build_from_config",
            "save_own_variables",
            "load_own_variables",
            "save_assets",
            "load_assets",
        ),
        _FILES,
    ),
}

# What is called as a method of a class alone.
_OF_A_CLASS = ("call", "train_step", "test_step", "compute_loss", "compute_loss_and_updates", "compute_metrics")
_CALL = "Write call(self, inputs, ...); docs/subclassing.md shows it."
LAYER: Mapping[str, str] = {
    **dict.fromkeys(("__call__", "stateless_call", "symbolic_call", "quantized_call", "compute_output_spec"), _CALL),
    **dict.fromkeys(
        (
            "get_build_config",
            "build_from_config",
            "save_own_variables",
            "load_own_variables",
            "save_assets",
            "load_assets",
        ),
        _FILES,
    ),
}

METRIC: Mapping[str, str] = {
    **dict.fromkeys(
        ("stateless_update_state", "stateless_result", "stateless_reset_state", "__call__"),
        "Write update_state, result and reset_state.",
    ),
    "reset_states": "Write reset_state(self), its name in Keras 3.",
    "merge_state": "Leave it out: a training has one metric state.",
}

LOSS: Mapping[str, str] = dict.fromkeys(
    ("compute_loss", "loss", "forward"), "Write call(self, y_true, y_pred), which returns a value per example."
)

_UPDATE_STEP = "Write build(self, variables) and update_step(self, gradient, variable, learning_rate), as in Keras 3."
OPTIMIZER: Mapping[str, str] = dict.fromkeys(
    (
        "apply_gradients",
        "apply",
        "stateless_apply",
        "minimize",
        "get_updates",
        "get_gradients",
        "finalize_variable_values",
        "_resource_apply_dense",
        "_resource_apply_sparse",
        "_create_slots",
    ),
    _UPDATE_STEP,
)

_VALUE = "Write {}."
INITIALIZER: Mapping[str, str] = dict.fromkeys(
    ("call", "build"), _VALUE.format("__call__(self, shape, dtype=None, key=None)")
)
OF_A_WEIGHT: Mapping[str, str] = dict.fromkeys(("call", "build"), _VALUE.format("__call__(self, w)"))
SCHEDULE: Mapping[str, str] = dict.fromkeys(("call",), _VALUE.format("__call__(self, step)"))


def refuse(cls: type, what: str, ignored: Mapping[str, str]) -> None:
    """Raise where a class of a user's, or a class that it is mixed from, has a method that dragonet would ignore.

    what: 'model', 'layer', ... Classes of dragonet's own may have these methods.
    """
    if is_ours(cls):
        return
    for base in cls.__mro__:
        if is_ours(base) or base is object:
            continue
        for name, instead in ignored.items():
            if name in vars(base):
                raise TypeError(f"The {what} {cls.__name__} defines {name}(), which dragonet never calls. {instead}")


def refuse_assigned(thing: object, what: str, name: str, ignored: Mapping[str, str]) -> None:
    """Raise where such a method is assigned to an object: model.train_step = ..."""
    if name in _OF_A_CLASS or (name in ignored and not hasattr(type(thing), name)):
        instead = ignored.get(name, "Write it in a class: docs/subclassing.md.")
        raise TypeError(f"{name} was assigned to a {what}, and dragonet never calls it. {instead}")


def refuse_misspelt(cls: type, hooks: Iterable[str]) -> None:
    """Raise for a method of a callback that is nearly called like a hook, and so never runs: on_epoch_ends."""
    hooks = list(hooks)
    for name in vars(cls):
        if name.startswith("on_") and name not in hooks:
            near = difflib.get_close_matches(name, hooks, n=1, cutoff=0.88)
            if near:
                raise errors.type_error(
                    f"The callback {cls.__name__}", "hooks by their names", f"{name}()", f"Did you mean {near[0]}()?"
                )
