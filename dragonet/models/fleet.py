"""Fleet: many seeds of one model, trained side by side, so that a score comes with its spread."""

import concurrent.futures
import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import numpy as np

from dragonet.core import arguments, checks, errors, session
from dragonet.models.fleet_results import Ensemble, FleetHistory, Score, score
from dragonet.models.model import Model
from dragonet.training.data import arrays
from dragonet.training.data.adapter import is_stream
from dragonet.training.data.stream import first_batch
from dragonet.training.history import History

_POLL = 0.1  # seconds between two looks at how far the members are


class Fleet:
    """Many models that differ by their seed alone: their initial weights, their order of the data, their random numbers.

    Args: `model`, a compiled model, which is copied and itself stays as it is; or a function that makes one. `seeds`, how
    many (0, 1, 2, ...), or the seeds themselves. On the native engine members train side by side, one on each thread; on XLA
    one after another. `members[i]` is a normal model; its weights are bit for bit those of `set_random_seed(seeds[i])`,
    making the model, and `fit`.
    Raises ValueError for no seeds and for a model that was not compiled.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> fleet = Fleet(model, seeds=3)
    >>> history = fleet.fit(np.ones((8, 2)), np.ones(8), epochs=2, verbose=0)
    >>> history.history["loss"].shape, fleet.predict(np.ones((1, 2))).mean.shape
    ((3, 2), (1, 1))
    """

    @arguments.checked
    def __init__(self, model: Model | Callable[[], Model], seeds: int | Iterable[int] = 20):
        self.seeds = list(range(checks.whole("Fleet", "seeds", seeds))) if isinstance(seeds, int) else list(seeds)
        if not self.seeds:
            raise errors.value_error("Fleet", "at least one seed", "none")
        self.members: list[Model] = []
        for seed in self.seeds:
            with session.started_over(seed):
                made = _copy(model) if isinstance(model, Model) else model()
            if isinstance(made, Model):
                made.seed = seed
            self.members.append(made)
        odd = next((one for one in self.members if not isinstance(one, Model) or not one.compiled), None)
        if odd is not None:
            needs = "a compiled model, or a function that makes one"
            raise errors.value_error("Fleet", needs, errors.short_repr(odd), "Call model.compile(...) first.")

    @arguments.checked
    @errors.user_facing
    def fit(
        self, x: Any = None, y: Any = None, *, verbose: str | int = "auto", preflight: bool = True, **arguments: Any
    ) -> FleetHistory:
        """Train every member; the arguments are those of `Model.fit`, callbacks being copied for each member.

        A member whose loss is not finite stops alone. Ctrl-C stops all, with the weights that they have then.
        """
        from dragonet.training.progress import Progress

        _check_readable(x, arguments.get("validation_data"))
        self._build(x)
        epochs = arguments.get("epochs", 1)
        progress = Progress(verbose, 1, len(self.members) * epochs)
        hooks = arguments.pop("callbacks", None)
        histories: dict[int, History] = {}

        def train(i: int) -> None:
            if not self._stopping:
                own = copy.deepcopy(hooks)
                first = preflight and i == 0  # the data are the same for all
                histories[i] = self.members[i].fit(x, y, verbose=0, callbacks=own, preflight=first, **arguments)

        self._stopping = False
        progress.begin_test(len(self.members) * epochs)
        self._each(train, lambda: progress.update(self._epochs_done(), {}))
        progress.update(self._epochs_done(), {})
        progress.end_test({})
        noticed = list(dict.fromkeys(line for i in sorted(histories) for line in histories[i].facts["noticed"]))
        for history in histories.values():
            history.facts["noticed"] = noticed
        progress.notice(noticed)
        return FleetHistory([histories.get(i, History()) for i in range(len(self.members))])

    @arguments.checked
    @errors.user_facing
    def evaluate(self, x: Any = None, y: Any = None, **arguments: Any) -> dict[str, Score]:
        """The loss and the metrics over the members: `Model.evaluate` of each, as mean, sd and interval."""
        _check_readable(x)
        results: dict[int, dict[str, float]] = {}

        def test(i: int) -> None:
            results[i] = self.members[i].evaluate(x, y, **(arguments | {"verbose": 0, "return_dict": True}))

        self._each(test)
        return {name: score(np.array([results[i][name] for i in sorted(results)])) for name in results[0]}

    @arguments.checked
    @errors.user_facing
    def predict(self, x: Any, batch_size: int | None = None) -> Ensemble:
        """The mean of the members' outputs, and their standard deviation."""
        _check_readable(x)
        results: dict[int, Any] = {}

        def predict(i: int) -> None:
            results[i] = self.members[i].predict(x, batch_size, verbose=0)

        self._each(predict)
        outputs = [results[i] for i in sorted(results)]
        mean, sd = (
            jax.tree.map(lambda *leaves, f=f: f(np.stack(leaves).astype(np.float64), 0).astype(np.float32), *outputs)
            for f in (np.mean, np.std)
        )
        return Ensemble(mean, sd)

    def __len__(self) -> int:
        return len(self.members)

    # --- members side by side -----------------------------------------------------------------------------------------------

    def _build(self, x: Any) -> None:
        """Make the variables of members whose input shape was not known, one after another, as the order draws them."""
        for seed, member in zip(self.seeds, self.members, strict=True):
            if not member.built:
                rows = first_batch(x)[0] if is_stream(x) else x
                with session.started_over(seed):
                    member.build((None, *arrays.array("x", rows).shape[1:]))

    def _each(self, do: Callable[[int], None], look: Callable[[], None] = lambda: None) -> None:
        """Do something with each member: on the native engine at once, on as many threads as there are, else in turn."""
        first = self.members[0]
        engine = first.training_state.engine() if first.built else None  # XLA where it is not built yet
        at_once = getattr(engine, "threads", 1)
        if at_once == 1 or len(self.members) == 1:
            for i in range(len(self.members)):
                do(i)
                look()
            return
        for member in self.members:
            member.threads = 1
        try:
            with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
                futures = [pool.submit(do, i) for i in range(len(self.members))]
                try:
                    while concurrent.futures.wait(futures, _POLL).not_done:
                        look()
                except KeyboardInterrupt:
                    self._stop()
        finally:
            for member in self.members:
                member.threads = None
        for future in futures:
            future.result()

    def _stop(self) -> None:
        self._stopping = True
        for member in self.members:
            member.stop_training = True
        errors.warn("Training was interrupted; the members hold the weights that they had then.")

    def _epochs_done(self) -> int:
        return sum(len(member.history.epoch) for member in self.members if member.history is not None)


def _check_readable(*data: Any) -> None:
    """Raise ValueError for a generator, which the first member would use up."""
    for one in data:
        if isinstance(one, Iterator):
            raise errors.value_error(
                "Fleet",
                "data that each member can read",
                "a generator, which can be read once",
                "Pass arrays or a PyDataset.",
            )


def _copy(model: Model) -> Model:
    """The same layers, with weights of their own, compiled the same."""
    if not model.compiled:
        return model
    made = type(model).from_config(model.get_config())
    made.compile(**copy.deepcopy(model.compile_arguments()))
    made.classes_ = model.classes_
    return made
