"""The models of the race: plain data, in Keras's names, which every peer builds in its own way.

A new model is one more entry of MODELS. A new kind of layer also needs a line in `peers/pytorch.py` and
`peers/jax_scan.py`; the Keras-like peers take any layer.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """One row of the table.

    layers: (Keras's name, Keras's arguments) each. epochs: how many epochs one turn trains (in one `fit`, where there
    is a `fit`), so that a turn lasts long enough to time. goal: the share of the fastest rival's time that dragonet's
    XLA engine may take; rivals: whose time that is (empty: every peer's). native: the share of the fastest peer's time
    that the native engine may take; scan: of the time of the loop written by hand in JAX.
    """

    title: str
    data: str
    layers: tuple
    batch_size: int = 32
    learning_rate: float = 1e-3
    epochs: int = 1
    goal: float | None = None
    rivals: tuple[str, ...] = ()
    native: float | None = None
    scan: float | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example: MNIST's go flat into a dense layer, and as images into anything else."""
        if self.data != "mnist":
            return {"dragons": (2,), "colours": (32, 32, 3)}[self.data]
        return (784,) if self.layers[0][0] == "Dense" else (28, 28)


def dense(units, activation="relu"):
    return "Dense", {"units": units, "activation": activation}


def conv(filters, size):
    return "Conv2D", {"filters": filters, "kernel_size": size, "padding": "same", "activation": "relu"}


def dropout(rate):
    return "Dropout", {"rate": rate}


POOL = ("MaxPooling2D", {"pool_size": 2, "padding": "same"})
FLATTEN = ("Flatten", {})
IMAGE = ("Reshape", {"target_shape": (28, 28, 1)})

MODELS = {
    "logistic": Model(
        "logistic regression 784-10", "mnist", (dense(10, "softmax"),), epochs=5, goal=0.95, native=0.12, scan=0.17
    ),
    "mlp50": Model(
        "784-50-10", "mnist", (dense(50), dense(10, "softmax")), epochs=5, goal=0.95, native=0.22, scan=0.24
    ),
    "mlp512": Model(
        "784-512-10, dropout 0.2",
        "mnist",
        (dense(512), dropout(0.2), dense(10, "softmax")),
        goal=0.95,
        native=0.38,
        scan=0.42,
    ),
    "mlp1024": Model(
        "784-1024-1024-1024-10, batches of 128",
        "mnist",
        (dense(1024), dense(1024), dense(1024), dense(10, "softmax")),
        batch_size=128,
        native=0.7,
    ),
    "cnn": Model(
        "the tutorial's CNN",
        "mnist",
        (
            IMAGE,
            conv(16, 5),
            POOL,
            dropout(0.1),
            conv(16, 5),
            POOL,
            FLATTEN,
            dropout(0.2),
            dense(50),
            dropout(0.2),
            dense(10, "softmax"),
        ),
        goal=1.2,
        rivals=("torch", "torch-fused"),
        native=0.18,
    ),
    "vgg": Model(
        "VGG-like CNN on 10,000 images of 32x32x3, batches of 64",
        "colours",
        (
            conv(32, 3),
            conv(32, 3),
            POOL,
            conv(64, 3),
            conv(64, 3),
            POOL,
            FLATTEN,
            dense(256),
            dense(10, "softmax"),
        ),
        batch_size=64,
        native=0.7,
    ),
    "dragons": Model(
        "2-10-20-1000-3, batch of one",
        "dragons",
        (dense(10), dense(20), dense(1000), dense(3, "softmax")),
        batch_size=1,
        learning_rate=2e-4,
        epochs=20,
        goal=0.3,
        native=0.05,
        scan=0.25,
    ),
}
