"""Doctor: which Python runs, whether notebooks find it, what is installed, which devices there are, if it learns."""

import contextlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dragonet


@dataclass(frozen=True)
class Finding:
    """A check: its subject, its result, whether that is well, and the commands that repair it."""

    about: str
    result: str
    well: bool = True
    fix: tuple[str, ...] = ()


def examine() -> Iterator[Finding]:
    """Look at one thing after another."""
    yield Finding("Python", f"{sys.version.split()[0]}, {sys.executable}")
    yield Finding("dragonet", f"{dragonet.__version__}, {Path(dragonet.__file__).parent}")
    yield _versions()
    yield notebook()
    yield _engine()
    devices = _devices()
    yield devices
    if devices.well:
        yield self_test()


def _versions() -> Finding:
    from dragonet.runs import environment

    installed = environment.versions()
    return Finding(
        "versions", ", ".join(f"{name} {installed[name]}" for name in ("jax", "jaxlib", "llvmlite", "numpy"))
    )


def _devices() -> Finding:
    from dragonet.runs import devices

    try:
        here = devices.offered()
    except ValueError as failure:
        return Finding("devices", str(failure), well=False)
    lack = "; no GPU, and none is needed" if all(line.startswith("cpu") for line in here) else ""
    return Finding("devices", f"{', '.join(here)}, {os.cpu_count()} cores{lack}")


def _engine() -> Finding:
    from dragonet.engines.native.cpu import target

    processor = target.host()
    if processor is None:
        return Finding("native engine", "no: this processor has no fused multiply-add; XLA runs everything")
    return Finding("native engine", f"{processor.name}, {target.threads()} threads")


# --- notebooks --------------------------------------------------------------------------------------------------------


def notebook() -> Finding:
    """Whether one of the user's Jupyter kernels runs this Python, and what to type where none does."""
    names = [name for name, python, folder in _kernels() if _runs_this(Path(python), folder)]
    if names:
        return Finding("notebooks", f"choose the kernel {' or '.join(map(repr, names))}")
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    name = Path(sys.prefix).name if sys.prefix != sys.base_prefix else "dragonet"
    fix = [] if importlib.util.find_spec("ipykernel") else [f"{python} -m pip install ipykernel"]
    fix.append(f'{python} -m ipykernel install --user --name {name} --display-name "Python ({name})"')
    return Finding("notebooks", "no Jupyter kernel runs this Python; should you want one, type", fix=tuple(fix))


def _kernels() -> Iterator[tuple[str, str, Path]]:
    """The name and the Python of each kernel in the folders that Jupyter looks into, and the folder."""
    for folder in _jupyter_folders():
        for path in sorted((folder / "kernels").glob("*/kernel.json")):
            with contextlib.suppress(
                OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError
            ):
                kernel = json.loads(path.read_text(encoding="utf-8"))
                yield kernel.get("display_name", path.parent.name), kernel["argv"][0], folder


def _jupyter_folders() -> list[Path]:
    home = Path.home()
    own = {"win32": Path(os.environ.get("APPDATA", home)) / "jupyter", "darwin": home / "Library" / "Jupyter"}.get(
        sys.platform, Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share")) / "jupyter"
    )
    folders = [Path(part) for part in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if part]
    shared = [Path(sys.prefix) / "share" / "jupyter", Path("/usr/local/share/jupyter"), Path("/usr/share/jupyter")]
    return [*folders, Path(os.environ.get("JUPYTER_DATA_DIR", own)), *shared]


def _runs_this(python: Path, folder: Path) -> bool:
    """Whether a kernel's Python is the one that runs now.

    Links are not followed: those of all environments may lead to the same file. A bare 'python' in the folder of an
    environment is that environment's.
    """
    if not python.is_absolute():
        return folder == Path(sys.prefix) / "share" / "jupyter"
    return os.path.normcase(Path(sys.executable).parent) == os.path.normcase(python.parent)


# --- does it learn? ---------------------------------------------------------------------------------------------------

EXPECTED = 0.94, 0.99  # logistic regression on the digits' 360 test rows; ten seeds gave 0.958 to 0.969


def self_test() -> Finding:
    """Train logistic regression on the digits, and compare its accuracy with what it is elsewhere."""
    from dragonet.core import session
    from dragonet.runs import architectures, problems, scores
    from dragonet.runs.recipe import Recipe

    began = time.perf_counter()
    session.set_seed(0)
    problem = problems.load("digits", 0)
    model = architectures.build(Recipe.of("digits", "logistic"), problem)
    model.fit(problem.x_train, problem.y_train, epochs=20, verbose=0)
    accuracy, took = scores.of(model, problem).accuracy.value, time.perf_counter() - began
    low, high = EXPECTED
    result = f"accuracy {accuracy:.3f} on the small digits (expected: {low} to {high}) in {took:.1f} s"
    return Finding("self-test", result, well=low <= accuracy <= high)
