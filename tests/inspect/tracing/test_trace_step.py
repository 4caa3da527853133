"""trace: each number against finite differences of the same network in NumPy, against train_on_batch, and how it reads."""

import html.parser
import math

import numpy as np
import pytest

import dragonet as keras
from dragonet import Input, Model, Sequential, layers, losses, optimizers, regularizers
from dragonet.inspect import trace
from dragonet.inspect.tracing import formulas

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(5, 3)).astype("float32"), np.array([0, 2, 1, 1, 0])
IMAGES = RNG.normal(size=(3, 6, 6, 2)).astype("float32")


def dense(loss="sparse_categorical_crossentropy", optimizer="adam", **last):
    model = Sequential(
        [Input((3,)), layers.Dense(4, "tanh", name="hidden"), layers.Dense(3, "softmax", name="out", **last)]
    )
    model.compile(optimizer, loss)
    return model


def branching():
    x = Input((3,))
    h = layers.Dense(3, "tanh", name="h")(x)
    both = layers.Concatenate(name="both")([layers.Add(name="sum")([x, h]), h])
    model = Model(x, layers.Dense(1, "sigmoid", name="out")(both))
    model.compile("sgd", "mse")
    return model


def convolutional():
    x = Input((6, 6, 2))
    h = layers.Conv2D(3, 3, activation="tanh", name="conv")(x)
    h = layers.BatchNormalization(name="norm")(h)
    h = layers.Flatten()(layers.AveragePooling2D(2, name="pool")(h))
    model = Model(x, layers.Dense(2, name="out")(h))
    model.compile("sgd", "mse")
    return model


def slopes(loss, at, step=1e-6):
    """dloss/dat by central differences."""
    result = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        nudge = np.zeros_like(at)
        nudge[place] = step
        result[place] = (loss(nudge) - loss(-nudge)) / (2 * step)
    return result


def assert_slopes(net, result, names):
    """net(**nudges) is the loss of the network written out in NumPy; names: nudge -> what the trace says of it."""
    assert net() == pytest.approx(result.loss, abs=1e-12)
    for name, (value, slope) in names.items():
        numeric = slopes(lambda nudge, name=name: net(**{name: nudge}), value)
        np.testing.assert_allclose(slope, numeric, atol=1e-6, err_msg=name)
        assert np.abs(slope).max() > 1e-4, f"{name} has no slope to test"


def numbers_of(result, *names):
    """The nudges of each named layer: its z, a, W and b with their gradients."""
    return {
        f"{name}_{what}": (getattr(result[name], what), getattr(result[name], f"d{what}"))
        for name in names
        for what in ("z", "a", "W", "b")
    }


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# --- against finite differences -----------------------------------------------------------------------------------------


def test_dense_layers_agree_with_finite_differences():
    result = trace(dense(), X, LABELS)
    x, h, o = X.astype(float), result["hidden"], result["out"]

    def net(hidden_z=0, hidden_a=0, hidden_W=0, hidden_b=0, out_z=0, out_a=0, out_W=0, out_b=0):
        a = np.tanh(x @ (h.W + hidden_W) + h.b + hidden_b + hidden_z) + hidden_a
        p = softmax(a @ (o.W + out_W) + o.b + out_b + out_z) + out_a
        p = p / p.sum(-1, keepdims=True)  # as the loss normalizes its probabilities
        return -np.log(p[np.arange(5), LABELS]).mean()

    assert_slopes(net, result, numbers_of(result, "hidden", "out"))


def test_branches_agree_with_finite_differences():
    y = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
    result = trace(branching(), X, y)
    h, o = result["h"], result["out"]

    def net(h_z=0, h_a=0, h_W=0, h_b=0, sum_a=0, both_a=0, out_z=0, out_a=0, out_W=0, out_b=0):
        a = np.tanh(X @ (h.W + h_W) + h.b + h_b + h_z) + h_a
        both = np.concatenate([X + a + sum_a, a], -1) + both_a
        p = 1 / (1 + np.exp(-(both @ (o.W + out_W) + o.b + out_b + out_z))) + out_a
        return ((p - y) ** 2).mean()

    merged = {f"{name}_a": (result[name].a, result[name].da) for name in ("sum", "both")}
    assert_slopes(net, result, numbers_of(result, "h", "out") | merged)


@pytest.mark.parametrize("training", [False, True])
def test_convolution_normalisation_and_pooling_agree_with_finite_differences(training):
    y = RNG.normal(size=(3, 2))
    model = convolutional()
    moving = [RNG.uniform(0.5, 1.5, 3) for _ in range(4)]
    model.get_layer("norm").set_weights(moving)
    result = trace(model, IMAGES, y, training=training)
    c, n, o = result["conv"], result["norm"], result["out"]
    gamma, beta = n.weights["gamma"], n.weights["beta"]

    def net(conv_z=0, conv_a=0, conv_W=0, conv_b=0, gamma_w=0, beta_w=0, norm_a=0, pool_a=0, out_a=0, out_W=0, out_b=0):
        W, z = c.W + conv_W, np.zeros((3, 4, 4, 3))
        for k in range(3):
            for m in range(3):
                z += IMAGES[:, k : k + 4, m : m + 4, :] @ W[k, m]
        a = np.tanh(z + c.b + conv_b + conv_z) + conv_a
        mean, var = (
            (a.mean((0, 1, 2)), a.var((0, 1, 2))) if training else (n.state["moving_mean"], n.state["moving_variance"])
        )
        a = (gamma.value + gamma_w) * (a - mean) / np.sqrt(var + 1e-3) + beta.value + beta_w + norm_a
        a = a.reshape(3, 2, 2, 2, 2, 3).mean((2, 4)) + pool_a
        out = a.reshape(3, 12) @ (o.W + out_W) + o.b + out_b + out_a
        return ((out - y) ** 2).mean()

    others = {"gamma_w": (gamma.value, gamma.gradient), "beta_w": (beta.value, beta.gradient)}
    others |= {f"{name}_a": (result[name].a, result[name].da) for name in ("norm", "pool", "out")}
    others |= {f"out_{what}": (getattr(o, what), getattr(o, f"d{what}")) for what in ("W", "b")}
    conv = numbers_of(result, "conv")
    if training:  # the mean that is taken off takes the bias off again
        assert np.abs(conv.pop("conv_b")[1]).max() < 1
    assert_slopes(net, result, conv | others)


def test_weighted_rows_and_a_regularizer_are_in_the_loss_and_its_slopes():
    model = dense(loss="categorical_crossentropy", kernel_regularizer=regularizers.L2(0.1))
    w = np.array([1.0, 0, 2, 0.5, 1])
    result = trace(model, X, np.eye(3)[LABELS], w)
    o = result["out"]

    def net(out_W=0, out_z=0):
        p = softmax(result["hidden"].a @ (o.W + out_W) + o.b + out_z)
        return (-np.log(p[np.arange(5), LABELS]) * w).mean() + 0.1 * ((o.W + out_W) ** 2).sum()

    assert_slopes(net, result, {"out_W": (o.W, o.dW), "out_z": (o.z, o.dz)})


# --- against the training itself ----------------------------------------------------------------------------------------

STEPS = {
    "adam": lambda: optimizers.Adam(0.01),
    "averaged": lambda: optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.5),
    "clipped": lambda: optimizers.RMSprop(0.01, global_clipnorm=0.1),
    "decayed": lambda: optimizers.AdamW(
        optimizers.schedules.ExponentialDecay(0.01, 2, 0.5), weight_decay=0.1, amsgrad=True
    ),
}


@pytest.mark.parametrize("optimizer", STEPS.values(), ids=STEPS)
def test_a_step_does_what_the_trace_said(optimizer):
    model = dense(optimizer=optimizer())
    for number in range(1, 4):
        result = trace(model, X, LABELS)
        assert model.train_on_batch(X, LABELS) == pytest.approx(result.loss, abs=1e-6)
        assert result.number == model.optimizer.iterations == number
        model.reset_metrics()
        for layer in model.layers:
            for variable in layer.variables:
                weight = result[layer.name].weights[variable.name]
                np.testing.assert_allclose(variable.numpy(), weight.new, atol=1e-6)
                np.testing.assert_allclose(weight.change, weight.new - weight.value, atol=1e-15)
                assert np.abs(weight.change).max() > 1e-4


def test_dropout_falls_as_in_the_next_step_of_training():
    model = Sequential(
        [Input((3,)), layers.Dense(8, "relu"), layers.Dropout(0.5, name="drop"), layers.Dense(3, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    for _ in range(3):
        result = trace(model, X, LABELS, training=True)
        assert model.train_on_batch(X, LABELS) == pytest.approx(result.loss, abs=1e-6)
        model.reset_metrics()
        for variable, new in zip(model.layers[0].variables, result[0].weights.values(), strict=True):
            np.testing.assert_allclose(variable.numpy(), new.new, atol=1e-6)
    is_kept = result["drop"].a != 0
    np.testing.assert_allclose(result["drop"].a[is_kept], 2 * result[0].a[is_kept])
    np.testing.assert_array_equal(trace(model, X)["drop"].a, trace(model, X)[0].a)


def test_an_adam_step_by_hand():
    result = trace(dense(optimizer=optimizers.Adam(0.01)), X, LABELS)
    weight = result["out"].weights["kernel"]
    g = weight.gradient
    np.testing.assert_allclose(weight.optimizer_state["m"], 0.1 * g)
    np.testing.assert_allclose(weight.optimizer_state["v"], 0.001 * g**2)
    alpha = 0.01 * math.sqrt(1 - 0.999) / (1 - 0.9)
    np.testing.assert_allclose(weight.change, -alpha * 0.1 * g / (np.sqrt(0.001 * g**2) + 1e-7), rtol=1e-6)
    assert result.learning_rate == pytest.approx(0.01)


def test_a_frozen_layer_and_a_held_weight_do_what_they_do_in_training():
    model = dense(kernel_constraint="non_neg")
    model.layers[0].trainable = False
    result = trace(model, X, LABELS)
    assert not result["hidden"].weights["kernel"].change.any() and result["hidden"].dW.any()
    assert (result["out"].weights["kernel"].new >= 0).all()
    assert "hidden, W  frozen: not updated" in str(result)


def test_several_outputs_and_a_layer_called_twice():
    x, twice = Input((3,)), layers.Dense(3, "tanh", name="twice")
    h = twice(twice(x))
    model = Model(x, [layers.Dense(1, "sigmoid", name="p")(h), layers.Dense(2, name="q")(h)])
    model.compile("sgd", ["binary_crossentropy", "mse"], loss_weights=[0.5, 2.0])
    y = [np.array([0, 1, 0, 1, 1]), RNG.normal(size=(5, 2))]
    result = trace(model, X, y)
    assert [step.name for step in result] == ["twice", "twice (2)", "p", "q"]
    assert result["twice"].dW is result["twice (2)"].dW
    p, q, first, second = result["p"], result["q"], result["twice"], result["twice (2)"]
    assert result.loss == pytest.approx(0.5 * result.losses["p_loss"] + 2 * result.losses["q_loss"])
    np.testing.assert_allclose(p.dz, 0.5 * (p.a - y[0][:, None]) / 5, atol=1e-12)
    np.testing.assert_allclose(p.da * p.a * (1 - p.a), p.dz, atol=1e-9)
    np.testing.assert_allclose(q.da, 2 * (q.a - y[1]) / 5, atol=1e-12)
    np.testing.assert_allclose(second.da, p.dz @ p.W.T + q.dz @ q.W.T, atol=1e-12)
    np.testing.assert_allclose(first.dW, X.T.astype(float) @ first.dz + first.a.T @ second.dz, atol=1e-12)
    assert str(result).count("twice, W\n") == 1


def test_a_model_within_a_model():
    inner = Sequential([Input((3,)), layers.Dense(2, "relu", name="inside")])
    model = Sequential([Input((3,)), inner, layers.Dense(1, name="out")])
    result = trace(model, X)
    assert [step.name for step in result] == ["inside", "out"]
    np.testing.assert_allclose(result["out"].inputs[0], result["inside"].a)


def test_a_confident_wrong_answer_keeps_its_gradient_as_in_training():
    model = Sequential([Input((1,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    model.compile("sgd", "binary_crossentropy")
    result = trace(model, [[40.0]], [0])
    assert result[0].dz.item() == pytest.approx(1) and result.loss == pytest.approx(40)


def test_a_neuron_that_is_quite_undecided_learns_from_its_error():
    model = Sequential([Input((2,)), layers.Dense(1, "sigmoid", kernel_initializer="zeros")])
    model.compile("sgd", "binary_crossentropy")
    result = trace(model, [[1.0, 2.0], [3.0, -1.0]], [0, 1])
    assert result[0].z.tolist() == [[0.0], [0.0]] and result[0].dz.tolist() == [[0.25], [-0.25]]  # (a − y) / n


def test_a_loss_that_is_no_number_moves_nothing():
    model = Sequential([Input((1,)), layers.Dense(1, "exponential", kernel_initializer="ones")])
    model.compile("sgd", "mse")
    result = trace(model, [[1e3]], [0.0])
    assert result.loss == math.inf and not result[0].weights["kernel"].change.any()


# --- one neuron, and shapes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation, a", [("sigmoid", 0.28261512), ("tanh", -0.73130483), ("relu", 0.0)])
def test_b13_one_neuron_by_hand(activation, a):
    model = Sequential([Input((1,)), layers.Dense(1, activation, kernel_initializer="ones", name="neuron")])
    neuron = trace(model, [[-0.93152654]])["neuron"]
    assert neuron.z.item() == pytest.approx(-0.93152654, abs=1e-7)  # x itself is a float32
    assert neuron.a.item() == pytest.approx(a, abs=5e-8)


def test_b14_a_hidden_layer_of_4_shows_each_shape():
    model = Sequential([Input((64,)), layers.Dense(4, "relu", name="hidden"), layers.Dense(1, "sigmoid", name="out")])
    result = trace(model, np.ones((20, 64)))
    assert model.count_params() == sum(w.value.size for step in result for w in step.weights.values()) == 265
    words = str(result)
    assert "20 rows, 265 weights" in words and "Backward" not in words
    for shape in ("(20, 64)", "(64, 4)", "(4,)", "(20, 4)", "(4, 1)", "(20, 1)"):
        assert shape in words
    assert result.loss is None and result["out"].dW is None and result["hidden"].da is None
    np.testing.assert_allclose(result.outputs, model.predict(np.ones((20, 64)), verbose=0), atol=1e-6)


# --- what it leaves alone -----------------------------------------------------------------------------------------------


def test_the_model_is_left_as_it_was():
    x, words = X, np.array(["a", "c", "b", "b", "a"])
    looked_at, twin = dense(), dense()
    twin.set_weights(looked_at.get_weights())
    for model in (looked_at, twin):
        model.fit(x, words, epochs=2, verbose=0)
    history, before = looked_at.history, repr(keras.core.session.current())
    trace(looked_at, x, words, training=True)
    assert looked_at.history is history and looked_at.optimizer.iterations == 2
    assert repr(keras.core.session.current()) == before
    for model in (looked_at, twin):
        model.fit(x, words, epochs=2, verbose=0)
    for ours, theirs in zip(looked_at.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    fresh = dense()
    trace(fresh, x, words)
    assert fresh.classes_ is None and fresh.history is None


def test_a_sequential_without_an_input_shape_is_traced_too():
    model = Sequential([layers.Dense(2)])
    assert trace(model, X)[0].a.shape == (5, 2)


# --- how it reads -------------------------------------------------------------------------------------------------------


def test_it_reads_forward_then_loss_then_backward_then_step():
    words = str(trace(dense(), X, LABELS))
    order = [
        "Forward",
        "z = x W + b",
        "a = tanh(z)",
        "Loss",
        "sparse_categorical_crossentropy",
        "Backward",
        "dL/dz of loss and softmax",
        "dL/dW = xᵀ dL/dz",
        "dL/dz = dL/da · tanh'(z)",
        "Step 1 of Adam()",
        "g = dL/dw",
        "Δw",
    ]
    places = [words.index(word) for word in order]
    assert places == sorted(places)
    assert max(map(len, words.splitlines())) <= 110


def test_small_arrays_are_whole_and_large_ones_a_line():
    model = Sequential([Input((300,)), layers.Dense(2, name="d")])
    model.compile("sgd", "mse")
    lines = str(trace(model, np.ones((1, 300)), np.zeros((1, 2)))).splitlines()
    assert any("(1, 300)" in line and "300 numbers from 1 to 1, mean 1" in line for line in lines)
    assert any("the first 6 of 600" in line for line in lines)
    assert len(lines) < 60


def test_one_layer_prints_its_own_tables():
    words = str(trace(dense(), X, LABELS)["hidden"])
    assert (
        words.strip().startswith("hidden  Dense(units=4, activation=tanh")
        and "hidden, W" in words
        and "out" not in words
    )


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.open, self.text = set(), [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_in_a_notebook_it_is_html_and_a_name_is_never_markup():
    model = Sequential([Input((3,)), layers.Dense(2, name="<script>alert(1)<b>")])
    model.compile("sgd", "mse")
    page = Tags()
    page.feed(trace(model, X, np.zeros((5, 2)))._repr_html_())
    assert page.tags <= {"div", "h3", "h4", "small", "i", "table", "tr", "th", "td", "pre"} and not page.open
    assert "<script>alert(1)<b>" in page.text and "dL/dW" in page.text and "Δw" in page.text


@pytest.mark.parametrize(
    "layer, formula",
    [
        (layers.Dense(2, use_bias=False), ("z = x W", "a = z")),
        (layers.Conv1D(2, 3, activation="relu"), ("z = x ∗ W + b", "a = relu(z)")),
        (layers.Activation("tanh"), ("z = x", "a = tanh(z)")),
        (layers.Dropout(0.5), ("a = x (no dropout outside of training)",)),
        (layers.Add(), ("a = x₁ + x₂ + ...",)),
        (layers.ZeroPadding1D(), ("a = ZeroPadding1D() of x",)),
        (layers.SeparableConv1D(2, 3), ("z = (x ∗ depthwise_kernel) ∗ pointwise_kernel + b", "a = z")),
    ],
)
def test_formulas(layer, formula):
    assert formulas.forward(layer) == formula


# --- mistakes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: trace(Sequential([Input((3,)), layers.Dense(1)]), X, LABELS), "trace needs compile.* before it"),
        (lambda: trace(dense(), X[:, :2], LABELS), r"x of shape \(n, 3\), but got shape \(5, 2\)"),
        (lambda: trace(dense(), X, [0, 1, 2, 3, 0]), "needs labels from 0 to 2, but got the label 3"),
        (lambda: trace(dense(), X, LABELS[:3]), "one row an example each, but got 5 rows and 3 rows"),
        (
            lambda: trace(dense(), X, sample_weight=np.ones(5)),
            "arrays x and y, or x alone, but got sample_weight without y",
        ),
        (lambda: trace(dense(), iter([(X, LABELS)]), LABELS), r"arrays x and y.*Write trace\(model, x, y\)"),
        (lambda: trace(dense(), X)["hiden"], "no layer in this trace named 'hiden'. Did you mean 'hidden'?"),
    ],
)
def test_mistakes_are_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_a_layer_without_a_kernel_says_what_it_has():
    x = Input((3,))
    with pytest.raises(AttributeError, match=r"'norm' has no weight 'kernel'; its weights are: 'gamma', 'beta'\."):
        _ = trace(Model(x, layers.BatchNormalization(name="norm")(x)), X)["norm"].W


def test_c3_the_loss_of_a_sample_and_of_a_batch_is_minus_log_p_of_the_true_label():
    model = dense()
    one, all_ = trace(model, X[:1], LABELS[:1]), trace(model, X, LABELS)
    p = all_["out"].a
    assert one.loss == pytest.approx(-math.log(p[0, LABELS[0]]), abs=1e-12)
    assert all_.loss == pytest.approx(-np.log(p[np.arange(5), LABELS]).mean(), abs=1e-12)
    assert losses.SparseCategoricalCrossentropy()(LABELS, p.astype("float32")) == pytest.approx(all_.loss, abs=1e-6)
