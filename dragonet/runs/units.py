"""Units of work: trainings whose results are kept one by one, so that a killed study goes on and nothing is trained twice."""

import dataclasses
import functools
import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from dragonet.core import errors
from dragonet.core.atomic_write import written
from dragonet.interop import untrusted

FORMAT = 1
_RECORD, _ARRAYS, _FILES = "result.json", "arrays/", "files/"


@dataclass(frozen=True)
class Unit:
    """One training: candidate × configuration × split × seed, and all else that determines its result, as plain JSON.

    data: the fingerprint of all rows; split: that of the places of the rows in each part. environment: versions and machine.
    """

    candidate: str
    configuration: Mapping[str, Any]
    data: str
    split: str
    seed: int
    environment: Mapping[str, Any]

    @functools.cached_property
    def key(self) -> str:
        """The SHA-256 of its canonical JSON. Raises ValueError for a configuration that is no JSON."""
        return hashlib.sha256(canonical(dataclasses.asdict(self)).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Result:
    """What a unit comes to: JSON values, arrays, and files as functions that make their bytes.

    objects: what only this process has, such as the model itself; they are not kept, and do not travel between processes.
    """

    values: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    files: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)

    def __reduce__(self) -> tuple:
        files = {name: functools.partial(bytes, content()) for name, content in self.files.items()}
        return Result, (self.values, self.arrays, files)


@dataclass(frozen=True, eq=False)
class Group:
    """Units of one split: one worker trains them one after another, since they share the rows that are prepared for it.

    train: takes some of the units and yields a Result for each. A back end of processes sends it to them.
    """

    units: Sequence[Unit]
    train: Callable[[Sequence[Unit]], Iterable[Result]]


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces, the same text for equal values.

    Raises ValueError for what is no JSON, and for numbers that are not finite.

    >>> canonical({"b": (1, 2.0), "a": None})
    '{"a":null,"b":[1,2.0]}'
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as failure:
        raise errors.value_error(
            "A unit of work", "a configuration that can be written as JSON", f"{errors.short_repr(value)} ({failure})"
        ) from None


def run(
    groups: Sequence[Group],
    folder: Path | None = None,
    jobs: int = 1,
    backend: str | None = None,
    *,
    stop: Callable[[], None] = lambda: None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[list[Result]]:
    """The results of all units, group by group; those that the folder holds are read, all others are trained and written there.

    jobs: how many groups are trained at once. backend: of joblib; None is threads, unless `joblib.parallel_config` says otherwise.
    stop: called where a training failed or the user pressed Ctrl-C, to end what is under way in other threads. progress: called
    with the number of finished units. Raises what a training raised.
    """
    results: list[list[Result | None]] = [
        [None if folder is None else read(folder, unit) for unit in group.units] for group in groups
    ]
    missing = [
        [unit for unit, result in zip(group.units, row, strict=True) if result is None]
        for group, row in zip(groups, results, strict=True)
    ]
    done = sum(result is not None for row in results for result in row)
    progress(done)
    running = _Running()
    tasks = (
        joblib.delayed(_train)(i, group.train, units, folder, running)
        for i, (group, units) in enumerate(zip(groups, missing, strict=True))
        if units
    )
    how: dict[str, Any] = {"batch_size": 1, "return_as": "generator_unordered"}
    finished: Any = joblib.Parallel(jobs, backend=backend, prefer=None if backend else "threads", **how)(tasks)
    try:
        for i, trained in finished:
            queue = iter(trained)
            results[i] = [next(queue) if result is None else result for result in results[i]]
            done += len(trained)
            progress(done)
    except BaseException:
        running.stop()
        stop()
        running.wait()
        raise
    finally:
        finished.close()
    return [[result for result in row if result is not None] for row in results]


class _Running:
    """The tasks that are under way in this process; a copy in another process counts its own."""

    def __init__(self) -> None:
        self._changed, self._count, self.is_stopped = threading.Condition(), 0, False

    def __reduce__(self) -> tuple:
        return _Running, ()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *failure: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Let no more of them begin."""
        self.is_stopped = True

    def wait(self) -> None:
        """Until all have ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0)


def _train(
    i: int, train: Callable, units: Sequence[Unit], folder: Path | None, running: _Running
) -> tuple[int, list[Result]]:
    """The results of some units of group i, each written as soon as it is there."""
    results = []
    with running:
        if running.is_stopped:
            raise KeyboardInterrupt
        for unit, result in zip(units, train(units), strict=True):
            if folder is not None:
                write(folder, unit, result)
            results.append(result)
    return i, results


# --- files ------------------------------------------------------------------------------------------------------------


def path_of(folder: str | os.PathLike, unit: Unit) -> Path:
    """Where the result of a unit is kept."""
    return Path(folder, f"{unit.key}.npz")


def write(folder: Path, unit: Unit, result: Result) -> None:
    """Keep a result: one file, written whole."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"format": FORMAT, "unit": dataclasses.asdict(unit), "values": result.values}
    members: dict[str, bytes] = {_RECORD: json.dumps(record).encode()}
    for name, array in result.arrays.items():
        file = io.BytesIO()
        np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
        members[f"{_ARRAYS}{name}.npy"] = file.getvalue()
    members |= {_FILES + name: content() for name, content in result.files.items()}
    with written(path_of(folder, unit), durable=False) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def read(folder: Path, unit: Unit) -> Result | None:
    """The result of a unit; None where there is none. One that is damaged or of another unit is named, and not used."""
    path = path_of(folder, unit)
    if not path.is_file():
        return None
    try:
        return _read(path, unit)
    except ValueError as failure:
        errors.warn(f"{path} is no whole result, and is trained again: {errors.reason(failure)}.")
        return None


def _read(path: Path, unit: Unit) -> Result:
    with untrusted.Archive(path, "The result") as archive:
        record = archive.json(_RECORD)
        of, values = record.get("unit"), record.get("values")
        if record.get("format") != FORMAT or not isinstance(of, dict) or not isinstance(values, dict):
            raise ValueError("its record is of another format")
        if canonical(of) != canonical(dataclasses.asdict(unit)):
            raise ValueError("it is of another unit of work")
        names = [name for name in archive.zip.namelist() if name != _RECORD]
        arrays = {
            name.removeprefix(_ARRAYS).removesuffix(".npy"): np.lib.format.read_array(
                io.BytesIO(archive.read(name)), allow_pickle=False
            )
            for name in names
            if name.startswith(_ARRAYS)
        }
        files = {
            name.removeprefix(_FILES): functools.partial(bytes, archive.read(name))
            for name in names
            if name.startswith(_FILES)
        }
    return Result(values, arrays, files)
