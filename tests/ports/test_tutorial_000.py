"""Tutorial 000 step by step: the set-up, MNIST with 784-512-10 and dropout, the most confusing digits, the same every time."""

import numpy as np
from helpers.substitutions import run

from dragonet import inspect, plots

MODEL = """
import tensorflow as tf
from numpy.random import seed
seed(0)
from tensorflow import set_random_seed
set_random_seed(0)

mnist = tf.keras.datasets.mnist
(x_train, y_train), (x_test, y_test) = mnist.load_data()
shapes = x_train.shape, x_test.shape, x_train.dtype
x_train, y_train, x_test, y_test = x_train[:6000], y_train[:6000], x_test[:1000], y_test[:1000]
x_train, x_test = x_train / 255.0, x_test / 255.0

model = tf.keras.models.Sequential([
    tf.keras.layers.Flatten(input_shape=(28, 28)),
    tf.keras.layers.Dense(512, activation=tf.nn.relu),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(10, activation=tf.nn.softmax),
])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=1, verbose=0)
scores = model.evaluate(x_test, y_test, verbose=0)
yhat = model.predict(x_test)
"""


def test_it_learns_and_its_confusing_digits_are_those_that_000_looks_for():
    seen = run(MODEL)
    assert seen["shapes"] == ((60000, 28, 28), (10000, 28, 28), np.uint8)
    assert seen["model"].count_params() == 407_050
    assert seen["scores"][1] > 0.85
    second = np.sort(seen["yhat"], axis=1)[:, -2]  # 000's own measure, written out
    found = inspect.most_confusing(seen["model"], seen["x_test"], seen["y_test"], k=5)
    np.testing.assert_array_equal(found.measure, np.sort(second)[::-1][:5])
    assert len(plots.most_confusing(found, seen["x_test"]).axes[0].images) == 5
    every = inspect.most_confusing(seen["model"], seen["x_test"], seen["y_test"], k=None)
    assert plots.confusion_by_index(every).axes[0].get_xlabel() == "index"


def test_again_it_gives_the_same_bits():
    weights = [run(MODEL)["model"].get_weights() for _ in range(2)]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
