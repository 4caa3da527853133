"""Stop: ends the trainings that are under way in this process."""

from dragonet.models import Model


class Stop:
    """Ends them once the user, or a failure, ends the whole; a copy in another process does nothing."""

    def __init__(self) -> None:
        self.models: list[Model] = []
        self.is_set = False

    def __reduce__(self) -> tuple:
        return Stop, ()

    def watch(self, model: Model) -> None:
        """Stop this model too, when the time comes."""
        self.check()
        self.models.append(model)

    def check(self) -> None:
        """Raise KeyboardInterrupt once all is to stop: what a stopped training gives is no result."""
        if self.is_set:
            raise KeyboardInterrupt

    def now(self) -> None:
        """Stop all models that are trained at the moment."""
        self.is_set = True
        for model in self.models:
            model.stop_training = True
