"""Keras: compile and fit, on the back end that KERAS_BACKEND names."""


def compiled(keras, model, x, seed=0, **options):
    """The model, ready for `fit`."""
    keras.utils.set_random_seed(seed)
    layers = [getattr(keras.layers, kind)(**args) for kind, args in model.layers]
    net = keras.Sequential([keras.Input(shape=x.shape[1:]), *layers])
    net.compile(
        optimizer=keras.optimizers.Adam(learning_rate=model.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    return net


def prepare_with(keras, model, x, y, **options):
    """The code that a Keras user writes; dragonet runs the same (`dragonet_peer.py`)."""
    net = compiled(keras, model, x, **options)

    def train(epochs):
        history = net.fit(x, y, batch_size=model.batch_size, epochs=epochs, verbose=0).history
        return {name: float(history[name][-1]) for name in ("loss", "accuracy")}

    return train


def predict_with(keras, model, x, **options):
    """`predict` of one row; dragonet runs the same."""
    net, row = compiled(keras, model, x, **options), x[:1]

    def run(times):
        for _ in range(times):
            net.predict(row, verbose=0)
        return {}

    return run


def train_on_batch_with(keras, model, x, y, **options):
    """`train_on_batch` on one row after another; dragonet runs the same."""
    net = compiled(keras, model, x, **options)

    def run(times):
        for i in range(times):
            i %= len(x)
            net.train_on_batch(x[i : i + 1], y[i : i + 1])
        return {}

    return run


def prepare(model, x, y, threads, **options):
    import keras

    return prepare_with(keras, model, x, y, **options)


def predict(model, x, y, threads, **options):
    import keras

    return predict_with(keras, model, x, **options)


def train_on_batch(model, x, y, threads, **options):
    import keras

    return train_on_batch_with(keras, model, x, y, **options)
