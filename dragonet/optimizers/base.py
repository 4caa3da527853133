"""Optimizer: an update rule for one array, applied to all weights, and what all rules share.

A rule is three small functions in the letters of its paper: which arrays it keeps beside each weight (`slots`), the
numbers of a step that all weights share (`scalars`), and the step itself (`rule`). They use + − × ÷ and sqrt, abs,
maximum, sign and power of the namespace `xp`, so that any engine can run them on its own values. All functions here are
pure: the object has the settings, and the state is a tree that is passed in and returned.
"""

# JAX's trees have no types, nor have the parameters of functions that are mapped over them.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, errors, session
from dragonet.core.configurable import Configurable
from dragonet.core.keras_names import ignored_methods
from dragonet.optimizers import settings
from dragonet.optimizers.keras_style import subclassing
from dragonet.optimizers.keras_style.methods import KerasMethods
from dragonet.optimizers.learning_rate import AssignableRate, Rate, as_rate
from dragonet.optimizers.namespace import Namespace
from dragonet.optimizers.tree_steps import (
    Slots,
    Tree,
    Values,
    average,
    choose,
    choose_trees,
    clip_global_norm,
    clip_norms,
    clip_values,
    decay,
    filled,
)


@dataclass(eq=False)
class Optimizer(KerasMethods, Configurable):
    """What all optimizers share; one of your own is a dataclass derived from it, with `slots`, `scalars` and `rule`.

    Or it is a class with `build` and `update_step` as in Keras, which assign variables.

    Args: `learning_rate`, a number, a schedule, or any function of the step's number. `weight_decay`, a share (times
    the learning rate) by which weights shrink at each step. At most one of: `clipnorm`, the longest gradient of a
    weight; `global_clipnorm`, the longest of all together; `clipvalue`, the largest entry. `use_ema`, keep the average
    ema_momentum · average + (1 − ema_momentum) · weight, and put it in the weights' place at the end, and before that
    every `ema_overwrite_frequency` steps. `loss_scale_factor`, by which the loss was multiplied before its gradient was
    taken. `gradient_accumulation_steps`, how many gradients are averaged for one update.
    Raises ValueError for numbers out of range, TypeError for a learning rate that is none.

    >>> @dataclass(eq=False)
    ... class SignDescent(Optimizer):
    ...     learning_rate: float = 0.1
    ...     def rule(self, xp, w, g, slots, s):
    ...         return w - xp.sign(g) * s["lr"], slots
    >>> optimizer, params = SignDescent(), {"w": jnp.ones(2)}
    >>> params, state = optimizer.update(params, {"w": jnp.array([9.0, -1.0])}, optimizer.init(params))
    >>> [round(float(w), 3) for w in params["w"]], int(state["iterations"])
    ([0.9, 1.1], 1)
    """

    learning_rate: Rate
    _: KW_ONLY
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: int | None = None
    name: str | None = field(default=None, repr=False)
    not_decayed: tuple[tuple[str, ...], str | None] = field(default=((), None), init=False, repr=False)
    layer_names: tuple[str, ...] = field(default=(), init=False, repr=False)
    iterations = 0  # how many updates were made; the trainer counts
    slot_start = 0.0  # the start of the arrays beside each weight
    shared_start: ClassVar[
        Mapping[str, float]
    ] = {}  # the start of the numbers that all weights share from step to step

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "optimizer", ignored_methods.OPTIMIZER)
        subclassing.adapt(cls)

    # --- a rule ---------------------------------------------------------------------------------------------------

    def slots(self) -> tuple[str, ...]:
        """The names of the arrays kept beside each weight."""
        return ()

    def scalars(self, xp: Namespace, t: Any, lr: Any, shared: Values) -> tuple[Values, Values]:
        """This step's numbers for all weights, and the shared ones that outlive it; t counts from 1."""
        return {"lr": lr}, shared

    def rule(self, xp: Namespace, w: Any, g: Any, slots: Values, s: Values) -> tuple[Any, Values]:
        """The step for one weight w with gradient g: the new w, and the slots, the new values written into them."""
        raise errors.type_error(
            f"The optimizer {type(self).__name__}", "a function rule(self, xp, w, g, slots, s)", "none"
        )

    # --- applied to all weights ------------------------------------------------------------------------------------

    def init(self, params: Tree) -> Values:
        """The state before the first step."""
        state: Values = {
            "iterations": np.zeros((), "int32"),
            "slots": {name: jax.tree.map(lambda w: filled(w, self.slot_start), params) for name in self.slots()},
            "shared": {name: jnp.asarray(start, float) for name, start in self.shared_start.items()},
        }
        if subclassing.is_adapted(self):
            state["shared"] = subclassing.init(self, params)
        if self.use_ema:
            state["ema"] = jax.tree.map(jnp.copy, params)  # of weights that never train, the average is the weight
        if self.gradient_accumulation_steps:
            state["accumulated"] = jax.tree.map(jnp.zeros_like, params)
        return state

    def update(
        self, params: Tree, grads: Tree, opt_state: Values, *, learning_rate: Any = None, trainable: Tree | None = None
    ) -> tuple[Tree, Values]:
        """One step: the new weights and state.

        learning_rate: this step's, in the place of the optimizer's own. trainable: a tree like params, with a bool at
        each leaf; where it is False, the weight and all that is kept beside it stay as they are.
        """
        params, grads = jax.tree.map(jnp.asarray, (params, grads))
        step, every = opt_state["iterations"], self.gradient_accumulation_steps or 1
        lr = jnp.asarray(self.rate(step) if learning_rate is None else learning_rate, float)
        updates, new = step // every, dict(opt_state, iterations=step + 1)
        moves, is_due = trainable, None
        if self.loss_scale_factor is not None:
            grads = jax.tree.map(lambda g: g / self.loss_scale_factor, grads)
        if every > 1:
            grads, is_due = self._accumulate(grads, new, step, trainable)
            moves = (
                jax.tree.map(lambda w: is_due, params) if moves is None else jax.tree.map(lambda m: m & is_due, moves)
            )
        grads = self._clip(grads, trainable)
        params, new["slots"], new["shared"] = self._apply_rule(params, grads, new, lr, updates + 1, moves, is_due)
        if self.use_ema:
            params, new["ema"] = self._average(params, new["ema"], updates, trainable)
        return params, new

    def finalize(self, params: Tree, opt_state: Values, trainable: Tree | None = None) -> Tree:
        """The weights at the end of training: their averages where `use_ema`, else as they are."""
        return choose_trees(trainable, jax.tree.map(jnp.copy, opt_state["ema"]), params) if self.use_ema else params

    def rate(self, step: Any) -> Any:
        """The learning rate of a step counted from 0, its schedule's or its own."""
        rate = self.learning_rate(step) if callable(self.learning_rate) else jnp.asarray(self.learning_rate, float)
        if not arguments.fits(rate, arguments.Numbers) or np.ndim(rate):
            raise errors.type_error(
                type(self).__name__, "learning_rate, a function, to return a number", errors.short_repr(rate)
            )
        return rate

    def scale_loss(self, loss: jax.Array) -> jax.Array:
        """The loss times `loss_scale_factor`, to be differentiated."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _accumulate(self, grads: Tree, state: Values, step: Any, trainable: Tree | None) -> tuple[Tree, Any]:
        """The mean gradient so far, with its sum put into the state, and whether an update is due."""
        every = cast(int, self.gradient_accumulation_steps)
        # The sum starts over at the step after an update, not with it: so it is read only as it is written.
        total = jax.tree.map(lambda a, g: jnp.where(step % every == 0, 0, a) + g, state["accumulated"], grads)
        state["accumulated"] = choose_trees(trainable, total, state["accumulated"])
        return jax.tree.map(lambda a: a / every, state["accumulated"]), (step + 1) % every == 0

    def _clip(self, grads: Tree, trainable: Tree | None) -> Tree:
        if self.clipvalue is not None:
            return clip_values(grads, self.clipvalue)
        if self.clipnorm is not None:
            return clip_norms(grads, self.clipnorm)
        if self.global_clipnorm is not None:
            return clip_global_norm(grads, self.global_clipnorm, trainable)
        return grads

    def decayed(self, params: Tree, lr: Any) -> Tree:
        """The weights after weight decay."""
        if self.weight_decay is None:
            return params
        return decay(params, self.weight_decay * lr, self.not_decayed, self.layer_names)

    def _apply_rule(
        self, params: Tree, grads: Tree, state: Values, lr: Any, t: Any, moves: Tree | None, is_due: Any
    ) -> tuple[Tree, Values, Values]:
        """The rule on every weight that moves: weights, slots and shared numbers."""
        if subclassing.is_adapted(self):
            return subclassing.apply_rule(self, params, grads, state, lr, t, moves, is_due)
        s, shared = self.scalars(jnp, jnp.asarray(t, float), lr, state["shared"])
        weights: list[jax.Array] = jax.tree.leaves(params)
        tree: Any = jax.tree.structure(params)
        trees = (self.decayed(params, lr), grads, *state["slots"].values())
        columns: list[Any] = [tree.flatten_up_to(leaves) for leaves in trees]
        masks: list[Any] = [None for _ in weights] if moves is None else tree.flatten_up_to(moves)
        after: list[tuple[Any, Slots]] = []
        for w, may_move, decayed, g, *slots in zip(weights, masks, *columns, strict=True):
            numbers = {name: jnp.asarray(number, w.dtype) for name, number in s.items()}
            written = Slots(zip(state["slots"], slots, strict=True), may_move)
            moved, returned = self.rule(jnp, decayed, g.astype(w.dtype), written, numbers)
            if returned is not written:
                written.write_all(returned)
            after.append((choose(may_move, moved, w), written))
        new_slots: Values = {name: tree.unflatten([written[name] for _, written in after]) for name in state["slots"]}
        shared = jax.tree.map(lambda new, old: choose(is_due, new, old), shared, state["shared"])
        return tree.unflatten([w for w, _ in after]), new_slots, shared

    def _average(self, params: Tree, ema: Tree, updates: Any, trainable: Tree | None) -> tuple[Tree, Tree]:
        """The weights, replaced by their average where that is due, and the average."""
        momentum = jnp.where(updates == 0, 0, jnp.asarray(self.ema_momentum, float))
        ema = choose_trees(trainable, average(params, ema, momentum), ema)
        if self.ema_overwrite_frequency:
            now = (updates + 1) % self.ema_overwrite_frequency == 0
            params = choose_trees(trainable, jax.tree.map(lambda w, mean: jnp.where(now, mean, w), params, ema), params)
        return params, ema

    # --- settings -------------------------------------------------------------------------------------------------

    def exclude_from_weight_decay(self, var_list: list[Any] | None = None, var_names: list[str] | None = None) -> None:
        """Exclude these variables, and those whose own name contains one of these words, from weight decay.

        >>> from dragonet.optimizers import AdamW
        >>> AdamW().exclude_from_weight_decay(var_names=["bias", "gamma"])
        """
        paths = tuple(variable.path for variable in var_list or ())
        self.not_decayed = paths, "|".join(sorted(set(var_names))) if var_names else None

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "lr":
            raise errors.value_error(type(self).__name__, "learning_rate, as it is called", "lr")
        if name == "learning_rate":
            value = as_rate(type(self).__name__, value, may_be_0=name in self.__dict__)
            value = value if callable(value) else AssignableRate(value, self)
        object.__setattr__(self, name, value)

    def _finish_init(self) -> None:
        super()._finish_init()
        if self.name is None:
            self.name = session.unique_name(type(self).__name__)
        settings.check(self)
