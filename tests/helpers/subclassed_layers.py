"""Layers and models as public Keras code writes them, each a function of the package (`keras` or `dragonet`)."""


def linear(k):
    class Linear(k.layers.Layer):
        def __init__(self, units=32, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape):
            self.w = self.add_weight(
                shape=(input_shape[-1], self.units),
                initializer="random_normal",
                trainable=True,
                regularizer=k.regularizers.L2(1e-2),
                name="w",
            )
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, constraint="non_neg")

        def call(self, inputs):
            return k.ops.matmul(inputs, self.w) + self.b

        def get_config(self):
            config = super().get_config()
            config.update({"units": self.units})
            return config

    return Linear


def block(k):
    """Layers in attributes, lists and dicts, each in the other; add_loss; the argument training."""
    inner = linear(k)

    class Block(k.layers.Layer):
        def __init__(self, width=8, **kwargs):
            super().__init__(**kwargs)
            self.width = width
            self.first = inner(width)
            self.stack = [k.layers.Dense(4, activation="relu"), k.layers.BatchNormalization()]
            self.drop = k.layers.Dropout(0.0)
            self.ends = {"out": inner(2, activity_regularizer=k.regularizers.L1(1e-3))}

        def call(self, inputs, training=None):
            x = k.ops.tanh(self.first(inputs))
            for layer in self.stack:
                x = layer(x)
            x = self.drop(x, training=training)
            self.add_loss(1e-2 * k.ops.mean(k.ops.square(x)))
            return self.ends["out"](x)

        def get_config(self):
            return {**super().get_config(), "width": self.width}

    return Block


def moving_norm(k):
    """A normalization whose moving averages are assigned in `call`."""

    class MovingNorm(k.layers.Layer):
        def __init__(self, momentum=0.9, **kwargs):
            super().__init__(**kwargs)
            self.momentum = momentum

        def build(self, input_shape):
            n = input_shape[-1]
            self.gamma = self.add_weight(shape=(n,), initializer="ones", name="gamma")
            self.mean = self.add_weight(shape=(n,), initializer="zeros", trainable=False, name="mean")
            self.var = self.add_weight(shape=(n,), initializer="ones", trainable=False, name="var")
            self.steps = self.add_weight(shape=(), initializer="zeros", dtype="int32", trainable=False, name="steps")

        def call(self, inputs, training=False):
            if training:
                mean, var = k.ops.mean(inputs, axis=0), k.ops.var(inputs, axis=0)
                self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * mean)
                self.var.assign(self.var * self.momentum + var * (1 - self.momentum))
                self.steps.assign_add(1)
            else:
                mean, var = self.mean, self.var
            return self.gamma * (inputs - mean) / k.ops.sqrt(var + 1e-3)

    return MovingNorm


def patch_encoder(k):
    """The vision transformer's patches and their positions."""

    class Patches(k.layers.Layer):
        def __init__(self, patch_size):
            super().__init__()
            self.patch_size = patch_size

        def call(self, images):
            batch, height, width, channels = k.ops.shape(images)
            rows, columns = height // self.patch_size, width // self.patch_size
            x = k.ops.reshape(images, (batch, rows, self.patch_size, columns, self.patch_size, channels))
            x = k.ops.transpose(x, (0, 1, 3, 2, 4, 5))
            return k.ops.reshape(x, (batch, rows * columns, self.patch_size * self.patch_size * channels))

        def get_config(self):
            return {**super().get_config(), "patch_size": self.patch_size}

    class PatchEncoder(k.layers.Layer):
        def __init__(self, num_patches, projection_dim):
            super().__init__()
            self.num_patches = num_patches
            self.projection = k.layers.Dense(units=projection_dim)
            self.position_embedding = k.layers.Embedding(input_dim=num_patches, output_dim=projection_dim)

        def call(self, patch):
            positions = k.ops.expand_dims(k.ops.arange(start=0, stop=self.num_patches, step=1), axis=0)
            return self.projection(patch) + self.position_embedding(positions)

    return Patches, PatchEncoder


def attention_pooling(k):
    class AttentionPooling(k.layers.Layer):
        def __init__(self, width=4, **kwargs):
            super().__init__(**kwargs)
            self.hidden, self.score = k.layers.Dense(width, activation="tanh"), k.layers.Dense(1)
            self.supports_masking = True

        def call(self, inputs, mask=None):
            scores = self.score(self.hidden(inputs))[..., 0]
            if mask is not None:
                scores = k.ops.where(mask, scores, -1e9)
            weights = k.ops.softmax(scores, axis=-1)
            return k.ops.sum(inputs * weights[..., None], axis=1)

        def compute_mask(self, inputs, mask=None):
            return None

    return AttentionPooling


def gated_residual(k):
    """The gated residual network of structured data."""

    class GatedLinearUnit(k.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.linear = k.layers.Dense(units)
            self.sigmoid = k.layers.Dense(units, activation="sigmoid")

        def call(self, inputs):
            return self.linear(inputs) * self.sigmoid(inputs)

    class GatedResidualNetwork(k.layers.Layer):
        def __init__(self, units, dropout_rate):
            super().__init__()
            self.units = units
            self.elu_dense = k.layers.Dense(units, activation="elu")
            self.linear_dense = k.layers.Dense(units)
            self.dropout = k.layers.Dropout(dropout_rate)
            self.gated_linear_unit = GatedLinearUnit(units)
            self.layer_norm = k.layers.LayerNormalization()
            self.project = k.layers.Dense(units)

        def call(self, inputs):
            x = self.elu_dense(inputs)
            x = self.linear_dense(x)
            x = self.dropout(x)
            if inputs.shape[-1] != self.units:
                inputs = self.project(inputs)
            x = inputs + self.gated_linear_unit(x)
            return self.layer_norm(x)

    return GatedResidualNetwork


def distance(k):
    class Distance(k.layers.Layer):
        def call(self, anchor, other, scale=1.0):
            return scale * k.ops.sum(k.ops.square(anchor - other), axis=-1, keepdims=True)

    return Distance


def spectral_wrapper(k):
    """A wrapper that reads and changes the kernel of the layer that it holds."""

    class UnitNorm(k.layers.Layer):
        def __init__(self, layer, **kwargs):
            super().__init__(**kwargs)
            self.layer = layer

        def build(self, input_shape):
            if not self.layer.built:
                self.layer.build(input_shape)
            self.vector = self.add_weight(
                shape=(1, self.layer.kernel.shape[-1]), initializer="ones", trainable=False, name="vector"
            )

        def call(self, inputs, training=None):
            if training:
                self.vector.assign(0.5 * self.vector + 0.5 * k.ops.norm(self.layer.kernel, axis=0, keepdims=True))
            return self.layer(inputs) / self.vector

    return UnitNorm
