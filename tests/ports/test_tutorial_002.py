"""Tutorial 002 step by step: four networks for MNIST, from logistic regression to convolutions with augmented images."""

import numpy as np
import pytest
from helpers.substitutions import run

START = """
%tensorflow_version 1.x
from __future__ import division
from __future__ import print_function

import tensorflow as tf
import numpy as np
import matplotlib.pyplot as plt
from datetime import datetime
from tensorflow.keras import datasets
from tensorflow.keras.callbacks import TensorBoard

dataformat = "channels_last"
shape = [28, 28, 1]
(x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
x_train, y_train, x_test, y_test = x_train[:1000], y_train[:1000], x_test[:500], y_test[:500]
x_train = x_train / 255.0
x_test = x_test / 255.0

tf.reset_default_graph()
tf.keras.backend.clear_session()
"""

FIT = """
tensorboard = TensorBoard(log_dir=logdir, histogram_freq=1)
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
history = model.fit(x_train, y_train, epochs=2, validation_data=(x_test, y_test), callbacks=[tensorboard], verbose=0)
scores = model.evaluate(x_test, y_test, verbose=0)
"""

LOGISTIC = """
model = tf.keras.models.Sequential([
    tf.keras.layers.Flatten(input_shape=(28,28)),
    tf.keras.layers.Dense(10,activation=tf.nn.softmax)
])
"""

HIDDEN = """
model = tf.keras.models.Sequential([
    tf.keras.layers.Flatten(input_shape=(28,28)),
    tf.keras.layers.Dense(50,activation=tf.nn.relu),
    tf.keras.layers.Dense(10,activation=tf.nn.softmax)
])
"""

CNN = """
model = tf.keras.models.Sequential([
    tf.keras.layers.Reshape(target_shape=shape, input_shape=[28,28]),
    tf.keras.layers.Conv2D(16, 5, padding='same', data_format=dataformat, activation='linear'),
    tf.keras.layers.Activation('relu'),
    tf.keras.layers.MaxPooling2D((2,2),(2,2), padding='same', data_format=dataformat),
    tf.keras.layers.Dropout(0.1),
    tf.keras.layers.Conv2D(16, 5, padding='same', data_format=dataformat, activation='relu'),
    tf.keras.layers.MaxPooling2D((2,2),(2,2), padding='same', data_format=dataformat),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(50,activation=tf.nn.relu),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(10,activation=tf.nn.softmax)
])
"""

AUGMENT = """
image = tf.contrib.keras.preprocessing.image
augmented, labels = [], []
for digit, label in zip(x_train[:20], y_train[:20]):
    one = digit.reshape(28, 28, 1)
    shifted = image.random_shift(one, 0.05, 0.05, row_axis=0, col_axis=1, channel_axis=2)
    turned = image.random_rotation(one, 20, row_axis=0, col_axis=1, channel_axis=2)
    augmented += [digit, shifted[:, :, 0], turned[:, :, 0]]
    labels += 3 * [label]
augmented, labels = np.array(augmented), np.array(labels)
"""


@pytest.mark.parametrize(
    ("network", "parameters"), [(LOGISTIC, 7_850), (HIDDEN, 39_760), (CNN, 46_592)], ids=["logistic", "hidden", "cnn"]
)
def test_each_network_trains_watched_by_tensorboard(network, parameters, tmp_path, monkeypatch):
    pytest.importorskip("tensorboardX", reason="the callback's extra, dragonet[tensorboard], is not installed")
    monkeypatch.chdir(tmp_path)
    seen = run(START + network + 'logdir = "logs/{}".format(datetime.now().strftime("%Y%m%d-%H%M%S"))' + FIT)
    assert seen["model"].count_params() == parameters
    assert seen["history"].history["loss"][1] < seen["history"].history["loss"][0]
    assert len(seen["history"].history["val_accuracy"]) == 2 and len(seen["scores"]) == 2
    assert {path.name for path in next((tmp_path / "logs").iterdir()).iterdir()} >= {"train", "validation"}


def test_images_are_shifted_and_turned_as_002_does_it():
    seen = run(START + AUGMENT)
    assert seen["augmented"].shape == (60, 28, 28) and seen["labels"].shape == (60,)
    first, shifted, turned = seen["augmented"][:3]
    assert 0 < np.abs(shifted - first).max() <= 1 and 0 < np.abs(turned - first).max() <= 1
