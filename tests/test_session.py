"""session: names are given as Keras gives them, seeds and counters start over when told."""

import keras
import pytest

from dragonet import session

NAMES = ["Dense", "Conv2D", "Conv1DTranspose", "BatchNormalization", "GlobalMaxPooling1D", "ReLU", "LeakyReLU", "PReLU",
         "ELU", "GRU", "LSTM", "SpatialDropout2D", "SimpleRNN", "MyLayer3", "A", "HTTPLayer", "some_layer"]


@pytest.mark.parametrize("name", NAMES)
def test_snake_case_is_keras_s(name):
    assert session.snake_case(name) == keras.src.utils.naming.to_snake_case(name)


def test_names_are_counted_and_forgotten():
    assert [session.unique_name("Dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    session.clear()
    assert session.unique_name("Dense") == "dense"


def test_clear_starts_the_counting_of_layers_over_and_keeps_the_seed():
    session.set_seed(5)
    assert [session.next_ordinal() for _ in range(3)] == [0, 1, 2]
    session.clear()
    assert (session.next_ordinal(), session.seed()) == (0, 5)


def test_setting_the_seed_starts_the_counting_of_layers_over_and_changes_draws():
    before = session.draws()
    session.next_ordinal()
    session.set_seed(session.seed())
    assert session.next_ordinal() == 0
    assert session.draws() != before
