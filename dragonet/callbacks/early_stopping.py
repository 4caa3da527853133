"""EarlyStopping: end the training when the metric that matters has stopped improving."""

from dataclasses import dataclass

from dragonet.callbacks.monitor import Monitor, check_counts


@dataclass(eq=False)
class EarlyStopping(Monitor):
    """Stop after `patience` epochs in which `monitor` did not improve by more than `min_delta`.

    mode: 'min', 'max' or 'auto', which goes by the metric. baseline: improvements that stay behind this value do not
    renew the patience. restore_best_weights: at the end put back the weights of the best epoch, however the training
    ended, Ctrl-C included. start_from_epoch: epochs before it are not looked at. A value that is not a number never
    is the best. Without such a metric, or validation data for it, it warns and does nothing.
    After Keras; early stopping as regularisation: Goodfellow, Bengio & Courville 2016, section 7.8.

    >>> EarlyStopping(patience=3, restore_best_weights=True)
    EarlyStopping(patience=3, restore_best_weights=True)
    """

    monitor: str = "val_loss"
    min_delta: float = 0
    patience: int = 0
    verbose: int = 0
    mode: str = "auto"
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: int = 0

    _remembers = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights", "_seen")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(self, "patience", "start_from_epoch")
        self.on_train_begin()

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start counting anew, so that one object serves several fits."""
        self.wait, self.stopped_epoch = 0, 0
        self.best, self.best_weights, self.best_epoch = None, None, 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Compare this epoch with the best one."""
        value = self.monitored(logs or {})
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        """Put the best weights back."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
