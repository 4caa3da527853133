"""What is checked of a file before anything in it is believed: a stranger may have written it.

A file is data. Its parts are looked at in an order in which each is bounded by what is known already: the size on disk
bounds the members of the zip, the members bound the JSON, and the model that the JSON describes (built without numbers)
says which arrays there must be. No name in a file is used as a path, no class is imported, nothing is unpickled.
"""

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

from dragonet.core import errors

MOST_MEMBERS = 1000
MOST_DEPTH = 200  # of lists in lists in JSON; a nested model takes six
MOST_JSON = 2**24  # bytes: a thousand layers take one or two million
FREE_LAYERS, LAYER_BYTES = 300, 100  # layers in any file; a larger number must take so many bytes each
FREE = 2**26  # bytes that a member may unpack to whatever it takes on disk
RATIO = 20  # a larger one must take a 20th of its size: Keras's files are not compressed at all


class Archive:
    """A zip file whose members were checked by name and declared size; to be used in a with block.

    Raises FileNotFoundError, or ValueError for what is no whole zip file, or one made to do harm.
    """

    def __init__(self, path: str | os.PathLike, what: str):
        self.path, self.what = Path(path), what
        present(self.path)
        self.size = self.path.stat().st_size
        try:
            self.zip = zipfile.ZipFile(self.path)
        except PermissionError:
            raise
        except Exception:  # zipfile lets some of struct's and of the system's through
            raise self._wrong(_kind(self.path)) from None
        try:
            self._check()
        except BaseException:
            self.zip.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *failure: object) -> None:
        self.zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self.zip.namelist()

    def declared(self, name: str) -> int:
        """How many bytes a member says that it has."""
        return self.zip.getinfo(name).file_size

    def read(self, name: str) -> bytes:
        """All bytes of a member, with its checksum compared.

        Raises ValueError where it is missing or damaged.
        """
        if name not in self:
            raise self._wrong(f"none called {name!r}")
        try:
            return self.zip.read(name)
        except Exception as failure:  # zlib, zipfile and the system each have their own
            raise self._wrong(f"a damaged {name!r} ({failure})") from None

    def json(self, name: str) -> dict[str, Any]:
        """The JSON of a member, an object, not too long and not too deep."""
        if name in self and self.declared(name) > MOST_JSON:
            raise self._wrong(f"{name!r} of {size(self.declared(name))}, more than {size(MOST_JSON)}")
        return parsed(self.read(name), f"{name!r} in {str(self.path)!r}")

    def _wrong(self, got: str) -> ValueError:
        return errors.value_error(f"{self.what} {str(self.path)!r}", "the members that dragonet or Keras writes", got)

    def _check(self) -> None:
        members = self.zip.infolist()
        if len(members) > MOST_MEMBERS:
            raise self._wrong(f"{len(members):,}, more than {MOST_MEMBERS:,}")
        seen = set()
        for member in members:
            name = member.filename
            parts = name.rstrip("/").split("/")
            if any(part in ("", ".", "..") for part in parts) or any(sign in name for sign in ("\\", ":", "\0")):
                raise self._wrong(f"the name {errors.short_repr(name)}, which leads out of the file")
            if name in seen:
                raise self._wrong(f"{name!r} twice")
            seen.add(name)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise self._wrong(f"{name!r}, which is a link or a device")
            if member.flag_bits & 1:
                raise self._wrong(f"{name!r}, which is encrypted")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self._wrong(f"{name!r}, compressed in an unusual way")
        unpacked = sum(member.file_size for member in members)
        if unpacked > max(FREE, RATIO * self.size):
            raise self._wrong(f"{size(unpacked)} of them in a file of {size(self.size)}")


def present(path: Path) -> None:
    """Raises a sentence where there is no file at this path."""
    if path.is_dir():
        raise errors.value_error("Loading", "a file", f"the folder {str(path)!r}")
    if not path.is_file():
        there = sorted(file.name for file in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
        hint = errors.did_you_mean(path.name, there) if there else ""
        raise FileNotFoundError(f"There is no file {str(path)!r}. {hint}".rstrip())


def parsed(text: bytes | str, what: str) -> dict[str, Any]:
    """The object that a JSON text holds.

    Raises ValueError for damaged text, for anything else than an object, and for lists more than 200 deep.

    >>> parsed('{"a": 1}', "x")
    {'a': 1}
    """
    try:
        held = json.loads(text)
    except RecursionError:
        raise errors.value_error(what, f"JSON of at most {MOST_DEPTH} levels", "more") from None
    except ValueError as failure:  # UnicodeDecodeError and JSONDecodeError are ones
        raise errors.value_error(what, "JSON", f"damaged text ({failure})") from None
    if not isinstance(held, dict):
        raise errors.value_error(what, "a JSON object", errors.short_repr(held))
    level, depth = [held], 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise errors.value_error(what, f"JSON of at most {MOST_DEPTH} levels", "more")
        children = (item.values() if isinstance(item, dict) else item for item in level)
        level = [child for items in children for child in items if isinstance(child, dict | list)]
    return held


def check_layers(config: dict[str, Any], stored: int, what: str) -> None:
    """Raises ValueError where a config describes more layers than a file of so many bytes should: each takes its time to build.

    stored: the size on disk. A file of Keras's, which is not compressed, has some hundred bytes for each layer.
    """
    layers, stack = 0, [config]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            layers += (
                "class_name" in item
                and isinstance(item.get("config"), dict)
                and bool(item["config"].keys() & {"trainable", "layers", "dtype"})
            )
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(child for child in item if isinstance(child, dict | list))
    most = max(FREE_LAYERS, stored // LAYER_BYTES)
    if layers > most:
        raise errors.value_error(what, f"at most {most:,} layers in {size(stored)}", f"{layers:,}")


def size(n: int) -> str:
    """A number of bytes in words.

    >>> size(1500), size(3 * 10**9)
    ('1.5 kB', '3 GB')
    """
    for unit, one in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= one:
            return f"{n / one:.3g} {unit}"
    return f"{n} bytes"


def _kind(path: Path) -> str:
    """What a file is that is not the zip file that it should be."""
    with path.open("rb") as file:
        head = file.read(8)
    if head == b"\x89HDF\r\n\x1a\n":
        return "an HDF5 file, perhaps a model in Keras's old .h5 format: load it in Keras and save it as .keras"
    if head[:4] == b"PK\x03\x04":
        return "a damaged zip file, perhaps cut short"
    return "an empty file" if not head else "something else than a zip file"
