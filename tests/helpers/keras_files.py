"""The same code run by dragonet and by Keras, and numbers that both can be asked for."""

import contextlib

import jax
import keras
import numpy as np

import dragonet
from dragonet.layers.building import to_be_filled

LIBRARIES = {"dragonet": dragonet, "keras": keras}


@contextlib.contextmanager
def nothing_drawn():
    """Models that are built in a with block have weights to be replaced: each draw would compile a program."""
    drawing = {name: getattr(keras.src.backend.random, name) for name in ("uniform", "normal", "truncated_normal")}
    try:
        for name in drawing:
            setattr(keras.src.backend.random, name, lambda shape, *args, **kwargs: np.zeros(shape, "float32"))
        with to_be_filled():
            yield
    finally:
        for name, draw in drawing.items():
            setattr(keras.src.backend.random, name, draw)


def load(library, path, **kwargs):
    """A model of this library's from a file."""
    with nothing_drawn():
        return library.models.load_model(path, **kwargs)


def randomized(model, seed=0):
    """The model with weights that differ from each other and from any initial ones; variances above 0, counts whole."""
    draw = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed_generator" in variable.path:
            continue
        drawn = draw.normal(size=variable.shape)
        dtype = np.dtype(str(variable.dtype))
        drawn = abs(drawn) + 0.5 if "variance" in variable.path else drawn
        variable.assign((drawn if dtype.kind == "f" else abs(10 * drawn)).astype(dtype))
    return model


def outputs(model, x):
    """What a model of either library makes of x, as a list of arrays, in one compiled program."""
    if isinstance(model, keras.Model):
        trainable, rest = ([v.value for v in vs] for vs in (model.trainable_variables, model.non_trainable_variables))
        run, held = lambda held, x: model.stateless_call(*held, x, training=False)[0], (trainable, rest)
    else:
        run, held = lambda held, x: model.apply(held, x)[0], model.graph.gather()
    y = jax.jit(run, compiler_options={"xla_backend_optimization_level": 0})(held, x)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(y)]


def weights(model):
    """All numbers of a model by the names of its layers; nested models' by the names of theirs."""
    held = {}
    for layer in model.layers:
        held |= weights(layer) if hasattr(layer, "layers") else {layer.name: layer.get_weights()}
    return held
