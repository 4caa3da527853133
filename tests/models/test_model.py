"""What users do to a model between trainings: assign, freeze, look, call; nothing of theirs is used up."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import dragonet
from dragonet import layers
from dragonet.engines.xla import engine
from dragonet.training.objectives.supervised import Supervised

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def build(**compile_with):
    model = dragonet.Sequential(
        [
            dragonet.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        **{"optimizer": dragonet.optimizers.SGD(0.1), "loss": "sparse_categorical_crossentropy"} | compile_with
    )
    return model


@pytest.fixture
def traced(monkeypatch):
    """Counts how often a step is traced, that is, compiled."""
    seen = []
    plain = Supervised.step

    def step(self, *args):
        seen.append(1)
        return plain(self, *args)

    monkeypatch.setattr(Supervised, "step", step)
    monkeypatch.setattr(engine, "_programs", type(engine._programs)())
    return seen


def test_assigning_learning_rate_and_trainable_recompiles_nothing_and_works(traced):
    model = build()
    model.fit(X, Y, verbose=0)
    count = len(traced)
    model.optimizer.learning_rate = 1e-30
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), before[0])
    model.optimizer.learning_rate = 0.1
    model.layers[0].trainable = False
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), before[0])
    assert np.abs(model.layers[2].kernel.numpy() - before[6]).max() > 0
    assert len(traced) == count


def test_a_second_model_of_the_same_kind_needs_no_second_compilation(traced):
    build().fit(X, Y, verbose=0)
    count = len(traced)
    other = build()
    other.fit(X, Y, verbose=0)
    assert len(traced) == count


def test_a_frozen_batch_normalization_runs_in_inference_mode():
    model = build()
    model.fit(X, Y, verbose=0)
    model.layers[1].trainable = False
    mean = model.layers[1].moving_mean.numpy()
    model.fit(X + 5, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[1].moving_mean.numpy(), mean)


def test_freezing_a_model_freezes_its_layers_and_summary_counts_it(capsys):
    model = build()
    model.trainable = False
    assert not model.trainable_weights and len(model.non_trainable_weights) == 8
    model.summary()
    assert "Trainable params: 0 (0.00 B)" in capsys.readouterr().out


def test_an_array_that_a_user_holds_stays_valid():
    model = build()
    table = jnp.ones((4, 8))
    model.layers[0].kernel.assign(table)
    held = model.layers[0].kernel.value
    model.fit(X, Y, verbose=0)
    got = model.get_weights()
    got[0][:] = 7
    prediction = model.predict(X)
    prediction[:] = 0
    assert float(table.sum()) == 32 and float(held.sum()) == 32
    assert np.abs(model.layers[0].kernel.numpy()).max() < 7


def test_weights_that_a_callback_assigns_are_trained_on():
    class Zero(dragonet.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.layers[0].kernel.assign(np.zeros((4, 8)))

    model = build()
    model.optimizer.learning_rate = 1e-30
    model.fit(X, Y, epochs=2, verbose=0, callbacks=Zero())
    assert np.abs(model.layers[0].kernel.numpy()).max() < 1e-20


def test_words_as_labels():
    model = build()
    words = np.array(["no", "yes"])[Y]
    model.fit(X, words, epochs=60, verbose=0)
    assert model.classes_.tolist() == ["no", "yes"]
    assert model.predict(X).shape == (64, 2)
    assert (model.predict_classes(X) == words).mean() > 0.9
    assert model.evaluate(X, words, verbose=0) < 0.5


def test_add_and_pop():
    model = dragonet.Sequential()
    model.add(layers.Dense(32, activation="relu", input_shape=(32,)))
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(4, activation="softmax"))
    assert model.count_params() == 7588
    last = model.pop()
    assert model.output_shape == (None, 64) and last.units == 4
    model.add(layers.Dense(2))
    assert model.predict(np.ones((3, 32))).shape == (3, 2)


def test_the_models_of_the_tutorials_have_the_counted_parameters():
    def dense(*widths):
        return dragonet.Sequential([dragonet.Input((widths[0],)), *map(layers.Dense, widths[1:])]).count_params()

    assert dense(784, 10) == 7850
    assert dense(784, 50, 10) == 39_760
    assert dense(784, 512, 10) == 407_050
    assert dense(2, 10, 20, 1000, 3) == 24_253
    cnn = dragonet.Sequential(
        [
            layers.Reshape(target_shape=[28, 28, 1], input_shape=[28, 28]),
            layers.Conv2D(16, 5, padding="same", data_format="channels_last", activation="linear"),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2), (2, 2), padding="same", data_format="channels_last"),
            layers.Conv2D(16, 5, padding="same", data_format="channels_last", activation="linear"),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2), (2, 2), padding="same", data_format="channels_last"),
            layers.Flatten(),
            layers.Dense(50, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert cnn.count_params() == 46_592


def test_a_linear_layer_is_wx_plus_b_in_numpy():
    layer = layers.Dense(5)
    y = layer(X)
    np.testing.assert_allclose(y, X @ layer.kernel.numpy() + layer.bias.numpy(), rtol=1e-6, atol=1e-6)


def test_metrics_names_and_evaluate_as_keras():
    model = build(metrics=["accuracy"])
    assert model.evaluate(X, Y, verbose=0, return_dict=True).keys() == {"loss", "accuracy"}
    assert model.metrics_names == ["loss", "accuracy"]
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(accuracy, (model.predict(X).argmax(1) == Y).mean(), rtol=1e-6)
    np.testing.assert_allclose(loss, -np.log(model.predict(X)[np.arange(64), Y]).mean(), rtol=1e-5)


def test_two_hundred_models_in_a_loop_keep_no_memory():
    resource = pytest.importorskip("resource", reason="Windows does not tell a process's peak memory this way")

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    build().fit(X, Y, verbose=0)
    before = peak()
    for _ in range(200):
        build().fit(X, Y, verbose=0)
    assert peak() - before < 50


def test_generators_iterables_and_datasets_train_as_arrays_do():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            return X[16 * i : 16 * i + 16], Y[16 * i : 16 * i + 16]

    def endless():
        while True:
            for i in range(4):
                yield Batches()[i]

    weights = []
    for x, how in (
        (X, {"y": Y, "batch_size": 16}),
        (Batches(), {}),
        (endless(), {"steps_per_epoch": 4}),
        (map(Batches().__getitem__, [0, 1, 2, 3] * 2), {"steps_per_epoch": 4}),
    ):
        dragonet.core.session.clear()
        model = build()
        model.fit(x, epochs=2, shuffle=False, verbose=0, **how)
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    for other in weights[1:]:
        np.testing.assert_array_equal(weights[0], other)


def test_keras_seed_makes_five_models_in_a_loop_differ_and_repeat():
    def five():
        dragonet.utils.set_random_seed(1)
        return [np.asarray(layers.Dense(3, name="same")(X)) for _ in range(5)]

    first, again = five(), five()
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert np.abs(first[0] - first[1]).max() > 0.1


def test_the_interface_of_compile_fit_evaluate_and_predict_is_keras():
    import inspect

    ours_only = {"compile": {"engine", "objective"}, "fit": {"preflight"}}
    for name in (
        "compile",
        "fit",
        "evaluate",
        "predict",
        "train_on_batch",
        "test_on_batch",
        "predict_on_batch",
        "summary",
        "get_layer",
    ):
        theirs = inspect.signature(getattr(keras.Model, name)).parameters
        ours = inspect.signature(getattr(dragonet.Model, name)).parameters
        # evaluate's **kwargs in Keras is for its own use: here an unknown argument is answered with the nearest name
        shared = [parameter for parameter in theirs if parameter != "kwargs"]
        assert shared == [p for p in ours if p not in ours_only.get(name, ())], name
        for parameter in shared:
            assert theirs[parameter].default == ours[parameter].default, (name, parameter)


def test_jax_configuration_is_left_alone():
    before = dict(jax.config.values)
    build().fit(X, Y, verbose=0)
    assert dict(jax.config.values) == before


def test_variables_spared_from_weight_decay_as_in_keras():
    weights = []
    for k in (dragonet, keras):
        model = k.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.Dense(1)])
        model.set_weights([np.full(w.shape, 0.5, "float32") for w in model.weights])
        optimizer = k.optimizers.AdamW(0.1, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_list=[model.layers[1].kernel], var_names=["bias"])
        model.compile(optimizer, "mse")
        model.fit(X, X[:, :1], epochs=2, shuffle=False, verbose=0)
        weights.append([np.asarray(w.value) for w in model.weights])
    for ours, theirs in zip(*weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_predict_takes_the_lists_of_inputs_and_targets_that_a_data_loader_yields():
    x = np.arange(12.0).reshape(6, 2)
    model = dragonet.Sequential([dragonet.Input((2,)), layers.Dense(1)])

    class Loader:
        def __iter__(self):
            return iter([[x[:4], np.zeros(4)], [x[4:], np.zeros(2)]])

    np.testing.assert_array_equal(model.predict(Loader(), verbose=0), model.predict(x, verbose=0))
