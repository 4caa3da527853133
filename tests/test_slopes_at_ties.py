"""Where two pieces of a function meet, its slope is PyTorch's, and the same on both engines."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dragonet as dn
from dragonet import activations, layers, losses, ops, regularizers

# The slope of each activation where its pieces meet, as PyTorch has it.
ACTIVATIONS = [
    ("celu", {}, {0.0: 1.0}),
    ("elu", {}, {0.0: 1.0}),
    ("elu", {"alpha": 0.5}, {0.0: 0.5}),
    ("hard_shrink", {}, {-0.5: 0.0, 0.5: 0.0}),
    ("hard_sigmoid", {}, {-3.0: 0.0, 3.0: 0.0}),
    ("hard_silu", {}, {-3.0: 0.0, 3.0: 1.0}),
    ("hard_swish", {}, {-3.0: 0.0, 3.0: 1.0}),
    ("hard_tanh", {}, {-1.0: 0.0, 1.0: 0.0}),
    ("leaky_relu", {}, {0.0: 0.2}),
    ("leaky_relu", {"negative_slope": 0.01}, {0.0: 0.01}),
    ("log_sigmoid", {}, {0.0: 0.5}),
    ("relu", {}, {0.0: 0.0}),
    ("relu", {"negative_slope": 0.3}, {0.0: 0.3}),
    ("relu", {"max_value": 6.0}, {0.0: 0.0, 6.0: 0.0}),
    ("relu", {"threshold": 1.0}, {1.0: 0.0}),
    ("relu", {"negative_slope": 0.3, "threshold": 1.0, "max_value": 2.0}, {0.0: 0.3, 1.0: 0.3, 2.0: 0.0}),
    ("relu6", {}, {0.0: 0.0, 6.0: 0.0}),
    ("selu", {}, {0.0: 1.0507009873554805 * 1.6732632423543772}),
    ("soft_shrink", {}, {-0.5: 0.0, 0.5: 0.0}),
    ("softplus", {}, {0.0: 0.5}),
    ("softsign", {}, {0.0: 1.0}),
    ("sparse_plus", {}, {-1.0: 0.0, 1.0: 1.0}),
    ("sparse_sigmoid", {}, {-1.0: 0.0, 1.0: 0.0}),
    ("step", {}, {0.0: 0.0}),
    ("threshold", {"threshold": 2.0, "default_value": -1.0}, {2.0: 0.0}),
]
SMOOTH = {
    "exponential",
    "gelu",
    "glu",
    "linear",
    "log_softmax",
    "mish",
    "sigmoid",
    "silu",
    "softmax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
}


def test_activations():
    def slopes(*points):
        return [
            jax.vmap(jax.grad(lambda x, n=name, o=options: getattr(activations, n)(x, **o)))(z)
            for (name, options, _), z in zip(ACTIVATIONS, points, strict=True)
        ]

    found = jax.jit(slopes)(*(jnp.array(list(wanted)) for *_, wanted in ACTIVATIONS))
    for (name, options, wanted), slope in zip(ACTIVATIONS, found, strict=True):
        np.testing.assert_allclose(slope, list(wanted.values()), atol=1e-6, err_msg=f"{name} {options}")


def test_sparsemax_does_not_reach_what_is_just_outside():
    slopes = jax.jit(jax.jacobian(activations.sparsemax))(jnp.array([1.0, 0.0]))  # 0 is the threshold: p is 1 and 0
    np.testing.assert_array_equal(slopes, np.zeros((2, 2)))


def test_no_activation_is_left_out():
    pieces = {name for name, *_ in ACTIVATIONS} | {"sparsemax"}
    assert pieces | SMOOTH | {"deserialize", "get", "serialize"} == set(activations.__all__)


def after_a_step(engine, layer, loss="mse", y=0.0, x=0.0, regularizer=None, units=1, start=0.0):
    """The bias of Dense(units) after one step of rate 1 from `start`, the output being layer(start)."""
    dense = layers.Dense(units, bias_initializer=dn.initializers.Constant(start), bias_regularizer=regularizer)
    model = dn.Sequential([layers.Input((1,)), dense, *([layer] if layer else [])])
    model.compile(dn.optimizers.SGD(1.0), loss, engine=engine)
    width = model.output_shape[-1]
    model.fit(np.full((1, 1), x, "f4"), np.full((1, width), y, "f4"), verbose=0, preflight=False)
    return dense.bias.numpy()


UNITS = [
    (layers.ReLU(), 0.0, 0.0),
    (layers.ReLU(negative_slope=0.3), 0.0, 0.3),
    (layers.ReLU(max_value=6.0), 6.0, 0.0),
    (layers.ReLU(negative_slope=0.3, threshold=1.0), 1.0, 0.3),
    (layers.LeakyReLU(), 0.0, 0.3),
    (layers.PReLU(alpha_initializer=dn.initializers.Constant(0.4)), 0.0, 0.4),
    (layers.ELU(0.5), 0.0, 0.5),
    *((layers.Activation(name), 0.0, slope) for name, slope in (("relu", 0.0), ("leaky_relu", 0.2), ("elu", 1.0))),
    (layers.Activation("selu"), 0.0, 1.0507009873554805 * 1.6732632423543772),
]


@pytest.mark.parametrize("engine", ["xla", "auto"])
@pytest.mark.parametrize(("layer", "z", "slope"), UNITS, ids=repr)
def test_units_learn_with_that_slope(layer, z, slope, engine):
    layer = type(layer).from_config(layer.get_config())
    y = float(np.ravel(layer(jnp.full((1, 1), z)))[0])
    bias = after_a_step(engine, layer, y=y - 0.5, start=z)  # the loss's slope is 2 · 0.5
    np.testing.assert_allclose(bias, z - slope, rtol=1e-5, atol=1e-6)


# y, the prediction, and the slope of the loss there, where its pieces meet.
LOSSES = [
    ("MeanAbsoluteError", {}, [2.0], [2.0], [0.0]),
    ("MeanAbsolutePercentageError", {}, [2.0], [2.0], [0.0]),
    ("Huber", {}, [2.0], [2.0], [0.0]),
    ("Huber", {}, [2.0], [3.0], [1.0]),
    ("LogCosh", {}, [2.0], [2.0], [0.0]),
    ("Hinge", {}, [-1.0], [-1.0], [0.0]),
    ("SquaredHinge", {}, [-1.0], [-1.0], [0.0]),
    ("CategoricalHinge", {}, [0.0, 1.0], [1.0, 2.0], [0.0, 0.0]),
    ("MeanSquaredError", {}, [2.0], [2.0], [0.0]),
    ("BinaryCrossentropy", {"from_logits": True}, [1.0], [0.0], [-0.5]),
    ("CategoricalCrossentropy", {"from_logits": True}, [1.0, 0.0], [0.0, 0.0], [-0.5, 0.5]),
    ("KLDivergence", {}, [1.0], [1.0], [-1.0]),
    ("MeanSquaredLogarithmicError", {}, [1e-7], [1e-7], [0.0]),
]
SMOOTH_LOSSES = {
    "BinaryFocalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CosineSimilarity",
    "Dice",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "Tversky",
}


def test_losses():
    def slopes(*predictions):
        return [
            jax.grad(lambda p, n=name, o=options, y=y: getattr(losses, n)(**o)(jnp.array([y]), p))(p)
            for (name, options, y, *_), p in zip(LOSSES, predictions, strict=True)
        ]

    found = jax.jit(slopes)(*(jnp.array([p]) for *_, p, _ in LOSSES))
    for (name, _, _, _, wanted), slope in zip(LOSSES, found, strict=True):
        np.testing.assert_allclose(slope, [wanted], atol=1e-6, err_msg=name)


def test_no_loss_is_left_out():
    classes = {
        name
        for name in losses.__all__
        if isinstance(getattr(losses, name), type) and issubclass(getattr(losses, name), losses.Loss)
    } - {"Loss", "LossFunctionWrapper"}
    assert classes == {name for name, *_ in LOSSES} | SMOOTH_LOSSES


@pytest.mark.parametrize("engine", ["xla", "native"])
@pytest.mark.parametrize(("loss", "y", "slope"), [("mae", 2.0, 0.0), (losses.Huber(0.5), 2.5, -0.5), ("mse", 2.0, 0.0)])
def test_a_perfect_fit_stays_and_the_engines_agree_where_pieces_meet(loss, y, slope, engine):
    np.testing.assert_array_equal(after_a_step(engine, None, loss, y, start=2.0), np.float32(2.0 - slope))


@pytest.mark.parametrize("engine", ["xla", "native"])
@pytest.mark.parametrize(("regularizer", "start"), [(regularizers.L1(0.5), 0.0), (regularizers.L1L2(0.5, 0.25), 0.0)])
def test_a_weight_of_0_feels_no_l1(regularizer, start, engine):
    bias = after_a_step(engine, None, "mse", y=-0.25, regularizer=regularizer, start=start)
    np.testing.assert_array_equal(bias, np.float32(-0.5))  # of the loss alone


def test_orthogonal_rows_are_left_alone():
    found = jax.jit(jax.grad(regularizers.OrthogonalRegularizer(1.0)))(jnp.eye(2))
    np.testing.assert_array_equal(found, np.zeros((2, 2)))


@pytest.mark.parametrize("where", ["activity_regularizer", "ActivityRegularization"])
def test_an_output_of_0_has_no_activity_to_be_lowered(where):
    l1 = {"activity_regularizer": regularizers.L1(0.5)} if where == "activity_regularizer" else {}
    dense = layers.Dense(1, **l1)
    model = dn.Sequential([layers.Input((1,)), dense, *([] if l1 else [layers.ActivityRegularization(l1=0.5)])])
    model.compile(dn.optimizers.SGD(1.0), "mse")
    model.fit(np.zeros((1, 1), "f4"), np.full((1, 1), -0.25, "f4"), verbose=0, preflight=False)
    np.testing.assert_array_equal(dense.bias.numpy(), np.float32(-0.5))


@pytest.mark.parametrize(
    ("kind", "shape"), [("MaxPooling1D", (4, 1)), ("MaxPooling2D", (2, 2, 1)), ("GlobalMaxPooling1D", (4, 1))]
)
@pytest.mark.parametrize("engine", ["xla", "native"])
def test_the_first_of_equal_numbers_is_a_windows_largest_and_all_share_in_a_global_one(kind, shape, engine):
    pooling = getattr(layers, kind)(*([] if "Global" in kind else [4 if "1D" in kind else 2]))
    dense = layers.Dense(4)
    model = dn.Sequential([layers.Input((1,)), dense, layers.Reshape(shape), pooling, layers.Flatten()])
    model.compile(dn.optimizers.SGD(1.0), "mse", engine=engine)
    model.fit(np.zeros((1, 1), "f4"), np.full((1, 1), -0.5, "f4"), verbose=0, preflight=False)
    np.testing.assert_array_equal(dense.bias.numpy(), [-0.25] * 4 if "Global" in kind else [-1, 0, 0, 0])


@pytest.mark.parametrize("kind", [layers.Maximum, layers.Minimum])
def test_equal_inputs_share_a_maximum(kind):
    slopes = jax.grad(lambda a, b: kind()([a, b]).sum(), argnums=(0, 1))(jnp.zeros((1, 1)), jnp.zeros((1, 1)))
    np.testing.assert_array_equal(slopes, np.full((2, 1, 1), 0.5))


def test_the_helpers_of_the_same_name():
    assert float(jax.grad(ops.leaky_relu)(0.0)) == pytest.approx(0.2)
    assert float(jax.grad(ops.abs)(0.0)) == float(jax.grad(ops.absolute)(0.0)) == 0
