"""Errors and warnings: which line a warning names, and what an error carries."""

import copy
import pickle
import threading
import traceback
import warnings

import jax
import numpy as np
import pytest

from dragonet import Input, layers, losses, models
from dragonet.callbacks import EarlyStopping
from dragonet.core import errors


def line_of(function):
    """The number of the second line of a function, where its only call stands."""
    return function.__code__.co_firstlineno + 1


def test_a_warning_under_tracing_names_the_users_line():
    """JAX's frames and dragonet's checks of arguments stand between the call and the warning."""

    def call():
        jax.jit(losses.categorical_crossentropy)(np.ones((8, 1)), np.ones((8, 1)))

    with pytest.warns(errors.DragonetWarning, match="over classes of a single output is always 0") as caught:
        call()
    assert {(w.filename, w.lineno) for w in caught} == {(__file__, line_of(call))}


def test_a_warning_deep_in_a_training_names_the_line_with_fit():
    model = models.Sequential([Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", engine="xla")
    stop = EarlyStopping(monitor="val_loss")

    def train():
        model.fit(np.ones((8, 3)), np.ones((8, 1)), callbacks=[stop], verbose=0)

    with pytest.warns(errors.DragonetWarning, match="val_loss") as caught:
        train()
    assert {(w.filename, w.lineno) for w in caught} == {(__file__, line_of(train))}


def test_a_warning_from_a_users_function_names_that_function():
    def activation(x):
        errors.warn("from the user's own layer")
        return x

    with pytest.warns(errors.DragonetWarning, match="own layer") as caught:
        models.Sequential([Input((3,)), layers.Lambda(activation)])
    assert {(w.filename, w.lineno) for w in caught} == {(__file__, line_of(activation))}


def test_a_warning_is_shown_once_for_each_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            errors.warn("the same")
        errors.warn("the same")
    assert len(caught) == 2
    assert {w.filename for w in caught} == {__file__}


def test_a_thread_without_a_line_of_the_users_warns_too():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=errors.warn, args=("from a thread",))
        thread.start()
        thread.join()
    assert [str(w.message) for w in caught] == ["from a thread"]


def test_captured_messages_do_not_depend_on_filters():
    messages = []
    with errors.capture_warnings(messages), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        errors.warn("first")
        errors.warn("first")
        errors.warn("second")
    assert messages == ["first", "second"]


def refusal():
    with pytest.raises(ValueError) as failure:
        layers.Dense(0)
    return failure.value


def test_an_error_carries_its_four_parts():
    failure = refusal()
    assert isinstance(failure, errors.DragonetError)
    parts = [failure.who, failure.needs, failure.got, failure.fix]
    assert parts == ["Dense", "units to be a whole number of at least 1", "0", ""]
    assert str(failure) == "Dense needs units to be a whole number of at least 1, but got 0."


def test_an_error_is_formatted_when_it_is_printed():
    failure = errors.type_error("fit", "x to be an array", "None", "Write x=...")
    assert isinstance(failure, TypeError)
    failure.fix = "Write fit(x, y)."  # as a page does that knows a better one
    assert str(failure) == "fit needs x to be an array, but got None. Write fit(x, y)."


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda failure: pickle.loads(pickle.dumps(failure))],
    ids=["copy", "deep", "pickle"],
)
def test_a_copy_of_an_error_says_the_same(copied):
    failure = refusal()
    failure.add_note("seen in a worker")
    other = copied(failure)
    assert type(other) is errors.DragonetValueError
    assert (str(other), other.who, other.needs, other.got, other.fix) == (str(failure), *failure.args)
    assert other.__notes__ == ["seen in a worker"]


def test_a_traceback_ends_in_the_sentence():
    last = traceback.format_exception_only(refusal())[-1]
    assert (
        last
        == "dragonet.core.errors.DragonetValueError: Dense needs units to be a whole number of at least 1, but got 0.\n"
    )


def test_an_error_in_a_layer_of_the_users_keeps_its_kind():
    class Words(layers.Layer):
        def init(self, key, in_shape):
            return ({}, {}), in_shape

        def apply(self, params, state, x, *, training=False, key=None):
            raise errors.type_error("the layer", "numbers", "words")

    with pytest.raises(TypeError, match=r"The layer Words\(\), on an input of shape .* needs numbers, but got words"):
        models.Sequential([Input((3,)), Words()]).predict(np.ones((2, 3)), verbose=0)
