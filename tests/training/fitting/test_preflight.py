"""Preflight: what would spoil a training is said in a line with its figure; healthy data pass in silence, at no cost."""

import io
import json

import numpy as np
import pytest
from sklearn import datasets as sets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import dragonet
from dragonet import Fleet, Input, Model, Sequential, datasets, layers
from dragonet.core import errors, session
from dragonet.training.data.overlap import shared_rows
from dragonet.training.fitting import fit_model
from dragonet.training.fitting import preflight as module
from dragonet.training.fitting.preflight import Sample
from dragonet.training.progress import Progress

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 5))
Y = np.arange(400) % 2


def net(shape=(5,), classes=2, first=(), loss="sparse_categorical_crossentropy"):
    end = layers.Dense(classes, activation=None if loss == "mse" else "softmax")
    model = Sequential([Input(shape), *first, layers.Flatten(), end])
    model.compile("sgd", loss)
    return model


def found(x=X, y=Y, validation=None, model=None, **how):
    x = x if isinstance(x, list) else [x]
    model = model or net(x[0].shape[1:], int(np.max(y)) + 1)
    return module.preflight(x, [y], validation and ([validation[0]], [validation[1]]), model, **how)


def column(i, change):
    """X with one column changed."""
    x = X.copy()
    x[:, i] = change(x[:, i])
    return x


# --- what is said --------------------------------------------------------------------------------------------------------

IMAGES = RNG.integers(0, 256, (200, 8, 8))
CODES = "Standardise them: start the model with a Normalization() layer, after its adapt(x)."
SAID = {
    "pixels": (
        lambda: found(IMAGES, Y[:200]),
        "The pixels go from 0 to 255; networks learn better from 0 to 1. Write x / 255.0, or start the model with "
        "Rescaling(1 / 255).",
    ),
    "pixels as rows": (
        lambda: found(IMAGES.reshape(200, 64).astype("float32"), Y[:200]),
        "The pixels go from 0 to 255;",
    ),
    "microscope": (
        lambda: found(IMAGES * 16, Y[:200]),
        f"The numbers in x go up to 4,080; networks learn better from numbers around 1. {CODES}",
    ),
    "volts": (lambda: found(1e-5 * RNG.normal(size=(100, 3, 50)), Y[:100]), "The numbers in x go up to 4"),
    "a large column": (lambda: found(column(2, lambda c: 50 + c)), "The numbers in x go up to 5"),
    "scales": (
        lambda: found(column(2, lambda c: 1e-4 * c)),
        f"The columns of x are on scales 10,649 times apart: column 3 around 1.03, column 2 around 9.65e-05. {CODES}",
    ),
    "a constant column": (
        lambda: found(column(1, lambda c: 7)),
        "Column 1 of x holds one value in all 400 rows looked at: nothing can be learned from it. Leave it out.",
    ),
    "constant columns": (lambda: found(np.where(np.arange(5) > 2, 0.0, X)), "Columns 3 and 4 of x hold one value"),
    "one value in nearly all rows": (
        lambda: found(column(3, lambda c: np.where(np.arange(400) < 3, c, 0.5))),
        "Column 3 of x hardly changes: column 3 is 0.5 in 99.2 % of the rows.",
    ),
    "a column that float32 cannot tell apart": (
        lambda: found(column(0, lambda c: 10 + 1e-4 * c)),
        "Column 0 of x hardly changes: column 0 lies around 10, give or take 8e-05.",
    ),
    "validation not scaled": (
        lambda: found(validation=(X * 100, Y)),
        "The validation data of x are spread 100 times wider "
        "than the training data in columns 0, 1, 2 and 2 more. Prepare both alike,",
    ),
    "validation images not scaled": (
        lambda: found(IMAGES / 255, Y[:200], (IMAGES, Y[:200])),
        "The validation data of x are spread 255 times wider than the training data. ",
    ),
    "validation centred elsewhere": (
        lambda: found(validation=(X + 8 * (np.arange(5) == 4), Y)),
        "The validation data of x lie 9.78 times their spread away from",
    ),
    "shared rows": (
        lambda: found(validation=(np.concatenate([X[:60], RNG.normal(size=(40, 5))]), Y[:100])),
        "60 of 100 validation rows looked at are among the training rows too: the validation scores are too good. "
        "Remove duplicates before the split, or split by group.",
    ),
    "a class that is only watched": (
        lambda: found(validation=(X[:100] + 1, np.arange(100) % 3), model=net(classes=3)),
        "No training row has the class 2, and 33 validation rows have: the network cannot learn it.",
    ),
    "an output without a class": (
        lambda: found(y=Y * 2, model=net(classes=4)),
        "No row has the class 1, 3 of the 4 that the model has outputs for.",
    ),
    "uneven classes": (
        lambda: found(y=(np.arange(400) % 5 == 0) * 1),
        "The class 0 has 320 rows and 1 80, 4 to 1: always answering 0 is right in 80 %.",
    ),
    "sorted labels, not shuffled": (
        lambda: found(y=np.sort(Y), shuffle=False),
        "The labels are sorted, 2 classes one after another, and shuffle is False:",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_one_line_with_its_figure(name):
    make, said = SAID[name]
    lines = make()
    assert sum(line.startswith(said) for line in lines) == 1, lines
    assert not any("\n" in line for line in lines)
    assert all(line.endswith(".") for line in lines)


def test_each_thing_is_said_alone():
    """What makes one line makes no second one."""
    several = {name: lines for name, (make, _) in SAID.items() if len(lines := make()) != 1}
    # a column that hardly changes is also on another scale, or is far from 1
    assert set(several) <= {"validation not scaled", "a column that float32 cannot tell apart"}, several


# --- what is not said ----------------------------------------------------------------------------------------------------

SCALING = {
    "Rescaling": [layers.Rescaling(1 / 255)],
    "Normalization": [layers.Reshape((8, 8, 1)), layers.Normalization(mean=127, variance=5000)],
    "BatchNormalization": [layers.BatchNormalization()],
    "BatchNormalization after the first weights": [
        layers.Reshape((64,)),
        layers.Dense(4, name="own"),
        layers.BatchNormalization(),
    ],
    "behind dropout and flips": [
        layers.Reshape((8, 8, 1)),
        layers.RandomFlip(),
        layers.Dropout(0.1),
        layers.Rescaling(1 / 255),
    ],
    "a function of the user's": [layers.Lambda(lambda x: x / 255)],
}


@pytest.mark.parametrize("name", SCALING)
def test_a_model_that_scales_its_input_is_left_in_peace(name):
    assert found(IMAGES, Y[:200], model=net((8, 8), first=SCALING[name])) == []


def test_numbers_of_words_are_no_measurements():
    tokens = RNG.integers(0, 5000, (300, 20))
    model = Sequential(
        [Input((20,)), layers.Embedding(5000, 4), layers.Flatten(), layers.Dense(2, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert found(tokens, Y[:300], (tokens[:100] // 100, Y[:100]), model) == []


def test_only_the_input_that_meets_weights_as_it_is_is_named():
    a, b = Input((3,), name="small"), Input((3,), name="large")
    model = Model([a, b], layers.Dense(1)(layers.concatenate([layers.Rescaling(0.001)(a), b])))
    model.compile("sgd", "mse")
    big = 1000 + RNG.normal(size=(50, 3)) * 300
    (line,) = module.preflight([big, big], [big[:, 0]], None, model)
    assert line.startswith("The numbers in input 'large' go up to")


def encoded():
    """Numbers beside columns of yes and no, a rare one among them."""
    return np.column_stack([X, np.eye(4)[RNG.choice(4, 400, p=[0.5, 0.3, 0.19, 0.01])]])


HEALTHY = {
    "mnist": lambda: (
        [a[:8000] / 255 for a in (datasets.mnist.load_data()[0][0],)] + [datasets.mnist.load_data()[0][1][:8000]]
    ),
    "digits": lambda: [sets.load_digits().data / 16, sets.load_digits().target],
    "digits, raw": lambda: [sets.load_digits().images, sets.load_digits().target],
    "iris, raw": lambda: [sets.load_iris().data, sets.load_iris().target],
    "wine": lambda: [StandardScaler().fit_transform(sets.load_wine().data), sets.load_wine().target],
    "breast cancer": lambda: [
        MinMaxScaler().fit_transform(sets.load_breast_cancer().data),
        sets.load_breast_cancer().target,
    ],
    "diabetes": lambda: [sets.load_diabetes().data, sets.load_diabetes().target],
    "moons": lambda: list(datasets.moons()),
    "xor": lambda: list(datasets.xor()),
    "spirals": lambda: list(datasets.spirals(arms=3)),
    "columns of yes and no": lambda: [encoded(), Y],
    "all of few values": lambda: [RNG.integers(0, 2, (600, 4)).astype(float), np.arange(600) % 2],
    "bases": lambda: [np.eye(4)[RNG.integers(0, 4, (300, 30))], np.arange(300) % 2],
    "noise in many channels": lambda: [RNG.normal(size=(1000, 64)), np.arange(1000) % 4],
    "a heavy tail": lambda: [RNG.standard_t(2, size=(2000, 6)), np.arange(2000) % 3],
    "few rows": lambda: [np.arange(24.0).reshape(12, 2), np.arange(12) % 2],
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("seed", [0, 1])
def test_healthy_data_pass_in_silence(name, seed):
    x, y = HEALTHY[name]()
    a, b, c, d = train_test_split(x, y, test_size=0.2, random_state=seed)
    model = net(x.shape[1:], 1, loss="mse") if y.dtype.kind == "f" else net(x.shape[1:], int(y.max()) + 1)
    assert found(a, c, (b, d), model) == []


def test_the_dragons_as_the_command_trains_them():
    from dragonet.runs import Recipe, architectures, problems

    problem = problems.load("dragons", 0)
    model = architectures.build(Recipe.of("dragons"), problem)
    assert found(problem.x_train, problem.y_train, (problem.x_test, problem.y_test), model) == []


def test_uneven_classes_that_are_weighted_are_known():
    y = (np.arange(400) % 5 == 0) * 1
    assert found(y=y, weighted=True) == []
    history = net().fit(X, y, class_weight={0: 1, 1: 4}, verbose=0)
    assert history.facts["noticed"] == []


# --- shared rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64"])
def test_shared_rows_are_counted_whatever_the_dtypes(dtype):
    x = RNG.integers(0, 200, (3000, 7, 5)).astype(dtype)
    theirs = np.concatenate([x[5:30], RNG.integers(0, 200, (475, 7, 5))])
    assert shared_rows([x], [theirs.astype("float32")]) == (25, 500)
    assert shared_rows([x, x[:, 0]], [theirs, theirs[:, 1]]) == (0, 500)  # alike in one input only


def test_a_row_of_many_equal_zeros_is_no_other_row():
    x = np.zeros((500, 300))
    x[np.arange(500), RNG.integers(0, 300, 500)] = RNG.normal(size=500)
    assert shared_rows([x[:300]], [x[300:]]) == (0, 200)
    assert shared_rows([x[:300]], [x[100:300]]) == (200, 200)


def test_of_many_wide_rows_some_are_looked_at():
    x = RNG.random((9000, 40, 40), np.float32)
    shared, looked_at = shared_rows([x], [x[::3]])
    assert looked_at == 2**19 // 1600 and shared == looked_at


# --- what it costs: bench/preflight.py says in milliseconds ---------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2000, 28, 28), (30_000, 3)], ids=["wide rows", "many rows"])
def test_it_looks_at_a_bounded_part_of_the_data(shape):
    look = Sample(RNG.random(shape, np.float32))
    assert len(look.s) <= 10_000 and look.s.size <= max(2**19, 100 * look.s.shape[1])


# --- where it is said ----------------------------------------------------------------------------------------------------

UNEVEN = (np.arange(400) % 5 == 0) * 1


def test_fit_says_it_before_the_first_epoch_and_keeps_it(capsys):
    history = net().fit(X, UNEVEN, epochs=2, verbose=2)
    first, second, *_ = capsys.readouterr().out.splitlines()
    (line,) = history.facts["noticed"]
    assert first == f"noticed: {line}" and line.startswith("The class 0 has 320 rows")
    assert second.startswith("Epoch 1/2")
    json.dumps(history.to_json()["facts"]["noticed"])


def test_verbose_0_shows_nothing_and_keeps_it(capsys):
    assert len(net().fit(X, UNEVEN, verbose=0).facts["noticed"]) == 1
    assert capsys.readouterr().out == ""


def test_the_argument_switches_it_off(capsys, monkeypatch):
    monkeypatch.setattr(module, "preflight", lambda *_, **__: pytest.fail("looked"))
    assert net().fit(X, UNEVEN, preflight=False).facts["noticed"] == []
    assert "noticed" not in capsys.readouterr().out


def test_batches_that_come_one_by_one_are_not_looked_at():
    assert net().fit(((X, UNEVEN) for _ in range(3)), verbose=0).facts["noticed"] == []


def test_what_is_warned_of_during_fit_is_kept_though_warnings_are_filtered_out():
    import warnings

    model = net()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["loss"])
    with warnings.catch_warnings(action="ignore"):
        noticed = model.fit(X, np.sort(Y), validation_split=0.25, epochs=2, verbose=0).facts["noticed"]
    assert noticed[0].startswith("The labels are sorted, and validation_split takes the last rows")
    assert noticed[1].startswith("metrics=['loss'] is not needed") and len(noticed) == len(set(noticed))


def test_what_is_warned_of_after_fit_is_not_kept_there():
    history = net().fit(X, Y, verbose=0)
    with pytest.warns(errors.DragonetWarning):
        errors.warn("later")
    assert history.facts["noticed"] == []


def test_a_loss_that_is_not_finite_is_kept_beside_what_was_seen_before():
    model = net((5,), 1, loss="mse")
    model.compile(dragonet.optimizers.SGD(1e9), "mse")
    with pytest.warns(errors.DragonetWarning, match="became NaN or infinite"):
        noticed = model.fit(X * 100, X[:, 0], epochs=20, verbose=0).facts["noticed"]
    assert noticed[0].startswith("The numbers in x go up to") and noticed[1].startswith("The loss became NaN")


def test_a_fleet_looks_once_and_all_members_know(capsys, monkeypatch):
    looked = []
    real = module.preflight
    monkeypatch.setattr(fit_model, "preflight", lambda *args, **how: looked.append(1) or real(*args, **how))
    history = Fleet(net(), 3).fit(X, UNEVEN, verbose=2)
    assert len(looked) == 1
    assert [len(member.facts["noticed"]) for member in history.members] == [1, 1, 1]
    assert capsys.readouterr().out.count("noticed: The class 0") == 1
    assert Fleet(net(), 2).fit(X, UNEVEN, verbose=0, preflight=False).members[1].facts["noticed"] == []


def test_it_changes_no_number():
    weights = []
    for how in (True, False):
        session.set_seed(3)
        model = net()
        model.fit(X, UNEVEN, epochs=2, verbose=0, preflight=how)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)


def test_words_are_named_as_they_were_given():
    words = np.where(UNEVEN, "dragon", "newt")
    (line,) = net().fit(X, words, verbose=0).facts["noticed"]
    assert line.startswith("The class 'newt' has 320 rows and 'dragon' 80")


def test_every_display_shows_it():
    class Terminal(io.StringIO):
        isatty = staticmethod(lambda: True)

    for file in (io.StringIO(), Terminal()):
        Progress("auto", file=file).notice(["a", "b"])
        assert file.getvalue() == "noticed: a\nnoticed: b\n"


def test_a_second_fit_on_the_same_data_says_it_no_more_and_other_data_are_looked_at(capsys):
    model = net()
    model.fit(X, UNEVEN, verbose=2)
    assert capsys.readouterr().out.startswith("noticed: ")
    again = model.fit(X, UNEVEN, verbose=2)
    assert "noticed" not in capsys.readouterr().out and len(again.facts["noticed"]) == 1
    model.fit(X, 1 - UNEVEN, verbose=2)
    assert capsys.readouterr().out.startswith("noticed: ")
