"""Optimizer: an update rule for one array, lifted to all weights, and what all rules share.

A rule is three small functions in the letters of its paper: which arrays it keeps beside each weight (`slots`), the
numbers of a step that all weights share (`scalars`), and the step itself (`rule`). They use + − × ÷ and sqrt, abs,
maximum, sign and power of the namespace `xp`, so that any engine's values can run through them. Everything here is
pure: the object holds the settings, the state travels as a tree.
"""

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, checks, errors, session
from dragonet.core.configurable import Configurable
from dragonet.core.keras_names import ignored_methods

Rate = float | Callable[[Any], Any]  # a number, a schedule, any function of the step
Tree = Any  # nested dicts with an array at each leaf, as the weights are


@dataclass(eq=False)
class Optimizer(Configurable):
    """What all optimizers share; one of your own is a dataclass derived from it, with `slots`, `scalars` and `rule`.

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
    iterations = 0  # how many updates were made; the trainer keeps it
    slot_start = 0.0  # what the arrays beside each weight hold at first
    shared_start = {}  # and the numbers that outlive a step

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "optimizer", ignored_methods.OPTIMIZER)

    # --- a rule ---------------------------------------------------------------------------------------------------

    def slots(self) -> tuple[str, ...]:
        """The names of the arrays kept beside each weight."""
        return ()

    def scalars(self, xp: Any, t: Any, lr: Any, shared: dict) -> tuple[dict, dict]:
        """This step's numbers for all weights, and the shared ones that outlive it; t counts from 1."""
        return {"lr": lr}, shared

    def rule(self, xp: Any, w: Any, g: Any, slots: dict, s: dict) -> tuple[Any, dict]:
        """The step for one weight w with gradient g: the new w, and the slots, the new values written into them."""
        raise errors.type_error(
            f"The optimizer {type(self).__name__}", "a function rule(self, xp, w, g, slots, s)", "none"
        )

    # --- lifted to all weights ------------------------------------------------------------------------------------

    def init(self, params: Tree) -> dict[str, Any]:
        """The state before the first step."""
        state = {
            "iterations": np.zeros((), "int32"),
            "slots": {name: jax.tree.map(lambda w: _filled(w, self.slot_start), params) for name in self.slots()},
            "shared": {name: jnp.asarray(start, float) for name, start in self.shared_start.items()},
        }
        if self.use_ema:
            state["ema"] = jax.tree.map(jnp.copy, params)  # of weights that never train, the average is the weight
        if self.gradient_accumulation_steps:
            state["accumulated"] = jax.tree.map(jnp.zeros_like, params)
        return state

    def update(
        self, params: Tree, grads: Tree, opt_state: dict, *, learning_rate: Any = None, trainable: Tree | None = None
    ) -> tuple[Tree, dict]:
        """One step: the new weights and state.

        learning_rate: this step's, in the place of the optimizer's own. trainable: a tree like params, with a bool at
        each leaf; where it is False, the weight and all that is kept beside it stay as they are.
        """
        params, grads = jax.tree.map(jnp.asarray, (params, grads))
        step, every = opt_state["iterations"], self.gradient_accumulation_steps or 1
        lr = jnp.asarray(self.rate(step) if learning_rate is None else learning_rate, float)
        updates, new = step // every, dict(opt_state, iterations=step + 1)
        moves, due = trainable, None
        if self.loss_scale_factor is not None:
            grads = jax.tree.map(lambda g: g / self.loss_scale_factor, grads)
        if every > 1:
            # The sum starts over at the step after an update, not with it: so it is read only as it is written.
            total = jax.tree.map(lambda a, g: jnp.where(step % every == 0, 0, a) + g, opt_state["accumulated"], grads)
            new["accumulated"] = _where(trainable, total, opt_state["accumulated"])
            grads = jax.tree.map(lambda a: a / every, new["accumulated"])
            due = (step + 1) % every == 0
            moves = jax.tree.map(lambda w: due, params) if moves is None else jax.tree.map(lambda may: may & due, moves)
        grads = self._clipped(grads, trainable)
        params, new["slots"], new["shared"] = self._lifted(params, grads, new, lr, updates + 1, moves, due)
        if self.use_ema:
            params, new["ema"] = self._averaged(params, new["ema"], updates, trainable)
        return params, new

    def finalize(self, params: Tree, opt_state: dict, trainable: Tree | None = None) -> Tree:
        """The weights at the end of training: their averages where `use_ema`, else as they are."""
        return _where(trainable, jax.tree.map(jnp.copy, opt_state["ema"]), params) if self.use_ema else params

    def rate(self, step: Any) -> Any:
        """The learning rate of a step counted from 0, its schedule's or its own."""
        if not callable(self.learning_rate):
            return jnp.asarray(self.learning_rate, float)
        rate = self.learning_rate(step)
        if not arguments.fits(rate, arguments.Numbers) or np.ndim(rate):
            raise errors.type_error(
                type(self).__name__, "learning_rate, a function, to return a number", errors.short_repr(rate)
            )
        return rate

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`, to be differentiated."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _lifted(
        self, params: Tree, grads: Tree, state: dict, lr: Any, t: Any, moves: Tree | None, due: Any
    ) -> tuple[Tree, dict, dict]:
        """The rule on every weight that moves: weights, slots and shared numbers."""
        s, shared = self.scalars(jnp, jnp.asarray(t, float), lr, state["shared"])
        weights, tree = jax.tree.flatten(params)
        beside = [tree.flatten_up_to(held) for held in (self._decayed(params, lr), grads, *state["slots"].values())]
        masks = [None] * len(weights) if moves is None else tree.flatten_up_to(moves)
        after = []
        for w, may, decayed, g, *held in zip(weights, masks, *beside, strict=True):
            numbers = {name: jnp.asarray(number, w.dtype) for name, number in s.items()}
            kept = _Kept(zip(state["slots"], held, strict=True), may)
            stepped, slots = self.rule(jnp, decayed, g.astype(w.dtype), kept, numbers)
            if slots is not kept:
                kept.update_all(slots)
            after.append((_chosen(may, stepped, w), kept))
        slots = {name: tree.unflatten([kept[name] for _, kept in after]) for name in state["slots"]}
        shared = jax.tree.map(lambda n, o: _chosen(due, n, o), shared, state["shared"])
        return tree.unflatten([w for w, _ in after]), slots, shared

    def _clipped(self, grads: Tree, trainable: Tree | None) -> Tree:
        """Gradients made shorter where they are too long (Pascanu et al. 2013, algorithm 1)."""
        if self.clipvalue is not None:
            return jax.tree.map(lambda g: jnp.clip(g, -self.clipvalue, self.clipvalue), grads)
        if self.clipnorm is not None:
            return jax.tree.map(lambda g: g * self.clipnorm / jnp.maximum(_length(g), self.clipnorm), grads)
        if self.global_clipnorm is not None:
            lengths = jax.tree.map(_length, grads)
            counted = _where(trainable, lengths, jax.tree.map(jnp.zeros_like, lengths))
            length = _length(jnp.stack(jax.tree.leaves(counted)))
            scale = self.global_clipnorm / jnp.maximum(length, self.global_clipnorm)
            return jax.tree.map(lambda g: g * scale, grads)
        return grads

    def _decayed(self, params: Tree, lr: Any) -> Tree:
        """Weights shrunk by weight_decay · lr, apart from the gradient (Loshchilov & Hutter 2019, algorithm 1)."""
        if self.weight_decay is None:
            return params
        paths, pattern = self.not_decayed

        def shrunk(steps, w):
            names = [str(getattr(part, "key", getattr(part, "idx", part))) for part in steps]
            if self.layer_names and names[0].isdigit():  # a model's weights come in a tuple, one entry a layer
                names[0] = self.layer_names[int(names[0])]
            spared = "/".join(names) in paths or (pattern is not None and re.search(pattern, names[-1]))
            return w if spared else w - w * jnp.asarray(self.weight_decay * lr, w.dtype)

        return jax.tree_util.tree_map_with_path(shrunk, params)

    def _averaged(self, params: Tree, ema: Tree, updates: Any, trainable: Tree | None) -> tuple[Tree, Tree]:
        """The weights, put to their average where it is time, and that average (Polyak & Juditsky 1992, fading)."""
        keep = jnp.where(updates == 0, 0, jnp.asarray(self.ema_momentum, float))

        def average(w, held):
            share = keep.astype(w.dtype)
            return share * held + (1 - share) * w

        ema = _where(trainable, jax.tree.map(average, params, ema), ema)
        if self.ema_overwrite_frequency:
            now = (updates + 1) % self.ema_overwrite_frequency == 0
            params = _where(trainable, jax.tree.map(lambda w, mean: jnp.where(now, mean, w), params, ema), params)
        return params, ema

    # --- settings -------------------------------------------------------------------------------------------------

    def exclude_from_weight_decay(self, var_list: list | None = None, var_names: list[str] | None = None) -> None:
        """Spare these variables, and those whose own name has one of these words in it, from weight decay.

        >>> from dragonet.optimizers import AdamW
        >>> AdamW().exclude_from_weight_decay(var_names=["bias", "gamma"])
        """
        paths = tuple(variable.path for variable in var_list or ())
        self.not_decayed = paths, "|".join(sorted(set(var_names))) if var_names else None

    def __setattr__(self, name: str, given: Any) -> None:
        if name == "learning_rate":
            given = _as_rate(type(self).__name__, given, may_be_0=name in self.__dict__)
        object.__setattr__(self, name, given)

    def _finish_init(self) -> None:
        super()._finish_init()
        who = type(self).__name__
        if self.name is None:
            self.name = session.unique_name(who)
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        given = [f"{name}={held}" for name, held in clips.items() if held is not None]
        if len(given) > 1:
            raise errors.value_error(who, "at most one of clipnorm, clipvalue and global_clipnorm", " and ".join(given))
        for name in (*clips, "loss_scale_factor"):
            if getattr(self, name) is not None:
                checks.positive(who, name, getattr(self, name))
        if self.weight_decay is not None:
            checks.number(who, "weight_decay", self.weight_decay, least=0)
        checks.number(who, "ema_momentum", self.ema_momentum, least=0, most=1)
        if self.ema_overwrite_frequency is not None:
            checks.whole(who, "ema_overwrite_frequency", self.ema_overwrite_frequency)
        if self.gradient_accumulation_steps is not None:
            checks.whole(who, "gradient_accumulation_steps", self.gradient_accumulation_steps, least=2)


def _as_rate(who: str, given: Any, may_be_0: bool) -> Rate:
    """A learning rate: a number above 0 (a callback may set 0 later), a schedule, or a function of the step."""
    needs = "learning_rate to be a number, a schedule or a function of the step"
    if callable(given):
        if inspect.isclass(given) or not _takes_one(given):
            raise errors.type_error(who, needs, f"{errors.short_repr(given)}, which does not make a number of one")
        return given
    if isinstance(given, str | bool | None) or np.ndim(given) or not hasattr(given, "__float__"):
        hint = f"Write learning_rate={given}." if isinstance(given, str) and re.fullmatch(r"[\d.e-]+", given) else ""
        raise errors.type_error(who, needs, errors.short_repr(given), hint)
    number = float(given)
    if not (0 < number < math.inf or (may_be_0 and number == 0)):
        raise errors.value_error(
            who, f"learning_rate to be a number {'from 0 on' if may_be_0 else 'above 0'}", f"{number}"
        )
    return number


def _takes_one(function: Any) -> bool:
    try:
        inspect.signature(function).bind(0)
    except TypeError:
        return False
    return True


def _filled(w: Any, start: float) -> np.ndarray:
    """An array like w of one number; zeros take no memory until they are written to."""
    return np.full(w.shape, start, w.dtype) if start else np.zeros(w.shape, w.dtype)


def _length(g: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.sum(jnp.square(g)))


def _chosen(may: Any, new: Any, old: Any) -> Any:
    return new if may is None else jnp.where(may, new, old)


def _where(moves: Tree | None, new: Tree, old: Tree) -> Tree:
    return new if moves is None else jax.tree.map(jnp.where, moves, new, old)


class _Kept(dict):
    """The slots of one weight. What a rule writes into them stays as it was where the weight may not move.

    A rule that goes on with what it has written, m and not its own copy of it, lets the compiler write m in place and
    read it from there. Choosing afterwards would make it compute m twice, from a copy: Adam would take twice as long.
    """

    def __init__(self, held: Any, may: Any):
        super().__init__(held)
        self._may = may

    def __setitem__(self, name: str, new: Any) -> None:
        super().__setitem__(name, _chosen(self._may, new, self[name]))

    def update_all(self, slots: dict) -> None:
        """Write what a rule returned in a dict of its own."""
        for name, new in slots.items():
            self[name] = new
