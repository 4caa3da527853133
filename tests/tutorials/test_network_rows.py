"""The tutorials' small networks: odd and even digits, the colours of dragons from one row at a time; means over seeds."""

import numpy as np

import dragonet as keras
from dragonet import datasets, layers, optimizers


def test_a11_odd_and_even_digits():
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    x, x_test, odd, odd_test = x / 16, x_test / 16, y % 2, y_test % 2
    found = {}
    for name, hidden in {"logistic": [], "network": [layers.Dense(100, activation="relu")]}.items():
        out = layers.Dense(1, activation="sigmoid")
        model = keras.Sequential([layers.Flatten(input_shape=(8, 8)), *hidden, out])
        model.compile(optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
        model.fit(x, odd, epochs=60 if hidden else 100, verbose=0)
        found[name] = model.evaluate(x_test, odd_test, verbose=0)[1]
    assert found["logistic"] >= 0.92 and found["network"] >= 0.985, found


def test_b12_the_network_of_001_tells_colors_and_standardised_columns_tell_more():
    found = {"raw": [], "standardised": []}
    for seed in range(10):
        (x, y), (x_test, y_test) = datasets.dragons.load_data("color", seed=seed)
        mean, sd = x.mean(0), x.std(0)
        for name, (shift, scale) in {"raw": (0, 1), "standardised": (mean, sd)}.items():
            keras.utils.set_random_seed(seed)
            hidden = [layers.Dense(units, activation="relu") for units in (10, 20, 1000)]
            model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(3, activation="softmax")])
            assert model.count_params() == 24_253
            model.compile(optimizers.Adam(2e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit((x - shift) / scale, y, batch_size=1, epochs=25, verbose=0)
            found[name].append(model.evaluate((x_test - shift) / scale, y_test, verbose=0)[1])
    means = {name: np.mean(scores) for name, scores in found.items()}
    assert 0.76 <= means["raw"] <= 0.94 and means["standardised"] >= 0.94, means
