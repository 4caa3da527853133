"""Mistakes in an objective of one's own: one sentence each, before the first step is compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import optimizers, training

DATA = np.zeros((6, 2), "float32")


class Good(training.Objective):
    def init_state(self, key, batch):
        return {"w": jnp.zeros(2), "count": 0}

    def step(self, state, batch, key):
        return {"w": state["w"] + 1, "count": state["count"] + 1}, {"loss": jnp.mean(batch)}


def fit(objective, data=DATA, **how):
    return training.fit(objective, data, **{"verbose": 0, "batch_size": 2} | how)


def made(**members):
    """An objective with some members replaced."""
    return type("Odd", (Good,), members)()


def step(result):
    """An objective whose step returns what this function makes of the state and the batch."""
    return made(step=lambda self, state, batch, key: result(state, batch))


LOSS = {"loss": jnp.float32(1)}
MISTAKES = {
    "nothing": (object(), TypeError, "training.fit needs an objective, which has init_state and step, but got <object"),
    "a class": (Good, TypeError, "but got the class Good. Write Good(...)."),
    "no step": (
        type("Odd", (training.Objective,), {"init_state": Good.init_state})(),
        TypeError,
        "without step. Derive it from dragonet.training.Objective.",
    ),
    "not derived": (
        type("Odd", (), {"init_state": Good.init_state, "step": Good.step})(),
        TypeError,
        "Derive it from dragonet.training.Objective, which has all but init_state and step.",
    ),
    "a state that is no dict": (
        made(init_state=lambda self, key, batch: jnp.zeros(2)),
        TypeError,
        "Odd.init_state needs to return a dict of trees of arrays, but got an array of shape (2,)",
    ),
    "words in the state": (
        made(init_state=lambda self, key, batch: {"w": "a"}),
        TypeError,
        "Odd.init_state needs arrays of numbers, but got 'a'.",
    ),
    "a key in the state": (
        made(init_state=lambda self, key, batch: {"k": key}),
        TypeError,
        "but got a random key. Write jax.random.key_data(key).",
    ),
    "totals that are not in the state": (
        made(totals=("hits",)),
        ValueError,
        "Odd.init_state needs the entry 'hits', which is one of totals, but got ['count', 'w'].",
    ),
    "no tuple": (
        step(lambda state, batch: state),
        TypeError,
        "Odd.step needs to return (state, logs), two dicts, but got",
    ),
    "nothing returned": (
        step(lambda state, batch: None),
        TypeError,
        "but got None. Write step(self, state, batch, key) so that it returns (state, logs).",
    ),
    "the loss alone": (step(lambda state, batch: (state, jnp.mean(batch))), TypeError, "but got 2 values: dict, "),
    "no loss": (
        step(lambda state, batch: (state, {"error": jnp.mean(batch)})),
        ValueError,
        "Odd.step needs 'loss' in its logs, but got ['error'].",
    ),
    "a figure that was not named": (
        step(lambda state, batch: (state, LOSS | {"error": jnp.mean(batch)})),
        ValueError,
        "but got 'error' too. Write figures = ('loss', 'error').",
    ),
    "a loss that is no scalar": (
        step(lambda state, batch: (state, {"loss": batch})),
        ValueError,
        "Odd.step needs each of its logs to be a scalar, but got 'loss' of shape (2, 2). Write jnp.mean(loss).",
    ),
    "a state that shrinks": (
        step(lambda state, batch: ({"w": state["w"]}, LOSS)),
        ValueError,
        "to return all entries of the state, and no others, but got state['count'] left out. Return {**state, ...}.",
    ),
    "a state that grows": (
        step(lambda state, batch: ({**state, "v": state["w"]}, LOSS)),
        ValueError,
        "state['v'] added",
    ),
    "shapes that change": (
        step(lambda state, batch: ({**state, "w": jnp.zeros(3)}, LOSS)),
        ValueError,
        "Odd.step needs state['w'] to keep its shape from step to step, but got (3,) after (2,).",
    ),
    "metrics without names": (
        made(metrics=lambda self, state: {"accuracy": 1.0}),
        ValueError,
        "Odd.metrics needs the names of metric_names, [], but got ['accuracy'].",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_an_objective(mistake):
    objective, kind, sentence = MISTAKES[mistake]
    with pytest.raises(kind) as failure:
        fit(objective)
    assert sentence in str(failure.value) and "\n" not in str(failure.value)


DATA_MISTAKES = {
    "unequal": (
        {"x": np.zeros((4, 2)), "y": np.zeros(5)},
        {},
        "data of arrays with as many rows each, but got the shapes",
    ),
    "empty": (np.zeros((0, 2)), {}, "at least one row in data, but got shape (0, 2)"),
    "no array": ({}, {}, "training.fit needs data as a tree of arrays, but got {}."),
    "words": (np.array(["a", "b"]), {}, "data of numbers"),
    "numbers": ([1.0, 2.0], {}, "one row an example, but got the single value 1.0. Pass arrays, not lists of numbers."),
    "long": (np.array([2**40, 1]), {}, "whole numbers of data below 2**31, but got 1099511627776"),
    "epochs": (DATA, {"epochs": -1}, "training.fit needs epochs to be a whole number of at least 0, but got -1."),
    "batch_size": (
        DATA,
        {"batch_size": 0},
        "training.fit needs batch_size to be a whole number of at least 1, but got 0.",
    ),
    "engine": (DATA, {"engine": "native"}, "training.fit needs engine to be 'xla' or 'auto', but got 'native'."),
    "untestable": (DATA, {"validation_data": DATA}, "an objective with test, but got Good without it. Write test(self"),
    "other rows": (
        DATA,
        {"validation_data": DATA[:, :1]},
        "training.fit needs validation_data with rows of shape (2,), but got (1,).",
    ),
    "misspelt": (DATA, {"epoch": 3}, "fit has no argument 'epoch'. Did you mean 'epochs'?"),
    "steps": (DATA, {"steps_per_epoch": 9}, "steps_per_epoch of at most 3, which is all of the 6 rows, but got 9."),
}


@pytest.mark.parametrize("mistake", DATA_MISTAKES)
def test_a_mistake_in_the_data_and_arguments(mistake):
    data, how, sentence = DATA_MISTAKES[mistake]
    with pytest.raises((TypeError, ValueError)) as failure:
        fit(Good(), data, **how)
    assert sentence in str(failure.value) and "\n" not in str(failure.value)


def test_from_loss_without_parameters_or_a_function():
    with pytest.raises(
        ValueError, match=r"from_loss needs parameters to start from, but got none\. Write from_loss\(loss"
    ):
        fit(training.from_loss(lambda params, batch, key: jnp.mean(batch), optimizers.SGD(0.1)))
    with pytest.raises(TypeError, match="from_loss needs loss to be a function, but got 'mse'"):
        training.from_loss("mse", optimizers.SGD(0.1))
    drawn = training.from_loss(
        lambda params, batch, key: jnp.mean((batch - params) ** 2), optimizers.SGD(0.1), params=jax.random.normal
    )
    assert drawn.init_state(jax.random.key(0), None)["params"].shape == ()


def test_a_good_one_passes_and_keeps_its_dtypes():
    state, history = fit(Good(), epochs=2)
    assert state["count"] == 6 and state["count"].dtype == np.int32 and history.history["loss"] == [0.0, 0.0]
