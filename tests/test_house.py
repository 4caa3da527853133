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
    {"report"},
    {"studies"},
    {"comparison"},
    {"runs"},
    {"plots"},
    {"inspect"},
    {"interop", "sklearn"},
    {"models"},
    {"training"},
    {"callbacks"},
    {"engines"},
    {"backend", "config"},
    {"layers"},
    {"graph"},
    {"losses", "metrics", "optimizers"},
    {"initializers", "regularizers", "constraints", "activations"},
    {"datasets", "preprocessing"},
    {"data"},
    {"perceptrons"},
    {"ops", "utils", "saving"},
    {"random"},
    {"core"},
]
MOST_FILES = 16  # of a folder's own
MOST_LINES = 250  # of a file
LONGER = {
    "layers/subclassing/layer.py": "the methods of Keras's Layer",
    "layers/subclassing/running.py": "a call of the user's, symbolic and with numbers; to be split",
    "studies/run_study.py": "the main job from rows to a run; to be split",
}
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


NATIVE = ROOT / "engines" / "native"
ABOVE = {
    "ops": {"plan", "lowering", "cpu", "reference", "runtime"},
    "plan": {"lowering", "cpu", "reference", "runtime"},
}
ABOVE |= {"lowering": {"cpu", "reference", "runtime"}, "reference": {"lowering", "cpu", "runtime"}}


@pytest.mark.parametrize("folder", ABOVE)
def test_what_a_step_computes_knows_nothing_of_the_processor(folder):
    """The native engine's ops, plans and lowering serve every target: none of them imports one's code."""
    for path in (NATIVE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dragonet.engines.native."):
                assert node.module.split(".")[3] not in ABOVE[folder], f"{path}: {node.module}"


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
        ("layers.merging.concatenation", "concatenate"),
        ("layers.merging.dot_product", "dot"),
    ],
)
def test_a_name_is_still_the_function_once_its_file_is_imported(file, name):
    importlib.import_module(f"dragonet.{file}")
    package = importlib.import_module(f"dragonet.{file.split('.')[0]}")
    assert callable(getattr(package, name))


def test_no_room_shadows_a_function_of_the_root():
    """In a process of its own, where every module is imported first."""
    modules = [".".join(path.relative_to(ROOT.parent).with_suffix("").parts) for path in sorted(ROOT.rglob("*.py"))]
    modules = [name.removesuffix(".__init__") for name in modules if not name.endswith("__main__")]
    script = (
        f"import importlib, types\nfor name in {modules!r}: importlib.import_module(name)\n"
        "import dragonet, numpy as np\n"
        "x, y = np.arange(40.0)[:, None], np.arange(40) % 2\n"
        "print(dragonet.study((x, y), seeds=1, model='logistic').kept)\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "print(*dragonet.compare([DecisionTreeClassifier()], x, y, seeds=2).names)\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["logistic", "DecisionTreeClassifier"], done.stderr


FOLDERS = sorted({path.parent for path in ROOT.rglob("*.py")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT.parent).as_posix())
def test_a_folder_has_few_files(folder):
    files = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_FILES, files


def test_a_file_holds_one_idea():
    """Longer files tell several; an exception has its reason, and goes once the file is short."""
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in ROOT.rglob("*.py")
    }
    assert {name: n for name, n in lengths.items() if n > MOST_LINES and name not in LONGER} == {}
    assert sorted(name for name in LONGER if lengths.get(name, 0) <= MOST_LINES) == []


# Tests of a whole kind, and not of one source file; all others bear the name of the file that they test.
WHOLE_KINDS = """
    callbacks: agree_with_keras files resume
    cli: damage mistakes numbers_in_disguise own_data processes verbs verify_verdicts
    constraints: constraints
    data: hostile_tables names
    engines/native: many_axes merge same_bits shared_layers whole_trainings
    engines/native/cpu/kernels: elementwise normalization
    initializers: initializers
    interop: damaged_configs encoder_in_file every_layer files graphs hostile training_goes_on
    layers/subclassing: as_keras
    models/subclassing: as_keras
    layers: every_layer_alone every_layer_as_keras image layer_kinds layer_normalization_kinds layer_refusals pool
    losses: loss_refusals loss_values losses_as_keras
    metrics: metric_refusals metric_values metrics_as_keras
    optimizers: one_step optimizer_settings optimizers_as_keras schedules signatures_as_keras
    plots: every_picture learning_pictures looking over_time_pictures scatter_pictures tables_and_bars
    regularizers: regularizers
    report: report
    sklearn: estimators
    studies: any_units candidates_from_outside known_answers
    training: hooks_as_keras killed masked_outputs reproducible scaled_and_penalised several_epochs stopping
    training: whole_trainings_as_keras
    training/data: every_dtype
"""
TESTS = Path(__file__).parent
OTHER = {"golden", "helpers", "ports", "tutorials"}  # what is no test of a room


def test_tests_mirror_the_package():
    kinds = {
        f"{folder}/test_{name}.py"
        for line in WHOLE_KINDS.split("\n")
        if line.strip()
        for folder, _, names in [line.strip().partition(": ")]
        for name in names.split()
    }
    files = {path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    named = {path for path in files if len(path.parts) > 1 and path.parts[0] not in OTHER}
    odd = {path.as_posix() for path in named if not (ROOT / path.parent / path.name.removeprefix("test_")).exists()}
    assert odd == kinds, odd ^ kinds


def test_no_test_changes_where_python_looks_for_files():
    for path in TESTS.rglob("*.py"):
        if path != Path(__file__):
            assert "sys.path" not in path.read_text(encoding="utf-8"), path


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
                refused = {"pickle", "marshal", "dill", "cloudpickle", "joblib"}
                if path == ROOT / "runs/units.py":
                    refused.remove("joblib")  # for its workers; it loads nothing
                assert not refused & set(names), path


def test_no_warning_counts_the_levels_to_the_users_line():
    """`errors.warn` finds the line by itself; a counted level is wrong as soon as a function between changes."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert "stacklevel" not in {keyword.arg for keyword in node.keywords}, path
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                assert name != "warn" or node.func.value.id == "errors", f"{path}: write errors.warn"
