"""What can be done with a model: fit, evaluate, predict, and a batch at a time; Keras's arguments and results."""

from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.graph.variable_owner import VariableOwner
from dragonet.models.compiling import Compiling
from dragonet.training.data import arrays, labels
from dragonet.training.history import History


class Trainer(Compiling):
    """The part of a model that learns. The network itself is in `graph`; how it learns, in dragonet/training."""

    stop_training = False
    history: History | None = None
    encoder: Any = None  # data.Encoder or ArrayScaling, which makes numbers of raw rows before the model sees them
    target_scaling: Any = None  # data.ArrayScaling of targets that float32 cannot hold: the network learns scaled ones
    _classes: np.ndarray | None = None

    @property
    def data_encoder(self) -> Any:
        """What makes numbers of raw rows; None where a class of the user's holds a layer under the name `encoder`."""
        return None if isinstance(self.encoder, VariableOwner) else self.encoder

    @property
    def classes_(self) -> np.ndarray | None:
        """The names of the classes, in the order of their numbers; None where labels are class numbers.

        The first training on words fixes them; assign a list to fix them before, or None to forget them.
        """
        return self._classes

    @classes_.setter
    def classes_(self, names: Any) -> None:
        self._classes = labels.class_names(names)

    # --- fit, evaluate, predict -------------------------------------------------------------------------------------------

    @arguments.flags_checked
    @errors.user_facing
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        *,
        preflight: bool = True,
    ) -> History:
        """Train for `epochs` rounds over the data, in batches of `batch_size` (32); returns the History.

        x, y: arrays, tables, lists, or dicts and lists of them; or x alone: a generator, an iterable of batches, a PyDataset.
        The other arguments are Keras's. preflight: look at some rows first (of arrays only; a few hundredths of a second), and
        say in a line each what would spoil the training: features on other scales than each other's or the network's, rows
        that are in training and validation data, classes that are missing or uneven, columns that hold one value. What was
        noticed, warnings too, is in `history.facts["noticed"]`. Raises ValueError or TypeError, in one sentence, for data
        that the model cannot learn from; warns of what is unwise. Ctrl-C ends the training with consistent weights.
        """
        from dragonet.training.fitting.fit_model import FitArgs, fit_model

        args = {name: value for name, value in locals().items() if name in FitArgs.__dataclass_fields__}
        return fit_model(self, FitArgs(**args))

    @arguments.flags_checked
    @errors.user_facing
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on data that it does not learn from: a list in the order of `metrics_names`, or a dict.

        A lone loss comes as a number. batch_size None: as large as is quick.
        """
        from dragonet.training.fitting.testing import evaluate

        logs = evaluate(self, x, y, batch_size, verbose, sample_weight, steps, callbacks)
        return logs if return_dict else _as_keras(logs)

    @errors.user_facing
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for x as NumPy arrays, rows in their order. batch_size None: as large as is quick."""
        from dragonet.training.fitting.predict import predict

        checks.one_of("predict", "verbose", verbose, ("auto", 0, 1, 2))
        return predict(self, x, batch_size, steps, callbacks)

    @errors.user_facing
    def predict_classes(self, x: Any) -> np.ndarray:
        """The most probable class of each row, as the word or number that the labels used.

        Raises ValueError for a model with several outputs.
        """
        from dragonet.training.fitting.predict import predict_classes

        return predict_classes(self, x)

    # --- a batch at a time ------------------------------------------------------------------------------------------------

    @arguments.flags_checked
    @errors.user_facing
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on this batch; the loss and the metrics of the steps since `reset_metrics`, as `fit` would show them."""
        from dragonet.training.fitting.by_batch import train_on_batch

        logs = train_on_batch(self, x, y, sample_weight, class_weight)
        return logs if return_dict else _as_keras(logs)

    @arguments.flags_checked
    @errors.user_facing
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics on this batch, without learning."""
        size = max(1, arrays.rows(arrays.inputs(x)))
        return self.evaluate(x, y, size, verbose=0, sample_weight=sample_weight, return_dict=return_dict)

    @errors.user_facing
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for this batch as NumPy arrays."""
        return self.predict(x, batch_size=max(1, arrays.rows(arrays.inputs(x))), verbose=0)

    def reset_metrics(self) -> None:
        """Count the metrics of `train_on_batch` from zero."""
        self.training_state.batch_sums = None


def _as_keras(logs: dict[str, Any]) -> Any:
    """Figures as a list, and a lone loss as a number."""
    return list(logs.values()) if len(logs) > 1 else logs["loss"]
