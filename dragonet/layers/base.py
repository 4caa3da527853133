"""Layer: two functions in jnp and the fields that configure them.

`init(key, in_shape)` makes a layer's variables and tells the output shape; `apply(params, state, x, *, training, key)`
is the formula. Both are pure: they read the fields and their arguments, nothing else. What Keras's users expect of the
object itself (`layer.kernel`, `get_weights()`, calling it) is here, around a cell that holds the current values and that
the formula never reads.
"""

import contextlib
import contextvars
import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, cast

import jax
import numpy as np

from dragonet import random
from dragonet.core import arguments, checks, errors, forked, host_random, memory_limit, session
from dragonet.core.configurable import Configurable
from dragonet.core.keras_names import ignored_methods
from dragonet.core.serialization import is_ours
from dragonet.graph import tensors
from dragonet.graph.variable import Variable, VariableOwner

Shape = tuple[int | None, ...]

_FIRST_WEIGHTS = 0x57454947  # folded into the seed before a layer's number: other draws of the seed have other keys
_to_be_filled = contextvars.ContextVar("to_be_filled", default=False)


@dataclasses.dataclass
class Cell:
    """The current variables of one layer: two dicts, possibly nested, with a Variable at each leaf."""

    params: dict[str, Any]
    state: dict[str, Any]


@dataclasses.dataclass
class Layer(Configurable, VariableOwner):
    """What all layers share; a layer of your own is a dataclass derived from it, with `init` and `apply`.

    Args: `name` (made up where None); `trainable`, False freezes the weights; `dtype`, only 'float32'; `input_shape`, the
    shape of one row, for the first layer of a Sequential; `input_dim`, the same for a vector; `batch_size`, with them.
    Raises TypeError for unknown arguments, a missing decorator or a missing function.

    >>> import jax.numpy as jnp
    >>> @dataclasses.dataclass
    ... class Scale(Layer):
    ...     factor: float = 1.0
    ...     def init(self, key, in_shape):
    ...         return ({"scale": jnp.full(in_shape[-1:], self.factor)}, {}), in_shape
    ...     def apply(self, params, state, x, *, training, key):
    ...         return params["scale"] * x, state
    >>> Scale(3.0)(jnp.ones((1, 2))).tolist()
    [[3.0, 3.0]]
    """

    _: dataclasses.KW_ONLY
    name: str | None = None
    trainable: bool = True
    dtype: str | None = None
    input_shape: Shape | None = None
    input_dim: int | None = None
    batch_size: int | None = None

    _not_saved = ("input_shape", "input_dim", "batch_size")
    _left_out = ("quantization_config", "lora_rank", "lora_alpha", "rms_scaling", "autocast", "activity_regularizer")
    _dtypes = ("float32",)  # what `dtype` may say; InputLayer takes any
    _cell = None  # a Cell once built
    supports_masking = False  # whether a mask that comes with x goes on with y; else it ends here
    makes_mask = False  # whether compute_mask makes one where none came in, as Embedding(mask_zero=True) does
    inference_when_frozen = False  # BatchNormalization: trainable=False also means training=False

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """The variables (params, state) drawn from a key, and the output's shape."""
        raise self._missing("init(self, key, in_shape)", "(params, state), out_shape")

    def apply(self, params: dict, state: dict, x: Any, *, training: bool, key: jax.Array | None) -> tuple[Any, dict]:
        """The formula: the output y, and the state after it."""
        raise self._missing("apply(self, params, state, x, *, training, key)", "y, state")

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """The mask that goes on with the output: x's own where the layer passes masks on."""
        return mask if self.supports_masking else None

    def regularizers(self) -> dict[str, Any]:
        """Which weight is kept small by what: the fields called `<weight>_regularizer`."""
        return self._by_weight("_regularizer")

    def constraints(self) -> dict[str, Any]:
        """Which weight is held to what after each step: the fields called `<weight>_constraint`."""
        return self._by_weight("_constraint")

    def _by_weight(self, suffix: str) -> dict[str, Any]:
        names = (field.name for field in dataclasses.fields(self))
        held = {name.removesuffix(suffix): getattr(self, name) for name in names if name.endswith(suffix)}
        return {weight: thing for weight, thing in held.items() if thing is not None and weight != "activity"}

    # --- the object ---------------------------------------------------------------------------------------------------

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # A plain @dataclass finds these and leaves them: layers are compared by identity, not by their fields.
        cls.__eq__, cls.__hash__ = object.__eq__, object.__hash__
        ignored_methods.refuse(cls, "layer", ignored_methods.LAYER)

    __eq__, __hash__ = object.__eq__, object.__hash__

    def _finish_init(self) -> None:
        super()._finish_init()
        for function, returns in (("init", "(params, state), out_shape"), ("apply", "y, state")):
            if getattr(type(self), function) is getattr(Layer, function):
                raise self._missing(function, returns)
        if self.name is None:
            self.name, self._hidden_in_repr = session.unique_name(type(self).__name__), ("name",)
        elif not isinstance(self.name, str) or "/" in self.name:
            raise errors.value_error(type(self).__name__, "a name without '/'", repr(self.name))
        if self.dtype is not None and self._dtypes and self.dtype not in self._dtypes:
            raise errors.value_error(
                type(self).__name__,
                "dtype='float32'",
                repr(self.dtype),
                "dragonet computes in float32 throughout; data may be of any dtype.",
            )
        if self.input_dim is not None and "input_dim" in self._not_saved:  # else it is a field of the layer's own
            self.input_shape = (self.input_dim,)
        for size in (*(self.input_shape or ()), self.batch_size):
            if size is not None:
                checks.whole(type(self).__name__, "each size of its input", size)
        seed = getattr(self, "seed", None)
        if seed is not None and not (arguments.fits(seed, int) and 0 <= seed < 2**32):
            raise errors.value_error(
                type(self).__name__, "seed to be a whole number from 0 to 2**32 - 1, or None", errors.short_repr(seed)
            )
        self._nodes: list[tensors.Node] = []

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Layer":
        """The layer that `get_config` described, Keras's or ours.

        Raises ValueError where the config uses an argument of Keras's that dragonet leaves out.
        """
        fields = {field.name for field in dataclasses.fields(cls)}
        left_out = [name for name in cls._left_out if name in config and name not in fields]
        for name in left_out:
            if config[name]:
                raise errors.value_error(
                    f"{cls.__name__}.from_config", f"a layer without {name}", errors.short_repr(config[name])
                )
        return super().from_config({name: held for name, held in config.items() if name not in left_out})

    def replace(self, **fields: Any) -> "Layer":
        """The same layer with other fields, for use in a formula: it has no variables and no name of its own."""
        twin = copy.copy(self)
        for name, held in fields.items():
            setattr(twin, name, held)
        return twin

    def _missing(self, function: str, returns: str) -> TypeError:
        return errors.type_error(
            f"The layer {type(self).__name__}", f"a function {function} that returns {returns}", "none"
        )

    def build(self, in_shape: Shape) -> Shape:
        """Make the variables for inputs of this shape, unless they exist; the output's shape."""
        from dragonet.core import compile_cache

        if self._cell is not None:
            return self._shape_again(in_shape)
        is_from_file = _to_be_filled.get()  # weights are held to the file's size before anything is allocated
        if is_from_file:
            (params, state), out_shape = self._init_shapes(in_shape)
        else:
            words = host_random.key(session.seed(), _FIRST_WEIGHTS, session.next_ordinal())
            if is_ours(type(self).init):
                (params, state), out_shape = self._made(words, in_shape)
            else:
                with compile_cache.cache():  # a layer of the user's draws with JAX, which compiles small programs
                    (params, state), out_shape = self._made(random.as_jax_key(words), in_shape)
        if not (is_from_file and params):
            self._check_size(out_shape)
        self._cell = Cell(self._variables(params, True), self._variables(state, False))
        return out_shape

    def _check_size(self, out_shape: Any) -> None:
        """Refuse an output of which not even one row fits into memory."""
        shapes = out_shape if isinstance(out_shape, list) else [out_shape]
        if all(isinstance(shape, tuple) for shape in shapes):
            memory_limit.check(
                f"The output of {self!r}, of shape {out_shape},", memory_limit.bytes_of(shapes), "Make it smaller."
            )

    def _made(self, key: Any, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        made = self.init(key, in_shape)
        try:
            (params, state), out_shape = made
        except (TypeError, ValueError):
            raise errors.type_error(
                f"The layer {type(self).__name__}", "init to return (params, state), out_shape", errors.short_repr(made)
            ) from None
        return (params, state), out_shape

    def _shape_again(self, in_shape: Shape) -> Shape:
        """The output's shape for another input, which must need variables of the shapes that there are."""
        variables, out_shape = self._init_shapes(in_shape)
        for part, wanted in zip(self.gather(), variables, strict=True):
            shapes = [(name, held.shape, wanted[name].shape) for name, held in part.items() if hasattr(held, "shape")]
            for name, held, new in shapes:
                if held != new:
                    raise ValueError(
                        f"{self!r} was built for inputs of another shape than {in_shape}, for which its "
                        f"{name} of shape {held} would have to be {new}. Use a second layer."
                    )
        return out_shape

    def _variables(self, tree: dict, trainable: bool) -> dict:
        def named(path, held):
            return Variable(held, "/".join(str(step.key) for step in path), self, trainable)

        leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
        made = {jax.tree_util.keystr(path): named(path, held) for path, held in leaves}

        def rebuilt(part, prefix):  # keeps the dicts' own order, in which get_weights lists them
            if isinstance(part, dict):
                return {name: rebuilt(item, (*prefix, jax.tree_util.DictKey(name))) for name, item in part.items()}
            return made[jax.tree_util.keystr(prefix)]

        return cast(dict, rebuilt(tree, ()))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape that comes out for this shape going in, without making any variable."""
        return self._init_shapes(input_shape)[1]

    def _init_shapes(self, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """What `init` returns, with shapes and dtypes in the place of numbers: nothing is drawn or allocated."""
        found = []

        def init(key):
            variables, out_shape = self._made(key, in_shape)
            found.append((tuple(_structs(tree) for tree in variables), out_shape))

        jax.eval_shape(init, jax.eval_shape(lambda: jax.random.key(0)))
        return found[0]

    @property
    def built(self) -> bool:
        """Whether the variables exist."""
        return self._cell is not None

    def __call__(self, *args, **kwargs) -> Any:
        """On `Input(...)` and what comes of it: link a graph. On arrays: compute, building first where needed."""
        if tensors.tensors((args, kwargs)):
            return self._link(args, kwargs)
        return self._compute(*args, **kwargs)

    def _link(self, args: tuple, kwargs: dict) -> Any:
        if not args:
            raise errors.type_error(f"{self!r}", "its input as the first argument", "none")
        kwargs.pop("training", None)  # fit and predict decide, in Keras too, whatever a call of the graph says
        out_shape = self.build(tensors.shapes(args[0]))
        node = tensors.Node(self, args, kwargs)
        node.outputs = tensors.outputs_of(node, out_shape)
        self._nodes.append(node)
        return node.outputs

    def _compute(self, x: Any, *args, training: bool = False, mask: Any = None, **kwargs) -> Any:
        forked.check_xla(f"Calling {self!r} on arrays")
        if mask is not None and tensors.takes_mask(type(self)):
            kwargs["mask"] = mask
        training = bool(training) and (self.trainable or not self.inference_when_frozen)
        x = _as_arrays(x)
        if not self.built:
            self.build(tensors.shapes(x))
        key = random.next_key() if training else None
        y, state = self.apply(*self.gather(), x, *args, training=training, key=key, **kwargs)
        self.scatter(None, state)
        return y

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first call."""
        return self._first_node().args[0]

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first call, from which a model can be cut out."""
        return self._first_node().outputs

    def _first_node(self) -> tensors.Node:
        if not self._nodes:
            raise errors.value_error(
                f"{self!r}",
                "to have been called on an Input before it has an input and an output",
                "a layer that stands alone",
                "Put it into a Sequential that starts with Input(shape).",
            )
        return self._nodes[0]

    # --- variables ----------------------------------------------------------------------------------------------------

    def gather(self) -> tuple[dict, dict]:
        """The current (params, state) as trees of arrays, for the pure functions."""
        cell = self._cell
        return (_arrays(cell.params), _arrays(cell.state)) if cell else ({}, {})

    def scatter(self, params: dict | None, state: dict | None) -> None:
        """Put arrays back into the variables; None leaves them."""
        cell = cast(Any, self._cell)
        for variables, arrays in ((cell.params, params), (cell.state, state)):
            if arrays is not None:
                _put_back(variables, arrays)

    def __getattr__(self, name: str) -> Any:
        cell = type(self)._cell if name == "_cell" else self.__dict__.get("_cell")
        if cell is not None and not name.startswith("_"):
            for variables in (cell.params, cell.state):
                if isinstance(variables.get(name), Variable):
                    return variables[name]
        hint = (
            ""
            if cell is not None or name.startswith("_")
            else " It has no variables yet: it is built by its first call."
        )
        raise AttributeError(
            f"{type(self).__name__} {self.__dict__.get('name', '')!r} has no attribute {name!r}.{hint}"
        )

    @property
    def variables(self) -> list[Variable]:
        """All variables: the weights, then the running statistics, in the order in which they were made."""
        if self._cell is None:
            return []
        return _leaves(self._cell.params) + _leaves(self._cell.state)


def _as_arrays(x: Any) -> Any:
    """An array, or a list or dict of arrays; a list of numbers is one array."""
    if isinstance(x, dict):
        return {name: _as_arrays(item) for name, item in x.items()}
    if isinstance(x, list | tuple) and any(hasattr(item, "shape") for item in x):
        return [_as_arrays(item) for item in x]
    if isinstance(x, jax.Array):
        return x
    if not arguments.fits(x, arguments.Numbers):
        raise errors.type_error("A layer", "tensors or arrays of numbers as its input", errors.short_repr(x))
    return jax.numpy.asarray(np.asarray(x))


@contextlib.contextmanager
def to_be_filled() -> Iterator[None]:
    """Layers that are built in a with block get variables that have a shape and no numbers, to be read from a file.

    So a file that asks for more memory than it brings numbers is refused before any is taken.
    """
    token = _to_be_filled.set(True)
    try:
        yield
    finally:
        _to_be_filled.reset(token)


def _structs(tree: dict) -> dict:
    # Not by jax.tree.map, which would sort a dict's names: get_weights lists them in the layer's order.
    return {
        name: _structs(item) if isinstance(item, dict) else jax.ShapeDtypeStruct(item.shape, item.dtype)
        for name, item in tree.items()
    }


def _leaves(tree: dict) -> list[Variable]:
    out = []
    for item in tree.values():
        out += _leaves(item) if isinstance(item, dict) else [item]
    return out


def _arrays(tree: dict) -> dict:
    return {name: _arrays(item) if isinstance(item, dict) else item.held for name, item in tree.items()} if tree else {}


def _put_back(variables: dict, arrays: dict) -> None:
    for name, item in variables.items():
        if isinstance(item, dict):
            _put_back(item, arrays[name])
        else:
            item.held = arrays[name]
