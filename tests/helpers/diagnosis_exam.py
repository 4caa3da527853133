"""The exam of `history.diagnose()`: 42 small trainings whose fault is known and 16 that have none, each for any seed.

Written before the rules were. The thresholds were set on the cases marked `practice`; those marked `sealed` were not looked at.
Cases marked `targets` (12 with a fault, 6 without) came later, and before the rules that look at y.
A training is diagnosed right where the cause is among the findings and every other finding is one of `also`, which lists what
follows from the cause; a healthy one where there is no finding. A case counts where it is right with each of its seeds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import dragonet as keras
from dragonet import callbacks, datasets, layers, optimizers

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Case:
    """A training by name: its cause (None: healthy), what may be found beside it, and whether thresholds were set on it."""

    name: str
    cause: str | None
    also: frozenset
    part: str
    train: Callable

    def history(self, seed):
        keras.utils.set_random_seed(seed)
        return self.train(seed)

    def right(self, kinds):
        if self.cause is None:
            return not kinds
        return self.cause in kinds and set(kinds) <= {self.cause} | self.also


CASES: list[Case] = []


def case(part, cause, *also):
    def add(train):
        CASES.append(Case(train.__name__, cause, frozenset(also), part, train))
        return train

    return add


# --- data: x, y, x_val, y_val -----------------------------------------------------------------------------------------


def parts(x, y, n, n_val, seed):
    rows = np.random.default_rng(seed).permutation(len(x))[: n + n_val]
    return x[rows[:n]], y[rows[:n]], x[rows[n:]], y[rows[n:]]


def digits(n, n_val, seed):
    x, y = datasets.digits.load()
    return parts((x.reshape(-1, 64) / 16).astype("float32"), y, n, n_val, seed)


def mnist(n, n_val, seed):
    (x, y), _ = datasets.mnist.load_data()
    x, y, x_val, y_val = parts(x.reshape(-1, 784), y, n, n_val, seed)
    return (x / 255).astype("float32"), y, (x_val / 255).astype("float32"), y_val


def dragons(seed):
    (x, y), (x_val, y_val) = datasets.dragons.load_data("breathesFire", seed=seed)
    mean, sd = x.mean(0), x.std(0)
    return ((x - mean) / sd).astype("float32"), y, ((x_val - mean) / sd).astype("float32"), y_val


def moons(n, n_val, seed, noise=0.1):
    return parts(*datasets.moons(n + n_val, noise, seed), n, n_val, seed)


def sine(n, n_val, seed, noise):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, (n + n_val, 1)).astype("float32")
    y = (np.sin(2 * x[:, 0]) + noise * rng.standard_normal(n + n_val)).astype("float32")
    return parts(x, y, n, n_val, seed)


def clouds(counts, apart, seed, columns=2):
    """Two Gaussian clouds, so many rows each, whose middles are `apart` standard deviations apart."""
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], counts)
    x = rng.standard_normal((len(y), columns)).astype("float32")
    x[:, 0] += apart * y
    return x, y


def flipped(y, share, classes, rng):
    """That share of the labels turned into another class."""
    wrong = rng.random(len(y)) < share
    return np.where(wrong, (y + rng.integers(1, classes, len(y))) % classes, y)


# --- models -----------------------------------------------------------------------------------------------------------


def fit(data, hidden, optimizer="adam", classes=None, **how):
    """Train hidden layers (widths, or layers) and a softmax over `classes`, or a single number where there are none."""
    x, y, *held_out = data
    stack = [layers.Dense(one, activation="relu") if isinstance(one, int) else one for one in hidden]
    last = layers.Dense(classes, activation="softmax") if classes else layers.Dense(1)
    model = keras.Sequential([layers.Input(x.shape[1:]), *stack, last])
    loss, metrics = ("sparse_categorical_crossentropy", ["accuracy"]) if classes else ("mse", ["mae"])
    model.compile(optimizer, loss, metrics=metrics)
    return model.fit(x, y, validation_data=tuple(held_out) or None, verbose=0, **how)


def stopping(patience):
    return callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)


# --- overfitting -----------------------------------------------------------------------------------------------------


@case("practice", "overfitting", "label noise")  # the moons run into each other: some labels are as good as wrong
def wide_network_on_sixty_blurred_moons(seed):
    return fit(moons(60, 200, seed, 0.35), [200, 200], optimizers.Adam(0.01), 2, epochs=150)


@case("practice", "overfitting")
def regression_on_thirty_rows_of_twenty_columns(seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((230, 20)).astype("float32")
    y = (x[:, 0] + 0.5 * rng.standard_normal(230)).astype("float32")
    return fit(parts(x, y, 30, 200, seed), [100], optimizers.Adam(0.003), epochs=300)


@case("sealed", "overfitting")
def logistic_regression_on_three_hundred_digits_of_mnist(seed):
    return fit(mnist(300, 1000, seed), [], optimizers.Adam(0.01), 10, epochs=150)


@case("sealed", "overfitting")
def wide_network_on_three_hundred_digits_of_mnist(seed):
    return fit(mnist(300, 1000, seed), [256], optimizers.Adam(0.003), 10, epochs=80)


@case("sealed", "overfitting")
def fifty_columns_of_noise_beside_toes_and_length(seed):
    x, y, x_val, y_val = dragons(seed)
    rng = np.random.default_rng(seed)
    x, x_val = (np.hstack([part, rng.standard_normal((len(part), 50)).astype("float32")]) for part in (x, x_val))
    return fit((x[:40], y[:40], x_val, y_val), [64], optimizers.Adam(0.01), 2, epochs=150)


# --- too few epochs, rates --------------------------------------------------------------------------------------------


@case("practice", "too few epochs")
def two_epochs_of_mnist(seed):
    return fit(mnist(2000, 500, seed), [50], classes=10, batch_size=64, epochs=2)


@case("practice", "too few epochs")
def five_slow_epochs_of_logistic_regression(seed):
    return fit(digits(1000, 400, seed), [], optimizers.SGD(0.02), 10, epochs=5)


@case("sealed", "too few epochs")
def a_wave_barely_begun(seed):
    return fit(sine(400, 200, seed, 0.1), [50, 50], epochs=4)


@case("practice", "learning rate too low")
def sgd_at_a_hundred_thousandth(seed):
    return fit(digits(1000, 400, seed), [64], optimizers.SGD(1e-5), 10, epochs=20)


@case("sealed", "learning rate too low")
def adam_at_a_millionth(seed):
    return fit(moons(400, 200, seed), [32], optimizers.Adam(1e-6), 2, epochs=40)


@case("sealed", "learning rate too low")
def regression_at_a_millionth(seed):
    return fit(sine(400, 200, seed, 0.1), [50], optimizers.SGD(1e-6), epochs=30)


@case("practice", "learning rate too high", "one class predicted", "plateau")
def adam_at_one(seed):
    return fit(digits(1000, 400, seed), [64, 64], optimizers.Adam(1.0), 10, epochs=20)


@case("practice", "learning rate too high", "not finite")
def regression_that_explodes(seed):
    return fit(sine(200, 100, seed, 0.1), [50, 50], optimizers.SGD(10.0), epochs=20)


@case("sealed", "learning rate too high", "one class predicted", "plateau", "not finite")
def sgd_at_five_on_mnist(seed):
    return fit(mnist(1000, 500, seed), [100], optimizers.SGD(5.0), 10, epochs=15)


# --- plateaus ---------------------------------------------------------------------------------------------------------


@case("practice", "plateau", "one class predicted")
def ten_sigmoid_layers(seed):
    hidden = [layers.Dense(16, activation="sigmoid") for _ in range(10)]
    return fit(digits(1000, 400, seed), hidden, optimizers.SGD(0.1), 10, epochs=20)


@case("sealed", "plateau", "one class predicted")
def every_hidden_unit_dead(seed):
    dead = layers.Dense(64, activation="relu", bias_initializer=keras.initializers.Constant(-50.0))
    return fit(digits(1000, 400, seed), [dead], classes=10, epochs=20)


@case("sealed", "plateau", "one class predicted")
def weights_that_start_at_zero(seed):
    zeros = [layers.Dense(32, activation="relu", kernel_initializer="zeros") for _ in range(2)]
    return fit(moons(400, 200, seed), zeros, classes=2, epochs=30)


# --- labels -----------------------------------------------------------------------------------------------------------


@case("practice", "label noise", "overfitting")
def a_third_of_the_digits_labels_flipped(seed):
    x, y, x_val, y_val = digits(1200, 500, seed)
    rng = np.random.default_rng(seed)
    return fit((x, flipped(y, 0.3, 10, rng), x_val, flipped(y_val, 0.3, 10, rng)), [256], classes=10, epochs=80)


@case("sealed", "label noise", "overfitting")
def a_third_of_mnists_labels_flipped(seed):
    x, y, x_val, y_val = mnist(1500, 1000, seed)
    rng = np.random.default_rng(seed)
    return fit((x, flipped(y, 0.3, 10, rng), x_val, flipped(y_val, 0.3, 10, rng)), [128], classes=10, epochs=60)


@case("practice", "noise only", "overfitting")
def four_conditions_of_pure_noise(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((1000, 64)).astype("float32"), rng.integers(0, 4, 1000)
    return fit(parts(x, y, 700, 300, seed), [32], classes=4, epochs=40)


@case("sealed", "noise only", "overfitting")
def regression_on_shuffled_numbers(seed):
    x, y, x_val, y_val = sine(400, 200, seed, 0.1)
    rng = np.random.default_rng(seed)
    return fit((x, rng.permutation(y), x_val, rng.permutation(y_val)), [64, 64], epochs=60)


# --- validation above training, and used up ---------------------------------------------------------------------------


@case("practice", "validation above training")
def most_units_dropped(seed):
    return fit(digits(1200, 500, seed), [128, layers.Dropout(0.8)], classes=10, epochs=40)


@case("practice", "validation above training")
def noise_added_while_training(seed):
    noise = layers.GaussianNoise(0.5)
    return fit(digits(1200, 500, seed), [noise, 64], classes=10, epochs=40)


@case("sealed", "validation above training")
def dropout_twice_on_mnist(seed):
    hidden = [128, layers.Dropout(0.5), 64, layers.Dropout(0.5)]
    return fit(mnist(6000, 1000, seed), hidden, classes=10, epochs=8)


@case("practice", "test set used for selection")
def the_same_digits_watched_and_reported(seed):
    x, y, x_val, y_val = digits(1200, 500, seed)
    history = fit((x, y, x_val, y_val), [32], classes=10, epochs=100, callbacks=stopping(3))
    history.model.evaluate(x_val, y_val, verbose=0)
    return history


@case("sealed", "test set used for selection")
def the_test_set_stops_the_training(seed):
    x, y, x_val, y_val = mnist(3000, 1000, seed)
    history = fit((x, y, x_val, y_val), [50], classes=10, epochs=60, callbacks=stopping(3))
    history.model.evaluate(x_val, y_val, verbose=0)
    return history


# --- classes ----------------------------------------------------------------------------------------------------------


@case("practice", "one class predicted", "imbalance")
def the_rare_class_is_never_said(seed):
    x, y = clouds((970, 30), 0.8, seed)
    return fit(parts(x, y, 700, 300, seed), [16], classes=2, epochs=40)


@case("sealed", "one class predicted")
def a_class_weight_of_a_hundred(seed):
    x, y = clouds((500, 500), 1.0, seed)
    return fit(parts(x, y, 700, 300, seed), [16], classes=2, epochs=40, class_weight={0: 1.0, 1: 100.0})


@case("practice", "imbalance")
def five_in_a_hundred(seed):
    x, y = clouds((1900, 100), 2.0, seed)
    return fit(parts(x, y, 1400, 600, seed), [16], classes=2, epochs=60)


@case("sealed", "imbalance", "one class predicted")
def one_rare_digit(seed):
    x, y, x_val, y_val = digits(1200, 590, seed)
    y, y_val = (np.where(part == 8, 1, 0) for part in (y, y_val))
    keep, keep_val = ((part == 0) | (np.cumsum(part) <= n) for part, n in ((y, 40), (y_val, 20)))
    blurred, blurred_val = (
        part + np.random.default_rng(seed).normal(0, 0.6, part.shape).astype("float32") for part in (x, x_val)
    )
    return fit((blurred[keep], y[keep], blurred_val[keep_val], y_val[keep_val]), [], classes=2, epochs=40)


# --- healthy ----------------------------------------------------------------------------------------------------------


@case("practice", None)
def digits_stopped_early(seed):
    return fit(digits(1200, 500, seed), [64], classes=10, epochs=100, callbacks=stopping(3))


@case("practice", None)
def clouds_far_apart(seed):
    x, y = clouds((300, 300), 5.0, seed)
    return fit(parts(x, y, 400, 200, seed), [16], optimizers.Adam(0.01), 2, epochs=40)


@case("practice", None)
def a_wave_learned(seed):
    return fit(sine(500, 300, seed, 0.2), [32, 32], optimizers.Adam(0.005), epochs=100, callbacks=stopping(10))


@case("practice", None)
def imbalance_that_does_no_harm(seed):
    x, y = clouds((900, 100), 6.0, seed)
    return fit(parts(x, y, 700, 300, seed), [16], optimizers.Adam(0.01), 2, epochs=40)


@case("practice", None)
def logistic_regression_on_mnist(seed):
    return fit(mnist(4000, 1000, seed), [], classes=10, epochs=20)


@case("sealed", None)
def a_network_on_mnist_stopped_early(seed):
    return fit(mnist(4000, 1000, seed), [50], classes=10, epochs=60, callbacks=stopping(2))


@case("sealed", None)
def dragons_that_breathe_fire(seed):
    return fit(dragons(seed), [], optimizers.Adam(0.05), 2, epochs=40)


@case("sealed", None)
def clear_moons(seed):
    return fit(moons(500, 300, seed), [32, 32], optimizers.Adam(0.01), 2, epochs=60, callbacks=stopping(10))


@case("sealed", None)
def a_straight_line(seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((600, 5)).astype("float32")
    y = (x @ np.array([1, -2, 0.5, 0, 3]) + 0.3 * rng.standard_normal(600)).astype("float32")
    return fit(parts(x, y, 400, 200, seed), [], optimizers.Adam(0.02), epochs=60)


@case("sealed", None)
def digits_without_validation_data(seed):
    x, y, x_test, y_test = digits(1200, 500, seed)
    history = fit((x, y), [64], classes=10, epochs=60)
    history.model.evaluate(x_test, y_test, verbose=0)
    return history


# --- targets ----------------------------------------------------------------------------------------------------------


def line(n, n_val, seed, middle=0.0, spread=1.0, columns=5):
    """Numbers that depend on all columns and a little noise, with this mean and standard deviation."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n + n_val, columns)).astype("float32")
    y = x @ np.linspace(-1, 2, columns) + 0.2 * rng.standard_normal(n + n_val)
    y = (middle + spread * (y - y.mean()) / y.std()).astype("float32")
    return parts(x, y, n, n_val, seed)


def fit_last(data, last, loss, optimizer="adam", hidden=(32,), metrics=("mae",), **how):
    """Train hidden layers of ReLU and a last layer of this kind by this loss."""
    x, y, x_val, y_val = data
    stack = [layers.Dense(units, activation="relu") for units in hidden]
    model = keras.Sequential([layers.Input(x.shape[1:]), *stack, last])
    model.compile(optimizer, loss, metrics=list(metrics))
    return model.fit(x, y, validation_data=(x_val, y_val), verbose=0, **how)


@case("targets", "target scale")
def prices_around_two_hundred_thousand(seed):
    return fit_last(line(400, 200, seed, 200_000, 60_000), layers.Dense(1), "mse", epochs=30)


@case("targets", "target scale", "not finite")
def prices_by_gradient_descent(seed):
    return fit_last(line(400, 200, seed, 200_000, 60_000), layers.Dense(1), "mse", optimizers.SGD(0.01), epochs=10)


@case("targets", "target scale")
def prices_by_absolute_error(seed):
    return fit_last(line(400, 200, seed, 200_000, 60_000), layers.Dense(1), "mae", optimizers.Adam(0.01), epochs=30)


@case("targets", "target scale")
def years_that_lie_far_from_zero(seed):
    return fit_last(line(400, 200, seed, 1990, 5), layers.Dense(1), "mse", epochs=30)


@case("targets", "target scale")
def concentrations_in_mol_per_litre(seed):
    return fit_last(line(400, 200, seed, 3e-6, 1e-6), layers.Dense(1), "mse", epochs=30)


@case("targets", "unreachable targets")
def negative_numbers_behind_relu(seed):
    return fit_last(line(400, 200, seed, -1, 1), layers.Dense(1, activation="relu"), "mse", epochs=40)


@case("targets", "unreachable targets")
def numbers_up_to_ten_behind_sigmoid(seed):
    return fit_last(line(400, 200, seed, 5, 2), layers.Dense(1, activation="sigmoid"), "mse", epochs=40)


@case("targets", "unreachable targets")
def numbers_of_both_signs_behind_tanh(seed):
    return fit_last(line(400, 200, seed, 0, 3), layers.Dense(1, activation="tanh"), "mse", epochs=40)


@case("targets", "unreachable targets")
def three_numbers_behind_a_softmax(seed):
    x, y, x_val, y_val = line(400, 200, seed)
    y, y_val = (np.stack([2 + part, 3 - part, part * part], 1) for part in (y, y_val))
    return fit_last((x, y, x_val, y_val), layers.Dense(3, activation="softmax"), "mse", epochs=40)


@case("targets", "outputs are not probabilities")
def two_classes_without_a_sigmoid(seed):
    x, y = clouds((300, 300), 3.0, seed)
    data = parts(x, y, 400, 200, seed)
    return fit_last(data, layers.Dense(1), "binary_crossentropy", metrics=["accuracy"], epochs=20)


@case("targets", "outputs are not probabilities")
def ten_digits_without_a_softmax(seed):
    data = digits(1200, 500, seed)
    return fit_last(data, layers.Dense(10), "sparse_categorical_crossentropy", metrics=["accuracy"], epochs=20)


@case("targets", "accuracy of numbers")
def the_accuracy_of_a_regression(seed):
    return fit_last(
        line(400, 200, seed), layers.Dense(1), "mse", optimizers.Adam(0.01), metrics=["accuracy"], epochs=40
    )


@case("targets", None)
def miles_per_gallon_as_they_are(seed):
    return fit_last(line(400, 200, seed, 23, 8), layers.Dense(1), "mse", optimizers.Adam(0.01), (32, 32), epochs=100)


@case("targets", None)
def shares_behind_sigmoid(seed):
    x, y, x_val, y_val = line(400, 200, seed)
    y, y_val = (1 / (1 + np.exp(-part)) for part in (y, y_val))
    last = layers.Dense(1, activation="sigmoid")
    return fit_last((x, y, x_val, y_val), last, "mse", optimizers.Adam(0.01), epochs=60)


@case("targets", None)
def counts_behind_softplus(seed):
    x, y, x_val, y_val = line(400, 200, seed, 1.0, 0.5)
    y, y_val = (np.round(np.exp(part)) for part in (y, y_val))
    last = layers.Dense(1, activation="softplus")
    return fit_last((x, y, x_val, y_val), last, "mse", optimizers.Adam(0.01), epochs=60)


@case("targets", None)
def two_classes_by_their_logits(seed):
    x, y = clouds((300, 300), 4.0, seed)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    metrics = [keras.metrics.BinaryAccuracy(threshold=0.0)]
    data = parts(x, y, 400, 200, seed)
    return fit_last(data, layers.Dense(1), loss, optimizers.Adam(0.01), metrics=metrics, epochs=30)


@case("targets", None)
def two_classes_as_minus_one_and_one(seed):
    x, y = clouds((300, 300), 4.0, seed)
    x, y, x_val, y_val = parts(x, y, 400, 200, seed)
    last = layers.Dense(1, activation="tanh")
    data = x, 2 * y - 1, x_val, 2 * y_val - 1
    return fit_last(data, last, "hinge", optimizers.Adam(0.01), metrics=(), epochs=40, callbacks=stopping(5))


@case("targets", None)
def a_few_outliers_among_the_targets(seed):
    x, y, x_val, y_val = line(400, 200, seed)
    data = x, np.where(np.arange(400) < 4, 30, y), x_val, y_val
    loss, rate = keras.losses.Huber(), optimizers.Adam(0.01)
    return fit_last(data, layers.Dense(1), loss, rate, epochs=100, callbacks=stopping(5))
