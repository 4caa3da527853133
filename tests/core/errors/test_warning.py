"""Warnings: which line a warning names, and who collects it."""

import threading
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
