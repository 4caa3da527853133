"""The calls of tests/test_bad_calls.py: every argument of the public API with values that it was not made for.

`calls()` finds classes, functions and methods by the packages' tables of contents, so that a new one is tested from its first
day. The other arguments of a call are valid: their defaults, or what the functions
below hold for their names. A class is also used once after it was made, because some mistakes show only there.
"""

import dataclasses
import functools
import importlib
import inspect
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from PIL import Image

import dragonet
from dragonet import layers, losses, metrics, optimizers, perceptrons, training
from dragonet.core import errors, session
from helpers.layer_cases import CASES as LAYER_CASES
from helpers.loss_cases import data as loss_data
from helpers.metric_cases import CASES as METRIC_CASES
from helpers.metric_cases import batches as metric_batches

_RNG = np.random.default_rng(0)
_X = _RNG.normal(size=(12, 2)).astype("float32")
_Y = np.arange(12) % 2
_IMAGES = _RNG.random((4, 6, 6, 1)).astype("float32")
_MATRIX = np.eye(3, dtype="float32")

WRONG = {
    "None": None,
    "'x'": "x",
    "'False'": "False",
    "-1": -1,
    "0": 0,
    "1.5": 1.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "True": True,
    "[]": [],
    "{}": {},
    "()": (),
    "object()": object(),
    "int": int,
    "lambda": lambda *args: None,
    "words": np.array(["a", "b", "c"]),
    "wrong shape": np.ones((7, 5), "float32"),
    "wrong rank": np.ones((2, 1, 3, 1, 2), "float32"),
}


@dataclasses.dataclass(frozen=True)
class Call:
    """One argument of one function, class or method: `run(value)` calls it with this value and all others valid."""

    name: str
    argument: str
    default: Any
    run: Callable[[Any], Any]
    valid: Callable[[], Any]  # the same call with all arguments valid


def refused(call: Call) -> str | None:
    """How a call whose arguments are all valid failed, or None."""
    session.clear()
    session.set_seed(0)
    try:
        with warnings.catch_warnings(action="ignore"):
            call.valid()
    except Exception as failure:
        return _told(failure)
    return None


def judge(call: Call, wrong: str) -> str | None:
    """What is wrong with the answer to a call, or None where it is a result or a sentence."""
    value = WRONG[wrong]
    session.clear()
    session.set_seed(0)
    try:
        with warnings.catch_warnings(action="ignore"):
            call.run(value)
    except Exception as failure:
        told = errors.is_refusal(failure) or (call.name.split(".")[0] in _ESTIMATORS and _is_sklearns(failure))
        told = told and isinstance(failure, ValueError | TypeError | OSError | ImportError)
        told = told or (isinstance(failure, OSError) and failure.filename is not None)  # the system names the path
        return None if told or (call.name, call.argument, wrong) in _USERS_OWN else _told(failure)
    return _accepted(call, wrong, value)


def _is_sklearns(failure: Exception) -> bool:
    """Whether scikit-learn speaks, as its rules for estimators want it."""
    return any("sklearn" in Path(frame.filename).parts for frame in traceback.extract_tb(failure.__traceback__))


def _told(failure: Exception) -> str:
    frames = [f for f in traceback.extract_tb(failure.__traceback__) if "/dragonet/" in f.filename.replace("\\", "/")]
    last = frames[-1] if frames else None
    where = f"{Path(last.filename).name}:{last.lineno} {last.line}" if last else "?"
    return f"{type(failure).__name__}: {str(failure).splitlines()[0][:110] if str(failure) else ''} @ {where}"


def _accepted(call: Call, wrong: str, value: Any) -> str | None:
    """A mistake that was taken in silence, or None."""
    default = call.default
    if isinstance(default, bool):
        fine = value is True or (isinstance(value, int) and value in (0, 1))
    elif isinstance(default, int | float):
        fine = wrong not in ("'x'", "'False'", "nan", "object()", "int", "{}", "words")
    elif call.argument.endswith("_initializer"):
        fine = wrong not in ("object()", "words")  # an array stands for itself; whether it fits shows when it is drawn
    elif isinstance(default, str):
        fine = wrong not in ("object()", "nan", "{}", "words", "wrong shape", "wrong rank")
    else:
        fine = wrong != "object()"
    return None if fine or (call.name, call.argument) in _ANYTHING else f"accepted in silence: {call.argument}={wrong}"


_ESTIMATORS = ("perceptrons", "sklearn", *dir(perceptrons), "NetClassifier", "NetRegressor")

# Arguments that take any object whatever, or whose function's answer is about any object.
_ANYTHING = {
    ("ops.is_tensor", "x"),
    ("Hebb.fit", "y"),
    ("Oja.fit", "y"),
    ("saving.get_registered_name", "obj"),
    ("saving.get_registered_object", "module_objects"),
    ("saving.deserialize_keras_object", "config"),
    ("saving.serialize_keras_object", "obj"),
    ("utils.pack_x_y_sample_weight", "x"),  # whatever a batch holds
    ("utils.pack_x_y_sample_weight", "y"),
    ("utils.pack_x_y_sample_weight", "sample_weight"),
    ("utils.unpack_x_y_sample_weight", "data"),  # what is no tuple is x
    ("Model.summary", "positions"),  # Keras's, not read
    ("inspect.saliency", "baseline"),  # not read by its default method
    ("inspect.saliency", "layer"),
    ("callbacks.TensorBoard", "embeddings_metadata"),  # not read without embeddings
}


# Functions of a user's that do the wrong thing: the traceback leads into them, as it should.
_USERS_OWN = {
    ("training.fit", "data", "wrong shape"),  # the loss of the objective does not fit the data
    ("ops.while_loop", "body", "lambda"),
    ("ops.while_loop", "cond", "lambda"),
    ("layers.Lambda", "function", "lambda"),
    ("ops.vectorized_map", "function", "int"),
    ("Model.summary", "print_fn", "int"),
    ("callbacks.LearningRateScheduler", "schedule", "int"),
}


# --- what is called ---------------------------------------------------------------------------------------------------


def calls() -> list[Call]:
    """All arguments of all public functions, classes and methods, in a fixed order."""
    return [call for source in _SOURCES for call in source()]


def _arguments(
    name: str,
    function: Callable,
    valid: Mapping[str, Any],
    use: Callable[[Any], Any] = lambda made: made,
    signature: Any = None,
    skip: tuple = (),
) -> Iterator[Call]:
    """A call for each argument. Where a value is a Factory it is made anew for each call."""
    parameters = inspect.signature(signature or function).parameters.values()
    base = {p.name: valid[p.name] for p in parameters if p.name in valid}
    for p in parameters:
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in ("self", *valid):
            raise LookupError(f"{name} needs a valid value for its argument {p.name!r} in tests/helpers/bad_calls.py.")

    def run(value: Any, argument: str) -> Any:
        others = {n: v() if isinstance(v, Factory) else v for n, v in base.items() if n != argument}
        return use(function(**others, **{argument: value}))

    def valid_call() -> Any:
        return use(function(**{n: v() if isinstance(v, Factory) else v for n, v in base.items()}))

    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY) or p.name == "self" or p.name in skip:
            continue
        yield Call(name, p.name, p.default, functools.partial(run, argument=p.name), valid_call)


class Factory(functools.partial):
    """A valid argument that a call may change, so that each call gets its own."""


def _names(room: str) -> Iterator[tuple[str, Any]]:
    """The public things of a package, each once."""
    table, met = importlib.import_module(f"dragonet.{room}"), set()
    names = getattr(table, "__all__", None) or [name for name in vars(table) if not name.startswith("_")]
    for name in sorted(names):
        thing = getattr(table, name)
        if (
            not inspect.ismodule(thing)
            and getattr(thing, "__module__", "").startswith("dragonet")
            and id(thing) not in met
        ):
            met.add(id(thing))
            yield name, thing


def _layers() -> Iterator[Call]:
    cases = {}
    for case in LAYER_CASES:
        cases.setdefault(case.layer, case)
    own = {"Lambda": ({"function": lambda x: x}, (2, 3)), "Dense": ({"units": 3}, (2, 5))}
    own |= {name: ({"units": 3}, (2, 5)) for name in ("SimpleRNNCell", "LSTMCell", "GRUCell")}
    own["RandomCrop"] = ({"height": 2, "width": 2}, (2, 4, 4, 3))
    own |= {name: ({"units": 3}, (2, 4, 5)) for name in ("MinGRU", "LRU")}
    own |= {
        "RNN": ({"cell": Factory(lambda: layers.LSTMCell(2))}, (2, 4, 3)),
        "StackedRNNCells": ({"cells": Factory(lambda: [layers.LSTMCell(2), layers.GRUCell(2)])}, None),
        "Bidirectional": ({"layer": Factory(lambda: layers.GRU(2))}, (2, 4, 3)),
        "Attention": ({}, [(2, 4, 3), (2, 5, 3)]),
        "AdditiveAttention": ({}, [(2, 4, 3), (2, 5, 3)]),
        "MultiHeadAttention": ({"num_heads": 2, "key_dim": 3}, None),
        "GroupQueryAttention": ({"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}, None),
        "TimeDistributed": ({"layer": Factory(lambda: layers.Dense(2))}, (2, 4, 3)),
    }
    for name, cls in _names("layers"):
        if name in ("Layer", "KerasTensor", "Variable", "InputLayer", "Input"):
            continue
        if not inspect.isclass(cls):
            yield from _arguments(f"layers.{name}", cls, {"inputs": Factory(_two_tensors)})
            continue
        case = cases.get(name) or cases.get(next((c for c in cases if getattr(layers, c) is cls), ""))
        if case is None and name not in own:
            raise LookupError(f"No case for the layer {name}: add one to tests/layers/cases_*.py.")
        arguments, shape = own.get(name) or (dict(case.kwargs), case.in_shape)
        yield from _arguments(f"layers.{name}", cls, arguments, functools.partial(_use_layer, shape=shape))
    yield from _arguments("layers.Input", layers.Input, {"shape": (3,)})


def _two_tensors() -> list:
    return [layers.Input((3, 3)), layers.Input((3, 3))]


def _use_layer(layer: Any, shape: Any) -> None:
    """Its variables, and its formula traced."""
    if layer.wraps_layers:
        _ = shape and layer.compute_output_shape(shape)
        return
    layer.build(shape)
    params, state = layer.gather()
    rows = [(2, *one[1:]) for one in shape] if isinstance(shape, list) else (2, *shape[1:])
    x = jax.tree.map(lambda one: jax.ShapeDtypeStruct(one, "float32"), rows, is_leaf=lambda one: isinstance(one, tuple))
    key = jax.eval_shape(lambda: jax.random.key(0))
    jax.eval_shape(lambda p, s, x, key: layer.apply(p, s, x, training=True, key=key), params, state, x, key)


def _losses() -> Iterator[Call]:
    kinds = {"sparse": "classes", "categorical_generalized": "classes", "categorical": "one-hot", "binary": "yes/no"}
    for name, thing in _names("losses"):
        kind = next((k for word, k in kinds.items() if session.snake_case(name).startswith(word)), "yes/no")
        y_true, y_pred = loss_data(kind)
        arguments = {
            "y_true": y_true,
            "y_pred": y_pred,
            "fn": losses.huber,
            "identifier": "mse",
            "name": "huber",
            "loss": losses.Huber(),
            "y_true_shape": (4,),
            "y_pred_shape": (4, 3),
        }
        if inspect.isclass(thing):
            if name == "Loss":
                continue
            arguments.pop("name")
            yield from _arguments(f"losses.{name}", thing, arguments, lambda loss, a=y_true, b=y_pred: loss(a, b))
        else:
            yield from _arguments(f"losses.{name}", thing, arguments)


def _metrics() -> Iterator[Call]:
    cases = {}
    for case in METRIC_CASES:
        cases.setdefault(case.cls, case)
    for name, thing in _names("metrics"):
        if not inspect.isclass(thing):
            if thing.__module__.startswith("dragonet.metrics"):
                y_true, y_pred = loss_data("classes" if "sparse" in name else "one-hot")
                arguments = {
                    "y_true": y_true,
                    "y_pred": y_pred,
                    "identifier": "mse",
                    "metric": metrics.AUC(),
                    "config": "auc",
                }
                yield from _arguments(f"metrics.{name}", thing, arguments)
            continue
        case = cases.get(name)
        if case is None:
            continue
        y_true, y_pred, weights = metric_batches(case)
        arguments = {"fn": losses.huber, **case.options}
        yield from _arguments(
            f"metrics.{name}", thing, arguments, lambda metric, a=y_true[0], b=y_pred[0], w=weights[0]: metric(a, b, w)
        )

    for argument in ("update_state", "__call__"):

        def call(argument=argument, **given: Any) -> Any:
            return getattr(metrics.MeanSquaredError(), argument)(**given)

        yield from _arguments(
            f"Metric.{argument}",
            call,
            {"y_true": np.ones(3), "y_pred": np.ones(3)},
            signature=metrics.MeanSquaredError.update_state,
        )


def _optimizers() -> Iterator[Call]:
    def use(optimizer):
        params = {"w": np.ones(2, "float32")}
        jax.eval_shape(lambda p, s: optimizer.update(p, p, s), params, optimizer.init(params))

    for name, thing in _names("optimizers"):
        if name in ("Optimizer", "OptaxOptimizer"):
            continue
        arguments = {"optimizer": optimizers.SGD(), "config": "sgd", "identifier": "sgd"}
        yield from _arguments(
            f"optimizers.{name}", thing, arguments, use if inspect.isclass(thing) else lambda made: made
        )
    schedules = {
        "initial_learning_rate": 0.1,
        "decay_steps": 5,
        "first_decay_steps": 5,
        "decay_rate": 0.5,
        "boundaries": (2, 4),
        "values": (0.3, 0.2, 0.1),
        "learning_rate_schedule": optimizers.schedules.ExponentialDecay(0.1, 5, 0.5),
        "config": optimizers.schedules.serialize(optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)),
    }
    for name, thing in _names("optimizers.schedules"):
        if name != "LearningRateSchedule":
            step = (lambda schedule: schedule(3)) if inspect.isclass(thing) else lambda made: made
            yield from _arguments(f"optimizers.schedules.{name}", thing, schedules, step)


def _small_objects() -> Iterator[Call]:
    """Initializers, regularizers, constraints, activations."""

    def drawn(initializer):
        shape = (4, 1, 3) if type(initializer).__name__ == "STFT" else (3, 3)
        return jax.eval_shape(lambda key: dragonet.initializers.draw(initializer, key, shape), dragonet.random.key(0))

    w = np.ones((3, 3), "float32")
    arguments = {
        "identifier": None,
        "config": "zeros",
        "initializer": dragonet.initializers.Zeros(),
        "shape": (2,),
        "key": dragonet.random.key(0),
        "x": w,
        "threshold": 0.5,
        "default_value": 0.0,
    }
    for room, one, use in (
        ("initializers", "zeros", drawn),
        ("regularizers", "l2", lambda thing: thing(w)),
        ("constraints", "non_neg", lambda thing: thing(w)),
        ("activations", "relu", None),
    ):
        own = arguments | {
            "config": one,
            "identifier": one,
            "regularizer": dragonet.regularizers.L2(),
            "constraint": dragonet.constraints.NonNeg(),
            "activation": dragonet.activations.relu,
        }
        for name, thing in _names(room):
            if name in ("Initializer", "Regularizer", "Constraint"):
                continue
            named = {k: v for k, v in own.items() if k in inspect.signature(thing).parameters}
            if room == "activations" and name == "glu":
                named["x"] = np.ones((3, 4), "float32")
            yield from _arguments(f"{room}.{name}", thing, named, use if inspect.isclass(thing) else lambda made: made)


def _model() -> Any:
    model = dragonet.Sequential(
        [dragonet.Input((2,)), layers.Dense(3, "relu", name="hidden"), layers.Dense(2, "softmax")]
    )
    model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@functools.cache
def _trained() -> Any:
    model = _model()
    model.fit(_X, _Y, epochs=2, verbose=0, validation_split=0.25)
    return model


def _graph_model() -> Any:
    i = dragonet.Input((2,))
    model = dragonet.Model(i, layers.Dense(2, "softmax")(i))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@functools.cache
def _of_images() -> Any:
    i = dragonet.Input((6, 6, 1))
    h = layers.Conv2D(2, 3, activation="relu", name="conv")(i)
    model = dragonet.Model(i, layers.Dense(2, "softmax")(layers.Flatten()(h)))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def _weights() -> list:
    return _model().get_weights()


def _methods_of_models() -> Iterator[Call]:
    valid = {
        "x": _X,
        "y": _Y,
        "epochs": 1,
        "verbose": 0,
        "filepath": "model.keras",
        "layer": Factory(layers.Dense, 2),
        "loss": "mse",
        "name": "hidden",
        "input_shape": (None, 2),
        "inputs": _X,
        "mode": "all",
        "weights": Factory(_weights),
    }
    for cls, make in ((dragonet.Model, _model), (dragonet.Sequential, _model)):
        for name, method in sorted(_public_methods(cls)):
            inherited = cls is dragonet.Sequential and getattr(dragonet.Model, name, None) is getattr(cls, name)
            if inherited or name in (
                "init",
                "apply",
                "get_config",
                "gather",
                "scatter",
                "draw",
                # What other rooms call to build a subclassed model, and Keras's hooks, which a class overrides.
                "add_loss",
                "build_config",
                "build_from",
                "build_from_config",
                "compute_mask",
                "prepare_for",
                "run_on_arrays",
                "track",
            ):
                continue

            def call(*, method_=name, make_=make, **given: Any) -> Any:
                model = make_()
                if method_ == "load_weights" and isinstance(given.get("filepath"), Path):
                    model.save_weights(given["filepath"])
                return getattr(model, method_)(**given)

            own = dict(valid)
            if name == "fit":
                own["validation_data"] = (_X, _Y)
            if name in ("save_weights", "load_weights"):
                own["filepath"] = Path("w.weights.h5")
            if name == "get_layer":
                own |= {"name": None, "index": 1}
            if name == "summary":
                own |= {"print_fn": lambda *line: None}
            yield from _arguments(f"{cls.__name__}.{name}", call, own, signature=method)
    i = dragonet.Input((2,))
    yield from _arguments("Model", dragonet.Model, {"inputs": i, "outputs": layers.Dense(2)(i)})
    yield from _arguments("Sequential", dragonet.Sequential, {"layers": [layers.Dense(2)]})
    yield from _arguments("Fleet", dragonet.Fleet, {"model": Factory(_model), "seeds": 1})
    for name in ("fit", "evaluate", "predict"):

        def fleet(name=name, **given: Any) -> Any:
            return getattr(dragonet.Fleet(_model(), 1), name)(**given)

        yield from _arguments(
            f"Fleet.{name}", fleet, {"x": _X, "y": _Y, "verbose": 0}, signature=getattr(dragonet.Fleet, name)
        )

    def layer_call(x: Any) -> Any:
        return layers.Dense(2)(x)

    yield from _arguments("Layer.__call__", layer_call, {"x": _X})
    for name in ("set_weights", "count_params", "build", "compute_output_shape"):

        def method(name=name, **given: Any) -> Any:
            layer = layers.Dense(2)
            if name == "set_weights":
                layer.build((None, 2))
            return getattr(layer, name)(**given)

        own = {"weights": [np.ones((2, 2)), np.ones(2)], "in_shape": (None, 2), "input_shape": (None, 2)}
        yield from _arguments(f"Layer.{name}", method, own, signature=getattr(layers.Dense, name))


# What steps in Keras's form are made of: called within compiled functions, with lists of arrays.
_OF_STEPS = {
    "begin_steps",
    "compute_loss",
    "compute_loss_and_updates",
    "compute_metrics",
    "stateless_call",
    "stateless_compute_loss",
    "test_step",
    "train_step",
}


def _public_methods(cls: type) -> Iterator[tuple[str, Callable]]:
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        if not name.startswith("_") and name not in _OF_STEPS and inspect.isfunction(method):
            yield name, method


def _callbacks() -> Iterator[Call]:
    valid = {
        "backup_dir": "backup",
        "filename": "log.csv",
        "filepath": "best.keras",
        "x": _X,
        "y": _Y,
        "schedule": lambda epoch: 0.1,
        "callbacks": [],
    }

    def use(callback):
        if not isinstance(callback, dragonet.callbacks.Callback) or isinstance(
            callback, dragonet.callbacks.TensorBoard
        ):
            return
        _model().fit(_X, _Y, epochs=1, verbose=0, validation_data=(_X, _Y), callbacks=[callback])

    for name, thing in _names("callbacks"):
        if name == "CallbackList":
            continue
        own = dict(valid)
        if name == "ModelCheckpoint":
            own["monitor"] = "val_loss"
        yield from _arguments(f"callbacks.{name}", thing, own, use)


def _objective() -> Any:
    def loss(params: Any, batch: Any, key: Any) -> Any:
        return ((batch - params) ** 2).mean()

    return training.from_loss(loss, optimizers.SGD(0.1), params=np.zeros(2, "float32"))


def _training() -> Iterator[Call]:
    """Objectives of one's own, trained without a model."""
    valid = {"objective": Factory(_objective), "data": _X, "validation_data": _X, "verbose": 0}
    yield from _arguments("training.fit", training.fit, valid)
    own = {"loss": _objective().loss, "optimizer": optimizers.SGD(0.1), "params": np.zeros(2, "float32")}
    yield from _arguments("training.from_loss", training.from_loss, own)


def _picture() -> Path:
    path = Path(tempfile.mkdtemp(), "p.png")
    Image.new("RGB", (4, 4)).save(path)
    return path


def _helpers() -> Iterator[Call]:
    """datasets, preprocessing, utils, saving, backend, random, ops, data, perceptrons, sklearn."""
    config = dragonet.saving.serialize_keras_object(layers.Dense(2, name="d"))
    valid = {
        "custom_objects": {},
        "config": config,
        "obj": layers.Dense(2),
        "data": (_X,),
        "name": "Dense",
        "x": np.array([0, 1, 2]),
        "seed": 1,
        "num_classes": 3,
        "model": Factory(_model),
        "filepath": "model.keras",
        "json_string": _model().to_json(),
    }
    for room in ("datasets", "utils", "saving", "backend", "models"):
        for name, thing in _names(room):
            if name in ("Model", "Sequential", "Fleet", "get_custom_objects", "clear_session"):
                continue
            own = dict(valid)
            of_backend = room == "backend" or thing.__module__.startswith("dragonet.backend.")
            if of_backend and thing.__module__ != "dragonet.backend.settings":
                continue  # the functions of ops by older names
            own |= {"value": 1e-7 if name == "set_epsilon" else "float32", "data_format": "channels_last"}
            if name == "normalize":
                own["x"] = _X
            if name in ("custom_object_scope", "CustomObjectScope"):
                own["custom_objects"] = {"a": int}
            if name in ("array_to_img", "save_img"):
                own |= {"x": _IMAGES[0], "path": "p.png"}
            if name in ("img_to_array", "load_img"):
                own |= {"img": Factory(Image.new, "RGB", (4, 4)), "path": Factory(_picture)}
            elif "load_" in name:
                own["filepath"] = Factory(_saved, name)
            if name.endswith("_weights"):
                own["filepath"] = Path("w.weights.h5") if name == "save_weights" else Factory(_saved, name)
            yield from _arguments(f"{room}.{name}", thing, own)
    image = importlib.import_module("dragonet.preprocessing.image")
    for name in ("random_shift", "random_rotation", "random_zoom", "augment_data"):
        own = {
            "x": _IMAGES,
            "y": np.arange(4),
            "wrg": 0.1,
            "hrg": 0.1,
            "rg": 10,
            "zoom_range": (0.9, 1.1),
            "channel_axis": 3,
        }
        yield from _arguments(f"image.{name}", getattr(image, name), own)
    draws = {
        "logits": np.zeros((2, 3)),
        "num_samples": 2,
        "inputs": _X,
        "rate": 0.5,
        "shape": (2,),
        "minval": 0,
        "maxval": 5,
        "x": _X,
        "seed": 1,
    }
    for name, thing in _names("random"):
        yield from _arguments(f"random.{name}", thing, draws)
    numbers = {
        "x": _X,
        "dtype": "float32",
        "x_min": 0,
        "x_max": 1,
        "x1": _X,
        "x2": _X,
        "axes": 0,
        "num_classes": 2,
        "indices": np.array([[0], [1]]),
        "values": np.ones(2),
        "shape": (3,),
        "inputs": np.ones(3),
        "updates": np.ones(2),
        "start_indices": (0,),
        "elements": _X,
        "function": lambda x: x,
        "cond": lambda i: i < 3,
        "body": lambda i: i + 1,
        "loop_vars": 0,
    }
    for name, thing in _names("ops"):
        own = dict(numbers)
        if name == "slice":
            own["shape"] = (2,)
        if name == "get_item":
            own["key"] = 0
        if name == "take_along_axis":
            own |= {"indices": np.array([[0, 1]]), "axis": 0}
        if name == "one_hot":
            own |= {"x": np.array([0, 1])}
        yield from _arguments(f"ops.{name}", thing, own)
    for room in ("perceptrons", "sklearn"):
        for name, cls in _names(room):
            if (room == "sklearn" and hasattr(perceptrons, name)) or not inspect.isclass(cls):
                continue

            def fitted(estimator):
                return estimator.fit(_X, _Y)

            yield from _arguments(f"{room}.{name}", cls, {"max_iter": 2}, fitted)
            for method, function in _public_methods(cls):
                if method in ("fit", "predict", "decision_function", "predict_proba", "partial_fit", "score"):

                    def call(cls=cls, method=method, **given: Any) -> Any:
                        estimator = cls(max_iter=2)
                        if method not in ("fit", "partial_fit"):
                            estimator.fit(_X, _Y)
                        return getattr(estimator, method)(**given)

                    own = {"x": _X, "y": _Y, "X": _X, "classes": (0, 1)}
                    yield from _arguments(f"{name}.{method}", call, own, signature=function)
    table = np.arange(20.0).reshape(10, 2)
    data = dragonet.data.read((table, np.arange(10) % 2))
    yield from _arguments("data.split", functools.partial(dragonet.data.split, table), {})
    for name in ("batches", "parts", "log_scaled", "one_hot_dna"):
        own = {"data": data, "x": table, "sequences": ["ACGT", "TTTT"], "rows": np.arange(10)}
        yield from _arguments(f"data.{name}", getattr(dragonet.data, name), own)


def _saved(name: str) -> Path:
    path = Path("saved.weights.h5" if name.endswith("_weights") else "saved.keras")
    (_model().save_weights if name.endswith("_weights") else _model().save)(path)
    return path


def _inspect() -> Iterator[Call]:
    valid = {
        "model": Factory(_trained),
        "x": _X,
        "y": _Y,
        "history": _trained().history,
        "layer": "hidden",
        "y_true": _Y,
        "y_pred": _Y,
        "successes": 3,
        "n": 5,
        "stimulus": _RNG.normal(size=(60, 2)),
        "responses": _RNG.normal(size=(60, 2)),
        "lags": range(2),
        "permutations": 20,
        "resolution": 10,
        "samples": 3,
        "batch_sizes": (1, 2),
        "epochs": 1,
        "repeats": 2,
        "folds": 3,
        "shifts": 20,
        "every": 1,
    }
    of_images = {"model": Factory(_of_images), "x": _IMAGES, "y": np.arange(4) % 2, "layer": "conv"}
    own = {
        "saliency": of_images | {"layer": None, "steps": 3},
        "equivariance": of_images,
        "occlusion": of_images | {"patch": 3},
        "filters": of_images,
        "receptive_field": of_images,
        "decode_over_time": {"x": _RNG.normal(size=(24, 3, 4)), "y": np.arange(24) % 2, "model": None},
        "boundary_line": {"model": Factory(perceptrons.Perceptron(max_iter=5).fit, _X, _Y)},
        "most_confusing": {"k": 3},
        "activation_curves": {"names": "relu", "n": 11},
        "regions_over_path": {"model": Factory(perceptrons.Perceptron(max_iter=5, record=True).fit, _X, _Y)},
    }
    for name, thing in _names("inspect"):
        if inspect.isclass(thing) and name != "RegionRecorder":
            continue  # results, which users get and do not make
        yield from _arguments(f"inspect.{name}", thing, valid | own.get(name, {}), skip=("who",))
        for method in ("integrated_gradients", "grad_cam") if name == "saliency" else ():
            yield from _arguments(
                f"inspect.saliency by {method}",
                thing,
                valid | own[name] | {"method": method},
                skip=("layer" if method == "integrated_gradients" else "baseline", "steps"),
            )


def _plots() -> Iterator[Call]:
    from dragonet import inspect as look

    model, images = _trained(), _of_images()
    confusing = look.most_confusing(model, _X, _Y, k=3)
    regions = look.decision_regions(model, _X, resolution=10)
    decoding = look.decode_over_time(_RNG.normal(size=(24, 3, 4)), np.arange(24) % 2, permutations=19, level=0.9)
    encoding = look.encode(_RNG.normal(size=(60, 2)), _RNG.normal(size=(60, 2)), range(2), shifts=20, folds=3)
    noise = look.gradient_noise(model, _X, _Y, batch_sizes=(1, 2), samples=3)
    valid = {
        "x": _X,
        "y": _Y,
        "predictions": _Y,
        "model": model,
        "history": model.history,
        "regions": regions,
        "frames": [regions],
        "matrix": look.confusion_matrix(_Y, _Y),
        "rates": look.rates(_Y, _Y),
    }
    own = {
        "activations": {"result": look.activations(images, _IMAGES)},
        "filters": {"result": look.filters(images, "conv")},
        "saliency": {"result": look.saliency(images, _IMAGES), "x": _IMAGES},
        "permutation_importance": {"result": look.permutation_importance(model, _X, _Y, repeats=2)},
        "equivariance": {"result": look.equivariance(images, _IMAGES)},
        "decode_over_time": {"result": decoding},
        "encode": {"result": encoding},
        "confusion_by_index": {"result": confusing},
        "most_confusing": {"result": confusing, "x": _RNG.random((12, 6, 6))},
        "activation_curves": {"curves": look.activation_curves("relu", n=11)},
        "gradient_norms": {"result": look.gradient_norms(model, _X, _Y)},
        "gradient_noise": {"result": noise},
        "loss_paths": {"paths": look.loss_paths(model, _X, _Y, batch_sizes=(4,), epochs=1)},
        "grid": {"x": _IMAGES[..., 0], "y": None, "predictions": None},
    }
    for name, thing in _names("plots"):
        if not inspect.isclass(thing):
            yield from _arguments(f"plots.{name}", thing, valid | own.get(name, {}))


_SOURCES = (
    _layers,
    _losses,
    _metrics,
    _optimizers,
    _small_objects,
    _methods_of_models,
    _callbacks,
    _helpers,
    _training,
    _inspect,
    _plots,
)
