"""dragonet: the very code of `keras_peer.py`, under `import dragonet as keras`; and for `fleet.py`, many at once."""

import dragonet as keras
from peers.keras_peer import compiled, predict_with, prepare_with, train_on_batch_with


def prepare(model, x, y, threads, **options):
    return prepare_with(keras, model, x, y, **options)


def predict(model, x, y, threads, **options):
    return predict_with(keras, model, x, **options)


def train_on_batch(model, x, y, threads, **options):
    return train_on_batch_with(keras, model, x, y, **options)


def fleet(model, x, y, threads, **options):
    """`run(seeds)` trains a Fleet of so many for an epoch."""

    def run(seeds):
        net = compiled(keras, model, x, **options)
        history = keras.Fleet(net, seeds).fit(x, y, batch_size=model.batch_size, epochs=1, verbose=0).history
        return {"loss": float(history["loss"].mean())}

    return run


def one_by_one(model, x, y, threads, **options):
    """`run(seeds)` trains as many models, each by a `fit` of its own."""

    def run(seeds):
        losses = []
        for seed in range(seeds):
            net = compiled(keras, model, x, seed, **options)
            losses += net.fit(x, y, batch_size=model.batch_size, epochs=1, verbose=0).history["loss"]
        return {"loss": sum(losses) / seeds}

    return run
