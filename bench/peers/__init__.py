"""Who races. A contestant is one entry here; a library that is not here yet is also one file beside this one.

A peer's file has one function, `prepare(model, x, y, threads, **options) -> train`, where `train(epochs)` trains that
many epochs and returns the last one's `{"loss": ..., "accuracy": ...}`. It raises NotImplementedError, with the reason,
for a model that the library cannot express. x is float32, one row an example; y is int64.

For `one_row.py`, it may have `predict(model, x, y, threads, **options) -> run`, where `run(times)` predicts the first row
so many times, NumPy array in, NumPy array out, and returns {}; and `train_on_batch`, where it learns from so many rows, one by one.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Contestant:
    """One column of the table.

    role: "ours", "peer" or "reference" (shown, but not what dragonet is measured against). once: one timed turn is
    enough. default: whether it races when --peers is not given. env: what its process needs to be told.
    """

    title: str
    file: str
    options: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)
    role: str = "peer"
    once: bool = False
    default: bool = True


CONTESTANTS = {
    "dragonet": Contestant("dragonet", "dragonet_peer", {"engine": "native"}, role="ours"),
    "dragonet-xla": Contestant("dragonet (XLA)", "dragonet_peer", {"engine": "xla"}, role="ours"),
    "torch": Contestant("PyTorch", "pytorch"),
    "torch-fused": Contestant("PyTorch, fused Adam", "pytorch", {"fused": True}),
    "torch-channels-last": Contestant(
        "PyTorch, channels_last, fused", "pytorch", {"fused": True, "channels_last": True}
    ),
    "torch-loader": Contestant("PyTorch, DataLoader", "pytorch", {"loader": True}, once=True),
    "torch-compile": Contestant("torch.compile, fused", "pytorch", {"fused": True, "compiled": True}, default=False),
    "keras-jax": Contestant("Keras on JAX", "keras_peer", env={"KERAS_BACKEND": "jax"}),
    "keras-jax-20": Contestant(
        "Keras on JAX, 20 steps a call",
        "keras_peer",
        {"steps_per_execution": 20},
        {"KERAS_BACKEND": "jax"},
    ),
    "keras-tf": Contestant("Keras on TensorFlow", "keras_peer", env={"KERAS_BACKEND": "tensorflow"}, once=True),
    "keras-tf-20": Contestant(
        "Keras on TensorFlow, 20 steps a call",
        "keras_peer",
        {"steps_per_execution": 20},
        {"KERAS_BACKEND": "tensorflow"},
        default=False,
    ),
    "sklearn": Contestant("scikit-learn", "sklearn_peer"),
    "jax-scan": Contestant("JAX, one scan by hand", "jax_scan", role="reference"),
}
