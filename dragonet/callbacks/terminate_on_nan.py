"""TerminateOnNaN: an error when the loss is no longer a number."""

from dataclasses import dataclass

from dragonet.callbacks.base import BuiltIn


@dataclass(eq=False)
class TerminateOnNaN(BuiltIn):
    """With raise_error, fit raises a RuntimeError when the loss becomes NaN or infinite.

    Without this callback too dragonet's fit stops at that very step, keeps the last good weights and says the likely
    cause; so nothing needs to be done for raise_error=False. The callbacks behind it in the list do not hear the
    error's training end. After Keras, which looks at the loss after each batch.

    >>> TerminateOnNaN(raise_error=True)
    TerminateOnNaN(raise_error=True)
    """

    raise_error: bool = False

    def on_train_end(self, logs: dict | None = None) -> None:
        """Raise, where that was the end."""
        if self.raise_error and self.model.history.stopped == "not finite":
            raise RuntimeError("The loss became NaN or infinite; the warning before this says where and why.")
