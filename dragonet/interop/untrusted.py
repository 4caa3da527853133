"""Checks of files from strangers, before anything in them is used.

A file is data. Its parts are checked in an order in which the parts before give a bound: the size on disk limits the members
of the zip file, the members limit the JSON, and the model that the JSON describes (built without numbers) determines which
arrays there must be. No name in a file is used as a path, no class is imported, nothing is unpickled.
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
FREE_LAYERS, LAYER_BYTES = 300, 100  # layers allowed in every file; for more, bytes of the file that each needs
FREE_BYTES = 2**26  # unpacked bytes allowed in every file
MOST_RATIO = 20  # of unpacked to packed bytes, above FREE_BYTES; Keras's files are not compressed at all


class Archive:
    """A zip file whose members are checked by name and declared size; for use in a with block.

    Raises FileNotFoundError, and ValueError for anything but a complete and harmless zip file.
    """

    def __init__(self, path: str | os.PathLike, what: str):
        self.path, self.what = Path(path), what
        check_exists(self.path)
        self.size = self.path.stat().st_size
        try:
            self.zip = zipfile.ZipFile(self.path)
        except PermissionError:
            raise
        except Exception:  # zipfile lets some errors of struct and of the system pass
            raise self._error(_describe_file(self.path)) from None
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

    def declared_size(self, name: str) -> int:
        """The unpacked size of a member in bytes, as the zip file declares it."""
        return self.zip.getinfo(name).file_size

    def read(self, name: str) -> bytes:
        """All bytes of a member, with a check of its checksum.

        Raises ValueError for a missing or damaged member.
        """
        if name not in self:
            raise self._error(f"none called {name!r}")
        try:
            return self.zip.read(name)
        except Exception as failure:  # zlib, zipfile and the system raise different ones
            raise self._error(f"a damaged {name!r} ({failure})") from None

    def json(self, name: str) -> dict[str, Any]:
        """The JSON object in a member, within limits of length and depth."""
        if name in self and self.declared_size(name) > MOST_JSON:
            raise self._error(
                f"{name!r} of {format_bytes(self.declared_size(name))}, more than {format_bytes(MOST_JSON)}"
            )
        return parse_json(self.read(name), f"{name!r} in {str(self.path)!r}")

    def _error(self, got: str) -> ValueError:
        return errors.value_error(f"{self.what} {str(self.path)!r}", "the members that dragonet or Keras writes", got)

    def _check(self) -> None:
        members = self.zip.infolist()
        if len(members) > MOST_MEMBERS:
            raise self._error(f"{len(members):,}, more than {MOST_MEMBERS:,}")
        names = set()
        for member in members:
            name = member.filename
            parts = name.rstrip("/").split("/")
            if any(part in ("", ".", "..") for part in parts) or any(sign in name for sign in ("\\", ":", "\0")):
                raise self._error(f"the name {errors.short_repr(name)}, which is a path out of the file")
            if name in names:
                raise self._error(f"{name!r} twice")
            names.add(name)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise self._error(f"{name!r}, which is a link or a device")
            if member.flag_bits & 1:
                raise self._error(f"{name!r}, which is encrypted")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self._error(f"{name!r}, compressed in an unusual way")
        unpacked = sum(member.file_size for member in members)
        if unpacked > max(FREE_BYTES, MOST_RATIO * self.size):
            raise self._error(f"{format_bytes(unpacked)} of them in a file of {format_bytes(self.size)}")


def check_exists(path: Path) -> None:
    """Raises FileNotFoundError, with a similar name, or ValueError for a folder."""
    if path.is_dir():
        raise errors.value_error("Loading", "a file", f"the folder {str(path)!r}")
    if not path.is_file():
        others = sorted(file.name for file in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
        hint = errors.did_you_mean(path.name, others) if others else ""
        raise FileNotFoundError(f"There is no file {str(path)!r}. {hint}".rstrip())


def parse_json(text: bytes | str, what: str) -> dict[str, Any]:
    """The object in a JSON text.

    Raises ValueError for damaged text, for anything but an object, and for more than 200 nested levels.

    >>> parse_json('{"a": 1}', "x")
    {'a': 1}
    """
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise errors.value_error(what, f"JSON of at most {MOST_DEPTH} levels", "more") from None
    except ValueError as failure:  # as UnicodeDecodeError and JSONDecodeError
        raise errors.value_error(what, "JSON", f"damaged text ({failure})") from None
    if not isinstance(parsed, dict):
        raise errors.value_error(what, "a JSON object", errors.short_repr(parsed))
    level: list[dict | list] = [parsed]
    depth = 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise errors.value_error(what, f"JSON of at most {MOST_DEPTH} levels", "more")
        level = [child for item in level for child in _children(item)]
    return parsed


def _children(item: dict | list) -> list[dict | list]:
    """The objects and lists directly in a JSON object or list."""
    return [child for child in (item.values() if isinstance(item, dict) else item) if isinstance(child, dict | list)]


def check_layers(config: dict[str, Any], stored: int, what: str) -> None:
    """Raises ValueError for a config with more layers than the size of its file allows, because each takes time to build.

    stored: the size on disk. A file of Keras, which is not compressed, has some hundred bytes for each layer.
    """
    layers = 0
    stack: list[dict | list] = [config]
    while stack:
        item = stack.pop()
        layers += isinstance(item, dict) and _is_layer(item)
        stack += _children(item)
    most = max(FREE_LAYERS, stored // LAYER_BYTES)
    if layers > most:
        raise errors.value_error(what, f"at most {most:,} layers in {format_bytes(stored)}", f"{layers:,}")


def _is_layer(config: dict) -> bool:
    inner = config.get("config")
    return "class_name" in config and isinstance(inner, dict) and bool(inner.keys() & {"trainable", "layers", "dtype"})


def format_bytes(n: int) -> str:
    """A number of bytes with a unit.

    >>> format_bytes(1500), format_bytes(3 * 10**9)
    ('1.5 kB', '3 GB')
    """
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= factor:
            return f"{n / factor:.3g} {unit}"
    return f"{n} bytes"


def _describe_file(path: Path) -> str:
    """A description of a file that is not a valid zip file."""
    with path.open("rb") as file:
        head = file.read(8)
    if head == b"\x89HDF\r\n\x1a\n":
        return "an HDF5 file, perhaps a model in Keras's old .h5 format: load it in Keras and save it as .keras"
    if head[:4] == b"PK\x03\x04":
        return "a damaged zip file, perhaps cut short"
    return "an empty file" if not head else "another kind of file than a zip file"
