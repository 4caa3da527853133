"""Every dtype that NumPy has, as x, y and sample_weight, on both engines: the right figures, or one sentence."""

import functools
import warnings

import ml_dtypes
import numpy as np
import pytest

import dragonet
from dragonet import layers
from dragonet.core import errors
from dragonet.training.data import arrays

RNG = np.random.default_rng(0)
N = 24
WHOLE = RNG.integers(0, 3, (N, 4))  # every dtype holds these, bool aside
LABELS = WHOLE.sum(1) % 3
SMALL = ("bfloat16", "float8_e5m2", "float8_e4m3fn", "int4", "uint4")
DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "longdouble"),
    *(">i2", ">i4", ">i8", ">u2", ">u4", ">u8", ">f2", ">f4", ">f8"),
    *SMALL,
    *(
        "object",
        "matrix",
        "masked",
        "read-only",
        "strided",
        "negative strides",
        "zero strides",
        "fortran",
        "list",
        "jax",
    ),
]
ENGINES = ("native", "xla")
CLASSES = ("sparse_categorical_crossentropy", 3, "accuracy")


def cast(a, how):
    """An array in this dtype, or of this kind, with the numbers of `a`."""
    a = np.asarray(a)
    if how in SMALL:
        return a.astype(getattr(ml_dtypes, how))
    if how == "matrix":
        with warnings.catch_warnings(action="ignore"):
            return np.matrix(a if a.ndim == 2 else a[:, None])
    if how == "masked":
        return np.ma.masked_array(a, mask=np.zeros(a.shape, bool))
    if how == "read-only":
        a = a.copy()
        a.flags.writeable = False
        return a
    if how == "strided":
        return np.repeat(a, 2, axis=0)[::2]
    if how == "negative strides":
        return a[::-1].copy()[::-1]
    if how == "zero strides":
        return np.broadcast_to(a[:1], a.shape)
    if how == "fortran":
        return np.asfortranarray(a)
    if how == "list":
        return a.tolist()
    if how == "jax":
        import jax

        return jax.numpy.asarray(a)
    return a.astype(how)


def numbers(a):
    return np.array(a.tolist() if hasattr(a, "tolist") else a, "float32")


def model_of(engine, *, loss="sparse_categorical_crossentropy", units=3, metric="accuracy"):
    dragonet.utils.set_random_seed(1)
    activation = {
        "sparse_categorical_crossentropy": "softmax",
        "categorical_crossentropy": "softmax",
        "binary_crossentropy": "sigmoid",
    }.get(loss)
    model = dragonet.Sequential([dragonet.Input((4,)), layers.Dense(units, activation=activation)])
    model.compile(dragonet.optimizers.SGD(0.05), loss, metrics=[metric], engine=engine)
    return model


def everything(model, x, y, w=None):
    """The figures of the functions that take data, one after another."""
    beside = {} if w is None else {"sample_weight": w}
    history = model.fit(
        x,
        y,
        verbose=0,
        shuffle=False,
        batch_size=N,
        preflight=False,
        validation_data=(x, y) if w is None else (x, y, w),
        **beside,
    )
    assert history.engine.startswith(model.training_state.chosen_engine)
    figures = [history.history[name] for name in sorted(history.history)]
    return [*figures, model.test_on_batch(x, y, **beside), model.predict(x, verbose=0)]


@functools.cache
def plain(engine, loss, units, metric, x, y, w=None):
    """The same figures of plain arrays, whose bytes are given."""
    labels = np.frombuffer(y, "int32" if loss.startswith("sparse") else "float32")
    w = None if w is None else np.frombuffer(w, "float32")
    return everything(
        model_of(engine, loss=loss, units=units, metric=metric), np.frombuffer(x, "float32").reshape(N, 4), labels, w
    )


def assert_same(found, wanted):
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", DTYPES)
def test_x_gives_the_figures_of_float32(how, engine):
    x = cast(WHOLE, how)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the matrix subclass", PendingDeprecationWarning)
        found = everything(model_of(engine), x, LABELS)
    assert_same(found, plain(engine, *CLASSES, numbers(x).tobytes(), LABELS.astype("int32").tobytes()))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", DTYPES)
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "binary_crossentropy", "mse"])
def test_y_gives_the_figures_of_plain_numbers(how, loss, engine):
    binary = loss == "binary_crossentropy"
    y = cast(LABELS > 0 if binary else LABELS, "bool" if binary and how == "bool" else how)
    units, metric = (3, "accuracy") if loss.startswith("sparse") else (1, "accuracy" if binary else "mae")
    x = WHOLE.astype("float32")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the matrix subclass", PendingDeprecationWarning)
        found = everything(model_of(engine, loss=loss, units=units, metric=metric), x, y)
    labels = numbers(y).astype("int32" if loss.startswith("sparse") else "float32")
    assert_same(found, plain(engine, loss, units, metric, x.tobytes(), labels.tobytes()))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", DTYPES)
def test_sample_weights_give_the_figures_of_float32(how, engine):
    x, w = WHOLE.astype("float32"), cast(1 + LABELS, how)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the matrix subclass", PendingDeprecationWarning)
        found = everything(model_of(engine), x, LABELS, w)
    assert_same(found, plain(engine, *CLASSES, x.tobytes(), LABELS.astype("int32").tobytes(), numbers(w).tobytes()))


@pytest.mark.parametrize("how", ["float32", "int64", "bool"])
def test_both_engines_agree_on_one_hot_rows(how):
    x, y = WHOLE.astype("float32"), cast(np.eye(3)[LABELS], how)
    native, xla = (everything(model_of(engine, loss="categorical_crossentropy"), x, y) for engine in ENGINES)
    for a, b in zip(native, xla, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["int64", "uint64", ">i8", "uint32", "object"])
def test_integers_beyond_int32_keep_their_value(dtype, engine):
    x = np.array([[2**31 + 2**10, 1, 2, 3]] * 2, dtype)
    model = dragonet.Sequential([dragonet.Input((4,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", engine=engine)
    np.testing.assert_array_equal(model.predict(x, verbose=0), np.array([[2**31 + 2**10]] * 2, "float32"))
    assert model.evaluate(x, x[:, :1], verbose=0) == pytest.approx(0, abs=1e5)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["bool", "uint8"])
def test_a_users_own_functions_get_targets_that_do_not_wrap(dtype, engine):
    def signed(y_true, y_pred):
        return ((2 * y_true - 1) - y_pred) ** 2 + 0 * (y_true - 1)

    model = dragonet.Sequential([dragonet.Input((4,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", signed, metrics=[signed])
    figures = model.evaluate(WHOLE, (LABELS > 0).astype(dtype), verbose=0)
    np.testing.assert_allclose(figures, [1.0, 1.0])


def test_a_mixed_stream_gives_the_figures_of_float32():
    kinds = ("float32", "float64", ">f4", "uint8", "int64", "bfloat16")
    batches = [
        (cast(WHOLE[i : i + 4], how), cast(LABELS[i : i + 4], how))
        for i, how in zip(range(0, N, 4), kinds, strict=True)
    ]
    for engine in ENGINES:
        found = model_of(engine).fit(iter(batches), verbose=0).history["loss"]
        wanted = model_of(engine).fit(iter([(numbers(x), numbers(y)) for x, y in batches]), verbose=0).history["loss"]
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


# --- refused

MASKED = np.ma.masked_array(WHOLE.astype(float), mask=WHOLE == 2)
RECORDS = np.array([(1.0, 2)] * N, [("mass", "f8"), ("count", "i4")])
REFUSED = {
    "complex": (WHOLE + 1j, "dtype complex128. Pass the real and imaginary parts as two features."),
    "complex longdouble": (WHOLE.astype("clongdouble"), "Pass the real and imaginary parts"),
    "dates": (np.array(["2024-01-01"] * N, "M8[D]"), r"dtype datetime64\[D\]. Turn dates into numbers"),
    "spans": (np.array([1] * N, "m8[s]"), r"dtype timedelta64\[s\]. Divide by a unit"),
    "records": (
        RECORDS,
        "a structured array with the fields 'mass', 'count'. Write numpy.lib.recfunctions.structured_to_unstr",
    ),
    "raw bytes": (np.zeros((N, 2), "V3"), r"dtype \|V3"),
    "masked": (MASKED, rf"without missing values, but got {int((WHOLE == 2).sum())} masked. Drop the rows"),
    "a list of masked rows": (
        list(MASKED),
        rf"without missing values, but got {int((WHOLE == 2).sum())} masked. Drop the rows",
    ),
    "None": (
        np.array([[1, None]] * N, object),
        f"without missing values, but got {N} missing, the first in row 0. Drop",
    ),
    "objects": (np.array([[1, {}]] * N, object), r"of numbers.*, but got \{\} \(dict\)"),
    "huge integers": ([[10**400]] * N, "larger integers|within float32's range"),
    "float64 beyond": (
        np.full((N, 4), 1e300),
        r"within float32's range, ±3.4e\+38, but got \d+ beyond it, the first, 1e\+300",
    ),
    "longdouble beyond": (np.full((N, 4), np.longdouble("1e300")), r"within float32's range, ±3.4e\+38"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("role", ["x", "y", "sample_weight"])
def test_what_is_no_array_of_numbers_is_refused_in_one_sentence(name, role):
    bad, said = REFUSED[name]
    x, y, w = WHOLE.astype("float32"), np.zeros(N), np.ones(N)
    if role != "x" and getattr(bad, "ndim", 1) > 1:
        bad = bad[:, 1]
    given = {"x": x, "y": y, "sample_weight": w} | {role: bad}
    model = model_of("native", loss="mse", units=1, metric="mae")
    if role != "x" and "masked" in name:
        said = "without missing values, but got .* masked"
    for use in (model.fit, model.evaluate):
        with pytest.raises((ValueError, TypeError), match=rf"^The model needs {role} .*{said}"):
            use(**given, verbose=0)
    if role == "x":
        with pytest.raises((ValueError, TypeError), match=f"^The model needs x .*{said}"):
            model.predict(bad, verbose=0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: 1, "a function. Call it."),
        ((i for i in range(3)), r"a generator. Write list\(...\)."),
        (object(), "a object."),
    ],
)
def test_what_holds_no_rows_is_refused_by_its_kind(given, said):
    with pytest.raises(TypeError, match=f"^The model needs y as an array, but got {said}$"):
        model_of("native").fit(WHOLE, given, verbose=0)


def test_what_is_beyond_float32_is_not_called_a_learning_rate():
    model = model_of("native", loss="mse", units=1, metric="mae")
    x = WHOLE.astype(float)
    x[5, 2] = -1e39
    said = r"x within float32's range.*-1e\+39, at row 5, place \(2,\). Choose a larger unit"
    with pytest.raises(ValueError, match=said) as raised:
        model.fit(x, LABELS, verbose=0)
    assert "learning rate" not in str(raised.value)
    x[5, 2] = -3e38
    arrays.array("x", x)


@pytest.mark.parametrize("engine", ENGINES)
def test_memory_mapped_arrays_are_read_where_they_lie(tmp_path, engine):
    for dtype in ("float32", "float64", ">f4", "uint8"):
        np.save(tmp_path / "x.npy", WHOLE.astype(dtype))
        x = np.load(tmp_path / "x.npy", mmap_mode="r")
        assert_same(
            everything(model_of(engine), x, LABELS), everything(model_of(engine), WHOLE.astype("float32"), LABELS)
        )
        del x


def test_no_words_of_a_compiler_reach_a_user():
    for how in ("float32", "float64", "float16", "longdouble", "uint64", "bool"):
        model = model_of("native")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.evaluate(WHOLE, LABELS.astype(how), verbose=0)
        assert not [one for one in caught if issubclass(one.category, errors.DragonetWarning)]
