"""What SimpleRNN, LSTM and GRU share over time: states, dropout, mistakes. Their numbers: tests/layers/test_every_layer_*.py."""

import numpy as np
import pytest
from helpers.wrapper_pair import MASK, X

import dragonet
from dragonet import layers, random

ALL = pytest.mark.parametrize("layer", [layers.SimpleRNN, layers.LSTM, layers.GRU])


@ALL
def test_stateful_layers_go_on_where_the_last_batch_ended(layer):
    whole = layer(3, return_sequences=True)
    y = np.asarray(whole(X))
    model = dragonet.Sequential([dragonet.Input(batch_shape=(3, 1, 4)), layer(3, stateful=True), layers.Identity()])
    model.set_weights(whole.get_weights())
    for _ in range(2):
        for t in range(X.shape[1]):
            np.testing.assert_allclose(model.predict(X[:, t : t + 1]), y[:, t], atol=1e-6)
        model.layers[0].reset_states()


def test_states_are_no_weights_and_in_no_file(tmp_path):
    model = dragonet.Sequential([dragonet.Input(batch_shape=(3, 5, 4)), layers.LSTM(3, stateful=True)])
    assert len(model.get_weights()) == 3
    model.predict(X)
    model.save(tmp_path / "m.keras")
    again = dragonet.models.load_model(tmp_path / "m.keras")
    model.layers[0].reset_state()
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@ALL
def test_a_sequence_in_two_parts(layer):
    one = layer(3, return_state=True)
    y, *_ = one(X)
    _, *states = one(X[:, :2])
    np.testing.assert_allclose(one(X[:, 2:], initial_state=states)[0], y, atol=1e-6)


@ALL
def test_dropout_is_the_same_at_each_step_and_follows_the_key(layer):
    one = layer(4, dropout=0.5, recurrent_dropout=0.5)
    one.build(X.shape)

    def run(seed, **other):
        how = {"training": True, "key": random.key(seed)} | other
        return np.asarray(one.apply(*one.gather(), np.ones((200, 6, 4), "float32"), **how)[0])

    np.testing.assert_array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))
    assert len(np.unique(run(1, training=False, key=None).round(6), axis=0)) == 1
    x_mask, h_mask = one.dropout_masks(random.key(1), 4, 1000)
    assert set(np.unique(x_mask)) == set(np.unique(h_mask)) == {0.0, 2.0}
    assert x_mask.shape == h_mask.shape == (1000, 4) and abs(x_mask.mean() - 1) < 0.1 and not (x_mask == h_mask).all()
    with pytest.raises(ValueError, match=r"a key in training mode"):
        run(1, key=None)


def test_masked_steps_do_not_count():
    one = layers.GRU(3)
    short = np.asarray(one(X[:1, :3]))
    np.testing.assert_allclose(one(X[:1], mask=MASK[:1]), short, atol=1e-6)
    inputs = dragonet.Input((None, 4))
    steps = layers.GRU(3, return_sequences=True)(layers.Masking()(inputs))
    model = dragonet.Model(inputs, layers.LSTM(2)(steps))
    padded = np.pad(X, ((0, 0), (0, 4), (0, 0)))
    np.testing.assert_allclose(model.predict(padded), model.predict(X), atol=1e-6)


def test_mistakes():
    with pytest.raises(
        ValueError,
        match=r"LSTM\(units=3\) needs sequences of shape \(batch, steps, features\), but got shape \(3, 4\)\. A .*_sequences=True",
    ):
        layers.LSTM(3)(X[:, 0])
    with pytest.raises(ValueError, match=r"return_sequences=True"):
        dragonet.Sequential([dragonet.Input((5, 4)), layers.LSTM(3), layers.GRU(3)])
    with pytest.raises(ValueError, match=r"to know the batch's size, as it is stateful.*Input\(batch_shape="):
        dragonet.Sequential([dragonet.Input((5, 4)), layers.LSTM(3, stateful=True)])
    stateful = layers.LSTM(3, stateful=True)
    stateful(X)
    with pytest.raises(
        ValueError, match=r"batches of 3 rows, as it is stateful, but got one of 2\. Use a number of rows"
    ):
        stateful(X[:2])
    with pytest.raises(
        ValueError, match=r"an initial_state of shapes \[\(3, 2\), \(3, 2\)\], but got shapes \[\(3, 2\)\]"
    ):
        layers.LSTM(2)(X, initial_state=np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"units to be a whole number of at least 1, but got 0"):
        layers.GRU(0)
    with pytest.raises(ValueError, match=r"dropout to be a number from 0 to below 1, but got 1\.5"):
        layers.GRU(2, dropout=1.5)
