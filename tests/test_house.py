"""The house: what may import what, what an import loads, and that nothing in it is out of bounds."""

import ast
import importlib
import subprocess
import sys
import types
from pathlib import Path

import pytest

import dragonet

ROOT = Path(dragonet.__file__).parent

# From the roof to the ground: a room imports from the rooms below it. docs/architecture.md says why.
ROOMS = [
    {"cli"},
    {"studio"},
    {"report"},
    {"experiment"},
    {"plots"},
    {"inspect"},
    {"interop", "sklearn"},
    {"models"},
    {"training"},
    {"callbacks"},
    {"engines"},
    {"layers"},
    {"losses", "metrics", "optimizers"},
    {"initializers", "regularizers", "constraints", "activations"},
    {"datasets", "preprocessing"},
    {"data"},
    {"perceptrons"},
    {"ops", "utils", "backend", "saving"},
    {"random", "piecewise"},
    {"disk"},
    {"configurable"},
    {"config"},
    {"checks", "arguments"},
    {"memory_limit"},
    {"overridden"},
    {"session", "errors", "old_arguments", "absent", "lazy", "aside", "host_random", "spreadsheet", "shell"},
    {"forked"},
]
FLOOR = {room: i for i, rooms in enumerate(ROOMS) for room in rooms}


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[0].removesuffix(".py")


def imports_at_the_top(path):
    """The dragonet modules that a file imports when it is loaded (not those inside functions)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dragonet":
            if node.module == "dragonet":
                yield from (alias.name for alias in node.names)
            else:
                yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("dragonet."))


def test_every_room_has_a_floor():
    rooms = {room_of(path) for path in ROOT.rglob("*.py")} - {"__init__"}
    assert rooms <= set(FLOOR), rooms - set(FLOOR)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_down(path):
    room = room_of(path)
    if room == "__init__":
        return
    up = [name for name in imports_at_the_top(path) if name in FLOOR and name != room and FLOOR[name] < FLOOR[room]]
    assert not up, f"{room} imports {up}, which are above it"


PACKAGES = sorted(".".join(path.parent.relative_to(ROOT.parent).parts) for path in ROOT.rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_hides_a_name_of_its_package(package):
    """A file that is imported becomes an attribute of its package, in the place of a class or function of that name."""
    table = importlib.import_module(package)
    folder = Path(table.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    for name in sorted(files & set(getattr(table, "__all__", ()))):
        assert isinstance(getattr(table, name), types.ModuleType), f"{name!r} is a file and a name of {package}"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("data.splitting", "split"),
        ("initializers.constants", "constant"),
        ("initializers.rotation", "orthogonal"),
        ("initializers.fourier", "stft"),
        ("layers.concatenation", "concatenate"),
        ("layers.dot_product", "dot"),
    ],
)
def test_a_name_is_still_the_function_once_its_file_is_imported(file, name):
    importlib.import_module(f"dragonet.{file}")
    package = importlib.import_module(f"dragonet.{file.split('.')[0]}")
    assert callable(getattr(package, name))


def test_importing_dragonet_loads_neither_jax_nor_pandas_nor_matplotlib():
    script = (
        "import sys, dragonet; print(sorted({'jax', 'pandas', 'matplotlib', 'numpy', 'sklearn'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )


def test_no_file_unpickles_or_evaluates():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                assert name not in ("eval", "exec"), path
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "marshal", "dill", "cloudpickle", "joblib"} & set(names), path
