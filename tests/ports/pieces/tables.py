"""Networks for tables and words, as books and blogs write them."""

# %% the diabetes table of the first Keras tutorial
import numpy as np
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

table = np.random.default_rng(0).random((40, 9))
X, y = table[:, 0:8], (table[:, 8] > 0.5).astype(int)
model = Sequential()
model.add(Dense(12, input_shape=(8,), activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, y, epochs=2, batch_size=10, verbose=0)
_, accuracy = model.evaluate(X, y)
predictions = (model.predict(X) > 0.5).astype(int)

# %% an older notebook: input_dim, kernel_initializer, k-fold
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from sklearn.model_selection import KFold

X = np.random.default_rng(0).random((30, 13))
Y = X.sum(axis=1)
scores = []
for train, test in KFold(n_splits=2).split(X):
    model = Sequential()
    model.add(Dense(13, input_dim=13, kernel_initializer="normal", activation="relu"))
    model.add(Dense(1, kernel_initializer="normal"))
    model.compile(loss="mean_squared_error", optimizer="adam", metrics=["mae"])
    model.fit(X[train], Y[train], epochs=1, batch_size=5, verbose=0)
    scores.append(model.evaluate(X[test], Y[test], verbose=0)[1])
assert np.isfinite(np.mean(scores))

# %% reviews as multi-hot rows
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

sequences = [np.random.default_rng(i).integers(1, 200, 20) for i in range(32)]


def vectorize_sequences(sequences, dimension=200):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        for j in sequence:
            results[i, j] = 1.0
    return results


x_train = vectorize_sequences(sequences)
y_train = np.asarray([0, 1] * 16).astype("float32")
model = keras.Sequential(
    [layers.Dense(16, activation="relu"), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train[8:], y_train[8:], epochs=2, batch_size=8, validation_data=(x_train[:8], y_train[:8]))
assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]

# %% weights against imbalance, metrics of each kind
import numpy as np
from tensorflow import keras

X = np.random.default_rng(0).normal(size=(64, 6))
Y = (X[:, 0] > 1).astype(int)
METRICS = [
    keras.metrics.MeanSquaredError(name="Brier score"),
    keras.metrics.TruePositives(name="tp"),
    keras.metrics.FalseNegatives(name="fn"),
    keras.metrics.BinaryAccuracy(name="accuracy"),
    keras.metrics.Precision(name="precision"),
    keras.metrics.Recall(name="recall"),
    keras.metrics.AUC(name="prc", curve="PR"),
]


def make_model(metrics=METRICS, output_bias=None):
    if output_bias is not None:
        output_bias = keras.initializers.Constant(output_bias)
    model = keras.Sequential(
        [
            keras.layers.Dense(16, activation="relu", input_shape=(X.shape[-1],)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, activation="sigmoid", bias_initializer=output_bias or "zeros"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-3), loss=keras.losses.BinaryCrossentropy(), metrics=metrics
    )
    return model


model = make_model(output_bias=np.log([Y.sum() / (len(Y) - Y.sum())]))
initial = "initial_weights.weights.h5"
model.save_weights(initial)
model = make_model()
model.load_weights(initial)
weight = {0: 1.0, 1: len(Y) / Y.sum() / 2}
model.fit(X, Y, batch_size=32, epochs=1, class_weight=weight, validation_data=(X, Y))
results = dict(zip(model.metrics_names, model.evaluate(X, Y, verbose=0)))

# %% factors of users and films by embeddings and a dot product
import numpy as np
import keras
from keras import layers

user, film = keras.Input((1,), name="user"), keras.Input((1,), name="film")
u = layers.Flatten()(layers.Embedding(10, 4, embeddings_initializer="he_normal", embeddings_regularizer="l2")(user))
f = layers.Flatten()(layers.Embedding(12, 4)(film))
x = layers.Dot(axes=1)([u, f])
model = keras.Model([user, film], layers.Dense(1, activation="sigmoid")(x))
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(learning_rate=0.001))
r = np.random.default_rng(0)
data = {"user": r.integers(0, 10, (32, 1)), "film": r.integers(0, 12, (32, 1))}
model.fit(data, r.random(32), batch_size=16, epochs=1, validation_split=0.1)

# %% several inputs and outputs, losses by name
import numpy as np
import keras
from keras import layers

title = keras.Input(shape=(None,), name="title")
tags = keras.Input(shape=(5,), name="tags")
x = layers.GlobalAveragePooling1D()(layers.Embedding(50, 8)(title))
x = layers.concatenate([x, tags])
priority = layers.Dense(1, name="priority")(x)
department = layers.Dense(3, name="department")(x)
model = keras.Model(inputs=[title, tags], outputs={"priority": priority, "department": department})
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
)
r = np.random.default_rng(0)
model.fit(
    {"title": r.integers(0, 50, (16, 7)), "tags": r.integers(0, 2, (16, 5)).astype("float32")},
    {"priority": r.random((16, 1)), "department": np.eye(3)[r.integers(0, 3, 16)]},
    epochs=2,
    batch_size=8,
)

# %% normalisation that adapts, regression
import numpy as np
import keras
from keras import layers

X = np.random.default_rng(0).normal(5, 3, (64, 9)).astype("float32")
normalizer = layers.Normalization(axis=-1)
normalizer.adapt(np.array(X))
model = keras.Sequential([normalizer, layers.Dense(16, activation="relu"), layers.Dense(1)])
model.compile(loss="mean_absolute_error", optimizer=keras.optimizers.Adam(0.001))
history = model.fit(X, X.mean(axis=1), validation_split=0.2, verbose=0, epochs=2)
model.save("dnn_model.keras")
reloaded = keras.models.load_model("dnn_model.keras")
np.testing.assert_allclose(model.predict(X), reloaded.predict(X), rtol=1e-5)

# %% learning-rate schedules and callbacks
import math

import numpy as np
import keras

model = keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, decay_steps=100, decay_rate=0.96, staircase=True)
model.compile(keras.optimizers.SGD(learning_rate=schedule, momentum=0.9, nesterov=True), "mse")
x = np.random.default_rng(0).random((32, 3))
model.fit(x, x.sum(1), epochs=1, verbose=0)
model.compile(keras.optimizers.SGD(0.1, clipnorm=1.0), "mse")


def step_decay(epoch, lr):
    return 0.1 * math.pow(0.5, math.floor((1 + epoch) / 2))


class LossHistory(keras.callbacks.Callback):
    def on_train_begin(self, logs={}):
        self.losses = []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get("loss"))

    def on_epoch_end(self, epoch, logs=None):
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self.model.optimizer.learning_rate.assign(rate * 0.9)


history = LossHistory()
model.fit(
    x,
    x.sum(1),
    epochs=2,
    batch_size=8,
    verbose=0,
    callbacks=[history, keras.callbacks.LearningRateScheduler(step_decay)],
)
assert len(history.losses) == 8

# %% a generator and a Sequence
import numpy as np
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.utils import Sequence


class Data(Sequence):
    def __init__(self, n, batch_size=8, **kwargs):
        super().__init__(**kwargs)
        self.n, self.batch_size = n, batch_size
        self.on_epoch_end()

    def __len__(self):
        return int(np.ceil(self.n / self.batch_size))

    def __getitem__(self, index):
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return np.stack([np.full(4, i) for i in chosen]), np.asarray(chosen) % 2

    def on_epoch_end(self):
        self.order = np.random.permutation(self.n)


def batches():
    while True:
        yield np.random.random((8, 4)), np.random.randint(0, 2, 8)


model = Sequential([Input((4,)), Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(Data(20, workers=1), epochs=2, verbose=0)
model.fit(batches(), steps_per_epoch=3, epochs=2, validation_data=batches(), validation_steps=2, verbose=0)
assert model.predict(Data(20), verbose=0).shape == (20, 1)
