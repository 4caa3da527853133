"""Layers that are used more than once: the gradients of all uses are added before a weight moves, as on XLA."""

import numpy as np
import pytest
from helpers.layers_common import check_network, check_test, made, table
from helpers.native_common import close, steady, steps
from helpers.plan_runs import ReferenceTraining

import dragonet as dn
from dragonet.engines import choice
from dragonet.engines.base import zero_sums
from dragonet.training.data.epoch_order import epoch_order

L, R = dn.layers, dn.regularizers


def softmax(h):
    return L.Dense(4, activation="softmax")(h)


def in_a_row(x):
    dense = L.Dense(20, activation="tanh")
    return softmax(dense(L.Dropout(0.2)(dense(dense(x)))))


def twins(x):
    """A model that is used on two tensors."""
    y = L.Input((30,))
    tower = dn.Model(y, L.LayerNormalization()(L.Dense(40)(L.Dense(50, activation="relu")(y))))
    a, b = (tower(L.Dense(30)(x)) for _ in range(2))
    return softmax(L.Concatenate()([L.Subtract()([a, b]), L.Multiply()([a, b])]))


def images(x):
    conv, narrow, norm = L.Conv2D(20, 3, padding="same", activation="relu"), L.Dense(20), L.BatchNormalization()
    h = L.Conv2D(20, 3, padding="same")(x)
    h = L.Add()([h, norm(narrow(conv(norm(narrow(conv(h))))))])
    return softmax(L.GlobalAveragePooling2D()(h))


def pooled(x):
    conv, pool = L.Conv2D(32, 3, padding="same", activation="relu"), L.MaxPooling2D(2)
    return softmax(L.Flatten()(pool(conv(pool(conv(L.Conv2D(32, 3, padding="same")(x)))))))


def normalized(x):
    norm = L.BatchNormalization()
    a, b = (norm(L.Dense(24)(x)) for _ in range(2))
    return softmax(L.Add()([a, L.ReLU()(b), norm(L.Add()([a, b]))]))


NETWORKS = {
    "in a row": ((20,), in_a_row),
    "twins": ((12,), twins),
    "images": ((6, 5, 3), images),
    "pooled": ((8, 8, 3), pooled),
    "normalized": ((12,), normalized),
}


LONG = {"images", "pooled"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.tutorial) if name in LONG else name for name in NETWORKS]
)
def test_networks_learn_as_on_xla_with_the_same_bits_for_any_threads(name):
    shape, network = NETWORKS[name]
    model, data, state = check_network(shape, network, rate=0.1)
    objective = model.training_state.objective_for(data["y"])
    check_test(model, data, state)
    start = model.training_state.start(objective, None, 1)
    order, training = epoch_order(0, 0, len(data["x"][0])), ReferenceTraining(objective, 19)
    span = training.run(19, start, zero_sums(objective), data, order, 0, 3, 0, 0)
    theirs = [np.asarray(one) for kind in ("params", "state") for layer in state[kind] for one in layer.values()]
    ours = [np.asarray(one) for kind in ("params", "state") for layer in span.state[kind] for one in layer.values()]
    close(ours, theirs)


@pytest.mark.parametrize(
    "optimizer",
    [
        dn.optimizers.SGD(0.3, global_clipnorm=0.1),
        pytest.param(dn.optimizers.AdamW(epsilon=0.01, clipnorm=0.05), marks=pytest.mark.tutorial),
        pytest.param(dn.optimizers.Adam(epsilon=0.01, clipvalue=0.001), marks=pytest.mark.tutorial),
    ],
)
def test_clipping_and_penalties_see_the_sum(optimizer):
    def network(x):
        dense = L.Dense(20, activation="relu", kernel_regularizer=R.L1L2(1e-3, 1e-3))
        frozen = L.Dense(20)
        frozen.trainable = False
        return softmax(frozen(dense(frozen(dense(x)))))

    model, (x, y) = made((20,), network, optimizer), table((20,))
    theirs, loss, _ = steps(model, x, y, engine="xla", count=4, batch=19)
    for threads in (1, 3):
        ours, sums, _ = steps(model, x, y, engine="native", count=4, batch=19, threads=threads)
        close(ours, theirs)
        assert sums == pytest.approx(loss, rel=1e-5)


def test_a_shared_layer_is_the_native_engines_and_learns_two_times_as_fast():
    """Of y = w x + w x with a small rate, w moves by twice the gradient of one use."""
    x = L.Input((16,))
    dense = L.Dense(16, use_bias=False, kernel_initializer="zeros")
    model = dn.Model(x, L.Add()([dense(x), dense(x)]))
    model.compile(dn.optimizers.SGD(1.0), "mse", engine="native")
    data, target = np.eye(16, dtype="f4"), np.ones((16, 16), "f4")
    model.fit(data, target, batch_size=16, epochs=1, verbose=0, preflight=False)
    # loss = mean (2 w_ij − 1)²: of 256 numbers, dloss/dw = 2 · 2 (2 w − 1) / 256
    np.testing.assert_allclose(model.get_weights()[0], np.full((16, 16), 4 / 256), rtol=1e-6)


def test_one_layer_on_inputs_that_lie_differently_runs_on_xla():
    x = L.Input((4, 3))
    dense = L.Dense(3)
    model = dn.Model(x, L.Flatten()(dense(L.Conv1D(3, 1)(dense(x)))))
    model.compile(steady("adam"), "mse")
    against = choice.reason_against(model.graph, model.training_state.objective_for([np.zeros((2, 12), "f4")]))
    assert against == "a layer that is used twice, on inputs of different layouts"
    model.fit(np.ones((9, 4, 3), "f4"), np.ones((9, 12), "f4"), verbose=0, preflight=False)


def test_a_model_that_is_used_twice_predicts_both():
    y, a, b = L.Input((5,)), L.Input((5,)), L.Input((5,))
    tower = dn.Model(y, L.Dense(4, activation="tanh")(y))
    both = dn.Model([a, b], L.Subtract()([tower(a), tower(b)]))
    x, zeros = np.ones((3, 5), "f4"), np.zeros((3, 5), "f4")
    wanted = tower.predict(x, verbose=0) - tower.predict(zeros, verbose=0)
    np.testing.assert_allclose(both.predict([x, zeros], verbose=0), wanted, atol=1e-6)
