"""Tutorial 004 step by step: Sequential().add, its slips answered, the set of noise that it makes up."""

import numpy as np
import pytest
from helpers.substitutions import run

from dragonet.core.errors import DragonetWarning

MODEL = """
import tensorflow as tf
import numpy as np
import keras as K
from keras.models import Sequential
from keras.layers import Dense

model = Sequential()
model.add(Dense(units=32, activation='relu', input_shape=(32,)))
model.add(Dense(units=64, activation='relu'))
model.add(Dense(units=64, activation='relu'))
model.add(Dense(units=4, activation='softmax'))
"""

TRAIN = """
rng = np.random.RandomState(0)
labels = rng.randint(0, 4, 400)
train_data = rng.randn(400, 32) + np.eye(32)[:4][labels] * 4
train_labels = K.utils.to_categorical(labels, 4)
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['loss', 'accuracy'])
model.fit(train_data, train_labels, epochs=5, batchsize=32, verbose=0)
loss_and_metrics = model.evaluate(train_data, train_labels, batch_size=128, verbose=0)
"""


def test_the_model_is_the_one_that_004_builds():
    assert run(MODEL)["model"].count_params() == 7_588


def test_it_trains_with_a_note_on_what_is_not_needed():
    with pytest.warns(DragonetWarning, match=r"metrics=\['loss'\] is not needed"):
        seen = run(MODEL + TRAIN)
    assert len(seen["loss_and_metrics"]) == 2 and seen["loss_and_metrics"][1] > 0.6


def test_the_slip_in_an_argument_is_answered_with_the_right_one():
    model = run(MODEL)["model"]
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"fit has no argument 'batchsize'\. Did you mean 'batch_size'\?"):
        model.fit(np.zeros((4, 32)), np.zeros((4, 4)), batchsize=32)
