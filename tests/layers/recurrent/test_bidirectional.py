"""Bidirectional against Keras with the same weights."""

import keras
import numpy as np
import pytest
from helpers.wrapper_pair import MASK, X, pair, same_outputs

import dragonet
from dragonet import layers

LAYERS = {
    "concat": lambda room: room.Bidirectional(room.LSTM(3)),
    "sum": lambda room: room.Bidirectional(room.GRU(3, return_sequences=True), merge_mode="sum"),
    "mul": lambda room: room.Bidirectional(room.SimpleRNN(3, return_sequences=True), merge_mode="mul"),
    "two outputs, states": lambda room: room.Bidirectional(
        room.LSTM(3, return_sequences=True, return_state=True), merge_mode=None
    ),
    "another way back": lambda room: room.Bidirectional(
        room.LSTM(3, return_sequences=True),
        backward_layer=room.GRU(3, return_sequences=True, go_backwards=True),
        merge_mode="ave",
    ),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_it_is_keras_s(make):
    ours, theirs = pair(make)
    same_outputs(ours, theirs, MASK)
    assert set(ours.get_config()) == set(theirs.get_config())


def test_it_begins_with_states_of_both_directions():
    states = [np.full((3, 3), s, "float32") for s in (0.1, 0.2, 0.3, 0.4)]
    same_outputs(*pair(lambda room: room.Bidirectional(room.LSTM(3))), initial_state=states)


def test_the_first_weights_are_those_of_weights():
    weights = [np.full(shape, i, "float32") for i, shape in enumerate([(4, 2), (2, 2), (2,)] * 2)]
    layer = layers.Bidirectional(layers.SimpleRNN(2), weights=weights)
    layer(X)
    for ours, wanted in zip(layer.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_a_network_for_sequences_trains_as_keras_s_and_travels_both_ways(tmp_path):
    x, y = X.copy(), np.random.default_rng(2).normal(size=(3, 2)).astype("float32")
    x[0, 3:] = 0
    models = []
    for library in (dragonet, keras):
        room, inputs = library.layers, library.Input((5, 4))
        h = room.Masking()(inputs)
        h = room.Bidirectional(room.LSTM(6, return_sequences=True, kernel_regularizer="l2"))(h)
        h, state = room.GRU(5, return_sequences=True, return_state=True)(h)
        h = room.RNN(room.SimpleRNNCell(5), return_sequences=True)(h, initial_state=state)
        h = room.LSTM(3)(room.TimeDistributed(room.Dense(4))(h))
        models.append(library.Model(inputs, room.Dense(2)(h)))
    ours, theirs = models
    ours.set_weights(theirs.get_weights())
    losses = []
    for model in models:
        model.compile("adam", "mse")
        losses.append(model.fit(x, y, epochs=3, batch_size=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    for model in (
        keras.models.load_model(tmp_path / "ours.keras"),
        dragonet.models.load_model(tmp_path / "theirs.keras"),
    ):
        np.testing.assert_allclose(model.predict(x, verbose=0), ours.predict(x), atol=1e-5)


def test_mistakes():
    with pytest.raises(TypeError, match=r"Bidirectional needs a recurrent layer, but got Dense\(units=3\)\. Write"):
        layers.Bidirectional(layers.Dense(3))
    with pytest.raises(ValueError, match=r"merge_mode to be one of .*, but got 'max'"):
        layers.Bidirectional(layers.LSTM(3), merge_mode="max")
    with pytest.raises(
        ValueError, match=r"a backward_layer that goes the other way, but got go_backwards=False in both"
    ):
        layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3))
    with pytest.raises(ValueError, match=r"the same return_sequences in both layers, but got True and False"):
        layers.Bidirectional(layers.LSTM(3, return_sequences=True), backward_layer=layers.LSTM(3, go_backwards=True))
