"""RNN and its cells, dragonet's and the user's own, against Keras with the same weights."""

import dataclasses

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from helpers.wrapper_pair import MASK, X, pair, same_outputs

import dragonet
from dragonet import layers, ops

CELLS = {
    "one cell": lambda room: room.RNN(room.LSTMCell(6), return_sequences=True),
    "a stack": lambda room: room.RNN([room.LSTMCell(6), room.GRUCell(3)], return_state=True),
    "backwards": lambda room: room.RNN(room.SimpleRNNCell(4), go_backwards=True, return_sequences=True),
    "zeros for masked steps": lambda room: room.RNN(room.GRUCell(4), return_sequences=True, zero_output_for_mask=True),
    "unrolled": lambda room: room.RNN([room.GRUCell(2, reset_after=False)] * 1, unroll=True),
}


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_it_is_keras_s(make):
    same_outputs(*pair(make), MASK)


def test_its_config_is_keras_s():
    make = CELLS["a stack"]
    ours, theirs = make(layers), make(keras.layers)
    assert set(ours.get_config()) == set(theirs.get_config())
    again = keras.layers.RNN.from_config(ours.get_config())
    assert [cell.units for cell in again.cell.cells] == [6, 3]


class Leaky(layers.Layer):
    """h = 0.5 h_last + x W, Keras's way."""

    def __init__(self, units, **others):
        super().__init__(**others)
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform", name="kernel")

    def call(self, inputs, states):
        h = 0.5 * states[0] + ops.matmul(inputs, self.kernel)
        return h, [h]

    def get_config(self):
        return super().get_config() | {"units": self.units}


@dataclasses.dataclass
class PureLeaky(layers.Layer):
    """The same as two functions."""

    units: int

    @property
    def state_size(self):
        return self.units

    def init(self, key, in_shape):
        shape = (in_shape[0], self.units)
        return ({"kernel": jnp.zeros((in_shape[-1], self.units))}, {}), [shape, [shape]]

    def apply(self, params, state, x, states, *, training, key):
        h = 0.5 * states[0] + x @ params["kernel"]
        return (h, [h]), state


@pytest.mark.parametrize("cell", [Leaky, PureLeaky])
def test_a_cell_of_one_s_own(cell, tmp_path):
    model = dragonet.Sequential([dragonet.Input((5, 4)), layers.RNN(cell(3))])
    kernel = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    model.set_weights([kernel])
    h = np.zeros((len(X), 3))
    for t in range(X.shape[1]):
        h = 0.5 * h + X[:, t] @ kernel
    np.testing.assert_allclose(model.predict(X), h, rtol=1e-5, atol=1e-5)
    model.compile("sgd", "mse")
    before = model.evaluate(X, np.ones((3, 3)), verbose=0)
    assert model.fit(X, np.ones((3, 3)), epochs=5, verbose=0).history["loss"][-1] < before
    model.save(tmp_path / "own.keras")
    with dragonet.saving.custom_object_scope({cell.__name__: cell}):
        again = dragonet.models.load_model(tmp_path / "own.keras")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize("cell", [layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell])
def test_a_cell_by_hand_is_a_step_of_its_layer(cell):
    one = cell(3)
    states = one.get_initial_state(batch_size=3)
    assert len(states) == (2 if cell is layers.LSTMCell else 1)
    for t in range(X.shape[1]):
        y, states = one(X[:, t], states)
    layer = getattr(layers, cell.__name__.removesuffix("Cell"))(3)
    layer.build(X.shape)
    layer.set_weights(one.get_weights())
    np.testing.assert_allclose(layer(X), y, rtol=1e-5, atol=1e-6)


def test_what_is_no_cell():
    with pytest.raises(
        TypeError, match=r"RNN needs a cell: .*state_size, but got Dense\(units=3\)\. LSTM, GRU and SimpleRNN"
    ):
        layers.RNN(layers.Dense(3))
    with pytest.raises(
        ValueError, match=r"LSTMCell\(units=2\) needs one step of shape \(batch, features\).*RNN\(LSTMCell\(2\)\)"
    ):
        layers.LSTMCell(2)(X, None)
    with pytest.raises(ValueError, match=r"LSTMCell\(units=2\) needs 2 states, but got 1"):
        layers.LSTMCell(2)(X[:, 0], [np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"an initial_state of 2 arrays, but got 1"):
        layers.RNN(layers.LSTMCell(2))(X, initial_state=[np.zeros((3, 2))])
