"""Classes of one's own, as Keras's guides write them."""

# %% layers with build and call
import numpy as np
import keras
from keras import ops


class Linear(keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


class MLPBlock(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.linear_1 = Linear(8)
        self.linear_2 = Linear(1)

    def call(self, inputs):
        return self.linear_2(ops.relu(self.linear_1(inputs)))


mlp = MLPBlock()
y = mlp(np.ones((3, 6)))
assert len(mlp.weights) == len(mlp.trainable_weights) == 4
model = keras.Sequential([keras.Input((6,)), MLPBlock()])
model.compile("adam", "mse")
model.fit(np.ones((8, 6)), np.zeros(8), verbose=0)
new_layer = Linear.from_config(Linear(4).get_config())

# %% a model with call, dropout only in training
import numpy as np
import keras


class MyModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense1 = keras.layers.Dense(8, activation="relu")
        self.dense2 = keras.layers.Dense(3, activation="softmax")
        self.dropout = keras.layers.Dropout(0.5)

    def call(self, inputs, training=False):
        x = self.dense1(inputs)
        x = self.dropout(x, training=training)
        return self.dense2(x)


model = MyModel()
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.random.default_rng(0).random((32, 5)), np.arange(32) % 3
model.fit(x, y, epochs=2, verbose=0)
model.summary()
model.save_weights("my.weights.h5")
assert model.predict(x).shape == (32, 3)

# %% add_loss and a sampling layer: a variational autoencoder's halves
import numpy as np
import keras
from keras import layers, ops


class Sampling(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        epsilon = keras.random.normal(shape=ops.shape(z_mean), seed=self.seed_generator)
        return z_mean + ops.exp(0.5 * z_log_var) * epsilon


class VAE(keras.Model):
    def __init__(self, original_dim, latent_dim=2, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(8, activation="relu")
        self.mean, self.log_var = layers.Dense(latent_dim), layers.Dense(latent_dim)
        self.sampling = Sampling()
        self.decoder = keras.Sequential(
            [layers.Dense(8, activation="relu"), layers.Dense(original_dim, activation="sigmoid")]
        )

    def call(self, inputs):
        x = self.hidden(inputs)
        mean, log_var = self.mean(x), self.log_var(x)
        kl_loss = -0.5 * ops.mean(log_var - ops.square(mean) - ops.exp(log_var) + 1)
        self.add_loss(kl_loss)
        return self.decoder(self.sampling((mean, log_var)))


vae = VAE(12)
vae.compile(keras.optimizers.Adam(learning_rate=1e-3), loss=keras.losses.MeanSquaredError())
x = np.random.default_rng(0).random((32, 12))
vae.fit(x, x, epochs=2, batch_size=16, verbose=0)

# %% a training step by hand, in JAX
import jax
import numpy as np
import keras


class CustomModel(keras.Model):
    def compute_loss_and_updates(self, trainable_variables, non_trainable_variables, x, y, training=False):
        y_pred, non_trainable_variables = self.stateless_call(
            trainable_variables, non_trainable_variables, x, training=training
        )
        loss = self.compute_loss(x, y, y_pred)
        return loss, (y_pred, non_trainable_variables)

    def train_step(self, state, data):
        trainable_variables, non_trainable_variables, optimizer_variables, metrics_variables = state
        x, y = data
        grad_fn = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, (y_pred, non_trainable_variables)), grads = grad_fn(
            trainable_variables, non_trainable_variables, x, y, training=True
        )
        trainable_variables, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, grads, trainable_variables
        )
        new_metrics_vars = []
        logs = {}
        for metric in self.metrics:
            this_metric_vars = metrics_variables[len(new_metrics_vars) : len(new_metrics_vars) + len(metric.variables)]
            if metric.name == "loss":
                this_metric_vars = metric.stateless_update_state(this_metric_vars, loss)
            else:
                this_metric_vars = metric.stateless_update_state(this_metric_vars, y, y_pred)
            logs[metric.name] = metric.stateless_result(this_metric_vars)
            new_metrics_vars += this_metric_vars
        return logs, (trainable_variables, non_trainable_variables, optimizer_variables, new_metrics_vars)


inputs = keras.Input(shape=(8,))
model = CustomModel(inputs, keras.layers.Dense(1)(inputs))
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(np.random.random((64, 8)), np.random.random((64, 1)), epochs=2, verbose=0)

# %% a loop of one's own, with the stateless API
import jax
import numpy as np
import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
optimizer = keras.optimizers.Adam(learning_rate=1e-3)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compute_loss_and_updates(trainable_variables, non_trainable_variables, x, y):
    y_pred, non_trainable_variables = model.stateless_call(
        trainable_variables, non_trainable_variables, x, training=True
    )
    return loss_fn(y, y_pred), non_trainable_variables


grad_fn = jax.value_and_grad(compute_loss_and_updates, has_aux=True)


@jax.jit
def train_step(state, data):
    trainable_variables, non_trainable_variables, optimizer_variables = state
    (loss, non_trainable_variables), grads = grad_fn(trainable_variables, non_trainable_variables, *data)
    trainable_variables, optimizer_variables = optimizer.stateless_apply(
        optimizer_variables, grads, trainable_variables
    )
    return loss, (trainable_variables, non_trainable_variables, optimizer_variables)


optimizer.build(model.trainable_variables)
state = model.trainable_variables, model.non_trainable_variables, optimizer.variables
for _ in range(3):
    loss, state = train_step(state, (np.ones((6, 4)), np.arange(6) % 3))
for variable, value in zip(model.trainable_variables, state[0]):
    variable.assign(value)

# %% a metric, a loss and a constraint of one's own
import numpy as np
import keras
from keras import ops


class BinaryTruePositives(keras.metrics.Metric):
    def __init__(self, name="binary_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(shape=(), initializer="zeros", name="true_positives")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, "bool"), ops.greater(y_pred, 0.5)
        self.true_positives.assign(self.true_positives + ops.sum(ops.cast(ops.logical_and(y_true, y_pred), "float32")))

    def result(self):
        return self.true_positives

    def reset_state(self):
        self.true_positives.assign(0)


class CustomMSE(keras.losses.Loss):
    def __init__(self, regularization_factor=0.1, name="custom_mse"):
        super().__init__(name=name)
        self.regularization_factor = regularization_factor

    def call(self, y_true, y_pred):
        mse = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return mse + ops.mean(ops.square(0.5 - y_pred), axis=-1) * self.regularization_factor


class Clip(keras.constraints.Constraint):
    def __call__(self, w):
        return ops.clip(w, -1, 1)


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid", kernel_constraint=Clip())])
model.compile("sgd", CustomMSE(), metrics=[BinaryTruePositives()])
history = model.fit(np.random.random((16, 3)), np.arange(16).reshape(-1, 1) % 2, epochs=1, verbose=0)
assert "binary_true_positives" in history.history

# %% registered objects, saved and loaded
import numpy as np
import keras


@keras.saving.register_keras_serializable(package="my_package", name="custom_fn")
def custom_fn(x):
    return x**2


@keras.saving.register_keras_serializable(package="my_package")
class Scale(keras.layers.Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


inputs = keras.Input((4,))
outputs = keras.layers.Dense(2, activation=custom_fn)(Scale(2.0)(inputs))
model = keras.Model(inputs, outputs)
model.save("custom_model.keras")
again = keras.models.load_model("custom_model.keras")
np.testing.assert_allclose(again.predict(np.ones((2, 4))), model.predict(np.ones((2, 4))))

# %% transfer: freeze, cut, train the head
import numpy as np
import keras
from keras import layers

base = keras.Sequential(
    [keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.GlobalMaxPooling2D()]
)
base.trainable = False
inputs = keras.Input(shape=(8, 8, 3))
x = base(inputs, training=False)
model = keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.2)(x)))
assert len(model.trainable_weights) == 2
model.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(np.random.random((8, 8, 8, 3)), np.arange(8) % 2, verbose=0)
base.trainable = True
for layer in base.layers[:-2]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-5), keras.losses.BinaryCrossentropy(from_logits=True))
model.fit(np.random.random((8, 8, 8, 3)), np.arange(8) % 2, verbose=0)
clone = keras.models.clone_model(model)
clone.set_weights(model.get_weights())

# %% a GAN's two networks, trained in turn by train_on_batch
import numpy as np
import keras
from keras import layers

generator = keras.Sequential(
    [keras.Input((4,)), layers.Dense(8), layers.LeakyReLU(negative_slope=0.2), layers.Dense(6)]
)
discriminator = keras.Sequential(
    [keras.Input((6,)), layers.Dense(8), layers.LeakyReLU(0.2), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.0002, 0.5), metrics=["accuracy"])
z = keras.Input(shape=(4,))
discriminator.trainable = False
combined = keras.Model(z, discriminator(generator(z)))
combined.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.0002, 0.5))
for _ in range(2):
    fake = generator.predict(np.random.normal(size=(8, 4)), verbose=0)
    d_loss = discriminator.train_on_batch(
        np.concatenate([fake, np.random.normal(size=(8, 6))]), np.repeat([0.0, 1.0], 8)
    )
    g_loss = combined.train_on_batch(np.random.normal(size=(8, 4)), np.ones(8))
assert len(d_loss) == 2

# %% Siamese networks with a distance in a Lambda
import numpy as np
from keras import ops
from keras.layers import Dense, Input, Lambda
from keras.models import Model


def euclidean_distance(vects):
    x, y = vects
    return ops.sqrt(ops.maximum(ops.sum(ops.square(x - y), axis=1, keepdims=True), 1e-7))


def contrastive_loss(y_true, y_pred):
    return ops.mean((1 - y_true) * ops.square(y_pred) + y_true * ops.square(ops.maximum(1 - y_pred, 0)))


inp = Input((6,))
base = Model(inp, Dense(4, activation="tanh")(inp))
a, b = Input((6,)), Input((6,))
distance = Lambda(euclidean_distance, output_shape=(1,))([base(a), base(b)])
model = Model([a, b], distance)
model.compile(loss=contrastive_loss, optimizer="RMSprop", metrics=["accuracy"])
model.fit([np.random.random((8, 6)), np.random.random((8, 6))], np.arange(8) % 2, batch_size=4, epochs=1, verbose=0)

# %% tf.data
import numpy as np
import tensorflow as tf

x, y = np.random.random((32, 4)).astype("float32"), np.random.randint(0, 2, 32)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(buffer_size=32).batch(8).prefetch(2)
model = tf.keras.Sequential([tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["AUC"])
model.fit(dataset, epochs=2, verbose=0)
model.evaluate(dataset, verbose=0)
