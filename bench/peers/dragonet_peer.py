"""dragonet: the very code of `keras_peer.py`, under `import dragonet as keras`."""

import dragonet as keras
from peers.keras_peer import prepare_with


def prepare(model, x, y, threads, **options):
    return prepare_with(keras, model, x, y, **options)
