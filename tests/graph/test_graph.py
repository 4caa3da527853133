"""Graphs: branches, several inputs and outputs, shared layers, models cut out of models and used as layers, masks."""

import jax
import keras
import numpy as np
import pytest

import dragonet
from dragonet import layers


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def both(build):
    """The same model in Keras and here, with Keras's weights."""
    theirs, ours = build(keras), build(dragonet)
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def inception(k):
    x = k.Input((6, 6, 3))
    towers = [
        k.layers.Conv2D(2, 1, padding="same")(x),
        k.layers.Conv2D(3, 3, padding="same")(x),
        k.layers.MaxPooling2D(3, strides=1, padding="same")(x),
    ]
    h = k.layers.concatenate(towers)
    return k.Model(x, k.layers.Dense(2)(k.layers.GlobalAveragePooling2D()(h)))


def siamese(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    shared = k.layers.Dense(3, activation="tanh")
    near = k.layers.subtract([shared(a), shared(b)])
    return k.Model([a, b], [k.layers.Dense(1, name="first")(near), k.layers.Dense(2, name="second")(shared(a))])


def nested(k):
    inner = k.Sequential([k.Input((4,)), k.layers.Dense(4, activation="relu"), k.layers.BatchNormalization()])
    x = k.Input((4,))
    return k.Model(x, k.layers.add([inner(inner(x)), x]))


def crossing(k):
    x, z = k.Input((3,)), k.Input((5,))
    a, b = k.layers.Dense(4)(x), k.layers.Dense(4)(z)
    c = k.layers.multiply([a, b])
    d = k.layers.Dense(4)(c)
    return k.Model([z, x], k.layers.average([d, a, k.layers.maximum([b, c])]))


@pytest.mark.parametrize("build", [inception, siamese, nested, crossing])
def test_the_same_outputs_and_the_same_order_of_weights_as_keras(build):
    ours, theirs = both(build)
    assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]
    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
    x = [np.random.default_rng(i).normal(size=(5, *t.shape[1:])).astype("float32") for i, t in enumerate(ours.inputs)]
    x = x if len(x) > 1 else x[0]
    for a, b in zip(jax.tree.leaves(ours.predict(x)), jax.tree.leaves(theirs.predict(x, verbose=0)), strict=True):
        close(a, b)
    assert ours.count_params() == theirs.count_params()


def test_several_outputs_train_as_in_keras_with_losses_by_name():
    ours, theirs = both(siamese)
    dice = np.random.default_rng(0)
    x = {"a": dice.normal(size=(20, 4)).astype("float32"), "b": dice.normal(size=(20, 4)).astype("float32")}
    y = {"first": dice.normal(size=(20, 1)).astype("float32"), "second": dice.normal(size=(20, 2)).astype("float32")}
    histories = []
    for model in (ours, theirs):
        model.compile(
            "sgd",
            loss={"first": "mse", "second": "mae"},
            loss_weights={"first": 1.0, "second": 0.3},
            metrics={"second": ["mse"]},
        )
        histories.append(model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history)
    assert sorted(histories[0]) == sorted(histories[1])
    for name in histories[0]:
        close(histories[0][name], histories[1][name])
    close(ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0))


def test_a_model_cut_out_of_another_goes_on_sharing_its_weights():
    model = dragonet.Sequential([dragonet.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)])
    extractor = dragonet.Model(model.inputs, [layer.output for layer in model.layers])
    model.compile("sgd", "mse")
    x = np.ones((8, 4), "float32")
    before = extractor.predict(x)[1]
    model.fit(x, np.ones((8, 2)), verbose=0)
    after = extractor.predict(x)
    close(after[1], model.predict(x))
    close(after[0], np.maximum(x @ model.layers[0].kernel.numpy() + model.layers[0].bias.numpy(), 0))
    assert np.abs(after[1] - before).max() > 1e-3


def test_a_model_cut_at_its_middle():
    x = dragonet.Input((4,))
    h = layers.Dense(3)(x)
    whole = dragonet.Model(x, layers.Dense(2)(h))
    tail = dragonet.Model(h, whole.output)
    middle = whole.layers[1](np.ones((2, 4)))
    close(tail.predict(np.asarray(middle)), whole.predict(np.ones((2, 4))))


def test_twenty_residual_layers_train_where_twenty_plain_ones_do_not():
    dice = np.random.default_rng(0)
    x = dice.normal(size=(256, 8)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype("int32")

    def build(residual):
        inputs = h = dragonet.Input((8,))
        for _ in range(20):
            step = layers.Dense(8, activation="sigmoid")(h)
            h = layers.add([h, step]) if residual else step
        return dragonet.Model(inputs, layers.Dense(2, activation="softmax")(h))

    last = {}
    for residual in (True, False):
        model = build(residual)
        model.compile(dragonet.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
        last[residual] = model.fit(x, y, epochs=80, verbose=0).history["accuracy"][-1]
    assert last[True] > 0.9 and last[False] < 0.65


def test_masks_travel_beside_x():
    def build(k):
        x = k.Input((6,), dtype="int32")
        h = k.layers.Embedding(10, 3, mask_zero=True)(x)
        h = k.layers.Dropout(0.5)(h)
        return k.Model(x, k.layers.Dense(1)(k.layers.GlobalAveragePooling1D()(h)))

    ours, theirs = both(build)
    ids = np.array([[1, 2, 0, 0, 0, 0], [3, 4, 5, 6, 7, 8]])
    close(ours.predict(ids), theirs.predict(ids, verbose=0))


def test_an_output_that_needs_another_input_names_it():
    a, b = dragonet.Input((2,), name="a"), dragonet.Input((2,), name="b")
    with pytest.raises(
        ValueError, match=r"outputs that are made from the inputs given, but got one that also needs 'b'"
    ):
        dragonet.Model(a, layers.add([a, b]))


def test_pure_init_and_apply_read_nothing_of_the_model():
    model = nested(dragonet)
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    variables, shape = model.init(jax.random.key(1), (None, 4))
    assert shape == (None, 4)
    y, state = jax.jit(lambda v, x: model.apply(v, x, training=True, key=jax.random.key(0)))(variables, x)
    assert y.shape == (5, 4)
    means = [s["moving_mean"] for s in state if "moving_mean" in s]
    assert len(means) == 1 and np.abs(means[0]).max() > 0
    assert np.abs(model.layers[1].layers[1].moving_mean.numpy()).max() == 0


def test_a_model_without_its_own_weights_computes_on_another_shape():
    x = dragonet.Input((None, None, 1))
    model = dragonet.Model(x, layers.GlobalMaxPooling2D()(layers.Conv2D(2, 3)(x)))
    assert model.predict(np.ones((2, 7, 5, 1))).shape == (2, 2)
    y = dragonet.Input((9, 9, 1))
    assert dragonet.Model(y, model(y)).output_shape == (None, 2)
