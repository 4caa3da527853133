"""History: what `fit` returns; its figures epoch by epoch, why it ended, and the facts that curves do not show."""

from typing import Any


class History:
    """`history[name]` is a list with one value an epoch; `epoch` their numbers; `params` some arguments of fit.

    `stopped` is None for a training that ran to its end, else 'callback', 'interrupted', 'not finite' or 'out of data' (a generator
    ended). The epoch in which it stopped is the last in the lists. `engine` says which engine ran and why. `facts` holds what a
    diagnosis needs: class counts, the majority's score, fingerprints of the data;
    `diagnose()` puts curves and facts into words.
    """

    def __init__(self):
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.params: dict[str, Any] = {}
        self.stopped: str | None = None
        self.engine: str = ""
        self.facts: dict[str, Any] = {}
        self.model: Any = None
        self.answering: Any = None  # computes prediction statistics on demand, where a diagnosis may need them

    def append(self, epoch: int, logs: dict[str, float]) -> None:
        """Add one epoch's figures."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def to_json(self) -> dict[str, Any]:
        """All but the model, for a checkpoint or a run's record."""
        return {name: value for name, value in vars(self).items() if name not in ("model", "answering")}

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what `to_json` gave."""
        vars(self).update(saved)

    def diagnose(self) -> Any:
        """What went well or wrong, in plain sentences with what to do: `print(history.diagnose())`; see inspect.diagnose."""
        from dragonet.inspect.diagnosis.diagnose_history import diagnose

        return diagnose(self)

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4f}" for name, values in self.history.items())
        return f"<History: {len(self.epoch)} epochs{', ' + last if last else ''}>"
