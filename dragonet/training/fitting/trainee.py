"""Trainee: whose arrays a training changes; a model's (ModelState), or those of an objective alone (FitSession)."""

from typing import Any, Protocol

from dragonet.training.objectives.protocol import Objective, State


class Trainee(Protocol):
    """What the loop needs of that which it trains."""

    stop_training: bool  # a callback sets it to end the training
    steps: int  # of all trainings so far

    @property
    def chosen_engine(self) -> str:
        """What the user asked for: 'auto', 'xla' or 'native'."""
        ...

    def refresh(self, objective: Objective, state: State) -> State:
        """The state with what was assigned from outside since the last step."""
        ...

    def publish(self, objective: Objective, state: State, steps: int) -> None:
        """Show the state to callbacks and to the user, after so many steps in all."""
        ...

    def restore_weights(self, objective: Objective, weights: Any) -> None:
        """Put back weights after a failure in which the state was lost."""
        ...
