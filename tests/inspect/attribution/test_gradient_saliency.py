"""saliency: by hand, by finite differences in float64, by its axioms, and that it explains the logit."""

import jax
import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers

RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, 8, 8, 1)).astype("float32")


@pytest.fixture(scope="module")
def cnn():
    x = dragonet.Input((8, 8, 1))
    h = layers.MaxPooling2D(2, name="pool")(layers.Conv2D(3, 3, padding="same", activation="relu", name="first")(x))
    h = layers.add([h, layers.Conv2D(3, 3, padding="same", activation="relu", name="last")(h)])
    return dragonet.Model(x, layers.Dense(4, activation="softmax")(layers.Flatten(name="flat")(h)))


def linear(activation, W):
    W = np.asarray(W, "float32")
    model = dragonet.Sequential([layers.Input((len(W),)), layers.Dense(W.shape[1], activation=activation)])
    model.set_weights([W, np.full(W.shape[1], 0.5)])
    return model


def logits(model, x):
    """log p: the logits up to a constant in each row, so that differences of these are differences of logits."""
    return np.log(model.predict(x))


def test_the_gradient_of_a_linear_model_is_its_weights():
    W = [[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]]
    x = np.array([[1.0, 1.0], [-1.0, 0.0]])
    for activation in ("softmax", None):
        result = inspect.saliency(linear(activation, W), x)
        assert result.target.tolist() == [0, 1]  # logits 4.5, -1.5, 2 and -0.5, 2.5, 0
        np.testing.assert_allclose(result.values, [[1, 3], [-2, 0]], atol=1e-6)
        np.testing.assert_allclose(result.score, [4.5, 2.5])
    np.testing.assert_allclose(
        inspect.saliency(linear("softmax", W), x, target=[2, 2]).values, [[0.5, 1], [0.5, 1]], atol=1e-6
    )


def test_one_sigmoid_unit_has_the_logit_of_class_1_and_its_negative_for_class_0():
    model = linear("sigmoid", [[2.0], [-1.0]])
    result = inspect.saliency(model, [[1.0, 0.0], [-1.0, 0.0]])
    assert result.target.tolist() == [1, 0]
    np.testing.assert_allclose(result.values, [[2, -1], [-2, 1]])
    np.testing.assert_allclose(result.score, [2.5, 1.5])


def test_a_certain_prediction_still_has_a_gradient():
    model = linear("softmax", [[200.0, 0.0]])
    assert model.predict(np.ones((1, 1)))[0, 0] == 1
    np.testing.assert_allclose(inspect.saliency(model, [[1.0]]).values, [[200]])


def test_the_gradient_is_that_of_finite_differences():
    model = dragonet.Sequential(
        [
            layers.Input((12, 2)),
            layers.Conv1D(3, 4, activation="tanh"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    x = RNG.normal(size=(1, 12, 2))
    values = inspect.saliency(model, x, target=1).values[0]
    with jax.enable_x64(True):
        params, state = jax.tree.map(lambda w: np.asarray(w, np.float64), model.graph.gather())
        last = model.graph.nodes[-1]

        def f(x):
            return float(model.graph.run(params, state, x, logits=[id(last)])[0][0, 1])

        for position in ((0, 0), (5, 1), (11, 0)):
            step = np.zeros_like(x)
            step[0][position] = 1e-5
            assert abs((f(x + step) - f(x - step)) / 2e-5 - values[position]) < 1e-5


@pytest.mark.parametrize("baseline", [0.0, 0.5, "row"])
def test_integrated_gradients_add_up_to_the_difference_of_the_scores(cnn, baseline):
    baseline = RNG.random((8, 8, 1)) if baseline == "row" else baseline
    result = inspect.saliency(cnn, IMAGES, target=2, method="integrated_gradients", baseline=baseline, steps=300)
    np.testing.assert_allclose(result.values.sum((1, 2, 3)), result.score - result.baseline_score, atol=3e-3)
    x0 = np.broadcast_to(np.float32(baseline), IMAGES.shape)
    difference = logits(cnn, IMAGES) - logits(cnn, x0)
    np.testing.assert_allclose(  # predict shows the differences of two logits of a row only
        result.score - result.baseline_score - difference[:, 2],
        inspect.saliency(cnn, IMAGES, target=0).score - inspect.saliency(cnn, x0, target=0).score - difference[:, 0],
        atol=1e-5,
    )


def test_a_feature_without_influence_gets_0():
    model = linear("softmax", [[1.0, -1.0], [0.0, 0.0]])
    for method in ("gradient", "integrated_gradients"):
        assert (inspect.saliency(model, [[3.0, 7.0]], method=method).values[:, 1] == 0).all()
    assert inspect.occlusion(model, [[3.0, 7.0]]).values.tolist() == [[3.0, 0.0]]


def test_grad_cam_by_hand(cnn):
    result = inspect.saliency(cnn, IMAGES, target=1, method="grad_cam")
    A = inspect.activations(cnn, IMAGES, "last")["last"]  # (3, 4, 4, 3), one of the two inputs of the addition
    W = cnn.layers[-1].kernel.numpy()[:, 1].reshape(4, 4, 3)
    coarse = np.maximum(A @ W.mean((0, 1)), 0)
    expected = np.array(jax.image.resize(coarse, (3, 8, 8), "linear"))
    np.testing.assert_allclose(result.values, expected, atol=1e-6)
    assert result.layer == "last" and result.map.shape == (3, 8, 8) and (result.values >= 0).all()
    assert inspect.saliency(cnn, IMAGES, method="grad_cam", layer="pool").layer == "pool"


def test_a_softmax_layer_or_a_nested_model_at_the_end_does_not_change_the_result():
    W, x = [[1.0, -2.0], [3.0, 0.0]], np.ones((1, 2))
    plain = inspect.saliency(linear("softmax", W), x).values
    bare = linear(None, W)
    split = dragonet.Sequential([layers.Input((2,)), *bare.layers, layers.Softmax()])
    nested = dragonet.Sequential([layers.Input((2,)), layers.Rescaling(1.0), linear("softmax", W)])
    for model in (split, nested):
        np.testing.assert_allclose(inspect.saliency(model, x).values, plain, atol=1e-6)


def test_text_labels_as_target_and_maps_without_channels():
    model = linear("softmax", [[1.0, -2.0], [3.0, 0.0]])
    model.classes_ = np.array(["blue", "red"])
    assert inspect.saliency(model, np.ones((2, 2))).target.tolist() == ["blue", "blue"]
    assert inspect.saliency(model, np.ones((1, 2)), target="red").values.tolist() == [[-2.0, 0.0]]
    values = np.array([[[1.0, -3.0], [2.0, 1.0]]])
    for method, expected in (("gradient", [[3.0, 2.0]]), ("integrated_gradients", [[-2.0, 3.0]])):
        assert inspect.Saliency(method, values, np.zeros(1), np.zeros(1), (1,)).map.tolist() == expected


def test_channels_first_and_pixels_of_bytes():
    model = dragonet.Sequential(
        [
            layers.Input((2, 6, 5)),
            layers.Conv2D(3, 3, data_format="channels_first"),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    x = RNG.integers(0, 255, (2, 2, 6, 5)).astype(np.uint8)
    assert inspect.saliency(model, x).map.shape == inspect.saliency(model, x, method="grad_cam").map.shape == (2, 6, 5)


TABLE = linear("softmax", [[1.0, -2.0], [3.0, 0.0]])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"method": "gradcam"}, "no method of saliency 'gradcam'. Did you mean 'grad_cam'"),
        ({"target": 2}, r"saliency, for its target, needs labels from \[0, 1\], but got 2"),
        ({"target": [0, 1]}, r"one class, or one for each of the 1 rows, but got shape \(2,\)"),
        ({"method": "grad_cam"}, "a model with a convolution, but got one without. Write method='gradient'"),
        ({"method": "integrated_gradients", "steps": 0}, "steps to be a whole number of at least 1, but got 0"),
        (
            {"method": "integrated_gradients", "baseline": [1, 2, 3]},
            r"a baseline that is a number, a row \(2,\) .* shape \(3,\)",
        ),
        ({"method": "integrated_gradients", "baseline": np.nan}, "a baseline of finite numbers"),
    ],
)
def test_mistakes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        inspect.saliency(TABLE, np.ones((1, 2)), **options)


def test_models_without_such_a_gradient_are_refused(cnn):
    words = dragonet.Sequential(
        [layers.Input((5,)), layers.Embedding(9, 2, name="look"), layers.Flatten(), layers.Dense(2)]
    )
    with pytest.raises(ValueError, match="an input of real numbers, but got whole numbers, which 'look' looks up"):
        inspect.saliency(words, np.ones((1, 5)))
    assert inspect.occlusion(words, np.ones((1, 5))).values.shape == (1, 5)
    with pytest.raises(ValueError, match="whose output has positions and channels, but got 'flat'"):
        inspect.saliency(cnn, IMAGES, method="grad_cam", layer="flat")
    steps = dragonet.Sequential([layers.Input((5, 2)), layers.Dense(2, activation="softmax")])
    with pytest.raises(ValueError, match=r"one output of shape \(n, width\), but got shape \(None, 5, 2\)"):
        inspect.saliency(steps, np.ones((1, 5, 2)))
    a = dragonet.Input((2,))
    two = dragonet.Model([a, dragonet.Input((2,))], layers.Dense(1)(a))
    with pytest.raises(ValueError, match="a model of one input, but got one of 2"):
        inspect.saliency(two, [np.ones((1, 2))] * 2)
