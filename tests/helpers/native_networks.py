"""Networks that between them have every layer that the native engine knows, and graphs of all kinds."""

import numpy as np

import dragonet as dn

L = dn.layers


def dense(x):
    h = L.LeakyReLU()(L.Dense(300)(L.BatchNormalization()(L.Dropout(0.2)(L.Dense(70, activation="relu")(x)))))
    return L.ELU()(L.LayerNormalization()(L.Dense(33, activation="gelu")(h)))


def merges(x):
    branches = [L.Dense(20, activation=name)(x) for name in ("tanh", "sigmoid", "softplus", "silu", "selu", "elu")]
    a, b, c, *rest = branches
    merged = [L.Add()([a, b, c]), L.Subtract()([a, b]), L.Multiply()([b, c]), L.Average()([a, *rest])]
    return L.Activation("leaky_relu")(L.Concatenate()(merged))


def moved_images(x):
    h = L.RandomRotation(0.1)(L.RandomTranslation(0.1, 0.1)(L.RandomZoom(0.1)(L.RandomFlip("horizontal")(x))))
    h = L.Normalization(mean=0.2, variance=2.0)(L.Rescaling(0.5, 0.1)(h))
    for filters, size in ((6, 5), (40, 5), (16, 7)):  # 7 × 7 positions are more than 32 registers hold
        h = L.MaxPooling2D(2)(L.Conv2D(filters, size, padding="same", activation="relu")(h))
    return L.Flatten()(h)


def pixels(x):
    h = L.AveragePooling2D(2)(L.Conv2D(20, 3, strides=2, padding="same")(x))
    h = L.ReLU()(L.BatchNormalization()(L.Conv2D(48, 3, dilation_rate=2, padding="same")(h)))
    h = L.Softmax()(L.Dense(24, activation="tanh")(h))
    h = L.MaxPooling2D(3, strides=1, padding="same")(h)
    return L.Concatenate()([L.GlobalMaxPooling2D()(h), L.GlobalAveragePooling2D()(L.LayerNormalization()(h))])


def signals(x):
    h = L.MaxPooling1D(2)(L.Conv1D(10, 9, padding="causal", activation="relu")(L.Reshape((49, 4))(x)))
    h = L.MaxPooling1D(2)(L.Conv1D(32, 5, activation="relu")(h))
    h = L.AveragePooling1D(2, padding="same")(L.Conv1D(17, 3, dilation_rate=2)(h))
    return L.Add()([L.GlobalMaxPooling1D()(h), L.GlobalAveragePooling1D()(h)])


IMAGE, FLAT = (14, 14, 1), (20,)
NETWORKS = [
    (dense, FLAT, "adam", "sparse_categorical_crossentropy", 19),
    (dense, FLAT, "adam", "mse", 1),
    (merges, FLAT, "rmsprop", "huber", 19),
    (moved_images, IMAGE, "adam", "sparse_categorical_crossentropy", 19),
    (pixels, IMAGE, "adamw", "sparse_categorical_crossentropy", 19),
    (signals, (196,), "sgd", "mae", 19),
]


def made(network, shape, optimizer, loss):
    dn.utils.set_random_seed(3)
    x = L.Input(shape)
    classes = loss.startswith("sparse")
    model = dn.Model(x, L.Dense(4, activation="softmax" if classes else None)(network(x)))
    model.compile(optimizer, loss)
    rng = np.random.default_rng(0)
    data = rng.normal(0.3, 1.5, (120, *shape)).astype("f4")
    return model, data, rng.integers(0, 4, 120).astype("i4") if classes else rng.normal(size=(120, 4)).astype("f4")


# --- graphs: a shape and a network each -------------------------------------------------------------------------------------


def softmax(h):
    return L.Dense(4, activation="softmax")(h)


def residual(x):
    h = L.Dropout(0.2)(L.Dense(100, activation="relu")(x))
    h = L.ReLU()(L.Add()([h, L.Dropout(0.3)(L.Dense(100, activation="tanh")(h))]))
    return softmax(L.Subtract()([h, L.Dropout(0.3)(L.Dense(100, activation="tanh")(h))]))


def side_by_side(x):
    def gate(units):
        return L.Multiply()([L.Dense(units, activation="relu")(x), L.Dense(units, activation="sigmoid")(x)])

    h = L.Concatenate()([L.Dropout(0.3)(L.Dense(5, activation="sigmoid")(x)), gate(20), x, gate(100)])
    h = L.Dense(70)(L.ReLU()(h))
    return L.Activation("softmax")(L.Average()([L.Dense(4)(L.Add()([x, h, x])), L.Dense(4)(L.Multiply()([h, h]))]))


def merged_images(x):
    h = L.Conv2D(20, 3, padding="same", activation="relu")(x)
    h = L.ReLU()(L.Add()([h, L.Dropout(0.2)(L.Conv2D(20, 3, padding="same", activation="tanh")(h))]))
    h = L.Concatenate()([h, L.Conv2D(5, 1, activation="relu")(h), x])
    return softmax(L.GlobalAveragePooling2D()(L.Multiply()([h, h])))


MERGES = {"residual": ((70,), residual), "side by side": ((70,), side_by_side), "images": ((6, 5, 3), merged_images)}
