"""dragonet under the name of Keras, for packages that import Keras themselves."""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence

from dragonet.core import errors

KERAS_VERSION = "3.15.1"  # whose names these are
# What packages take from Keras's inner modules, and where the same is here.
_INNER = {"src.saving.saving_lib": "saving", "src.saving": "saving", "src.ops": "ops"}


def version() -> str:
    """The version of Keras whose names these are; dragonet's own is `dragonet.__version__`.

    >>> version()
    '3.15.1'
    """
    return KERAS_VERSION


class _Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `keras` and `keras.layers` as modules that pass each name on to `dragonet` and `dragonet.layers`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name and not fullname.startswith(f"{self.name}."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: types.ModuleType) -> None:
        inner = module.__name__.removeprefix(self.name).removeprefix(".")
        ours = importlib.import_module(f"dragonet.{_INNER.get(inner, inner)}".rstrip(".")) if inner != "src" else None
        vars(module)["__version__"] = KERAS_VERSION
        if ours is not None:
            vars(module)["__getattr__"] = lambda name: getattr(ours, name)
            vars(module)["__all__"] = [name for name in dir(ours) if not name.startswith("_")]


def as_keras(name: str = "keras") -> None:
    """From here on `import keras`, also in other packages, is dragonet.

    For packages that sit on Keras (scikeras), in a program that does not use Keras itself.
    `as_keras("tensorflow.keras")` is for those that write `from tensorflow import keras`. A TensorFlow that is installed is then
    hidden.

    Raises ImportError where Keras has already been imported.

    >>> import dragonet
    >>> dragonet.as_keras()  # doctest: +SKIP
    >>> import keras  # doctest: +SKIP
    >>> keras.layers.Dense is dragonet.layers.Dense  # doctest: +SKIP
    True
    """
    if name not in ("keras", "tensorflow.keras"):
        raise errors.value_error("as_keras", "'keras' or 'tensorflow.keras'", errors.short_repr(name))
    if any(isinstance(finder, _Alias) and finder.name == name for finder in sys.meta_path):
        return
    outer = name.partition(".")[0]
    if outer in sys.modules:
        raise ImportError(f"as_keras needs to be called before {outer} is imported, but it has been imported already.")
    sys.meta_path.insert(0, _Alias(name))
    if outer != name:
        package = types.ModuleType(outer, "A package that holds nothing but dragonet, under the name keras.")
        package.__path__ = []
        sys.modules[outer] = package
        # In isinstance(x, tf.Variable): nothing is one.
        vars(package).update(Variable=(), Tensor=(), keras=importlib.import_module(name))
