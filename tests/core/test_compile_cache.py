"""The cache of compiled programs: what is damaged counts as missing, whatever the damage, and is written again."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest

from dragonet.core import compile_cache
from dragonet.engines.native.cpu import compilation, target
from dragonet.engines.native.ir.builder import Module
from dragonet.engines.native.ir.values import I64, PTR

CONTENT = b"machine code" * 3


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder of this test alone."""
    monkeypatch.setattr(compile_cache, "_folder", tmp_path)
    monkeypatch.setattr(compile_cache, "_is_folder_chosen", True)
    return tmp_path


def test_what_was_written_is_read(folder):
    compile_cache.write("a", CONTENT)
    compile_cache.write("nothing", b"")
    assert compile_cache.read("a") == CONTENT
    assert compile_cache.read("nothing") == b""
    assert compile_cache.read("b") is None
    assert sorted(path.name for path in folder.iterdir()) == ["a", "nothing"]


def test_any_flipped_byte_and_any_length_but_the_right_one_is_damage(folder):
    compile_cache.write("a", CONTENT)
    whole = (folder / "a").read_bytes()
    damaged = [whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :] for i in range(len(whole))]
    damaged += [whole[:n] for n in range(len(whole))] + [whole + b"\0", whole + whole]
    for held in damaged:
        (folder / "a").write_bytes(held)
        assert compile_cache.read("a") is None
    compile_cache.write("a", CONTENT)
    assert compile_cache.read("a") == CONTENT


def _swapped(path):
    compile_cache.write("b", b"other code")
    path.write_bytes(path.with_name("b").read_bytes())


def _of_another_format(path):
    head = b"dragonet cache 0\n"
    path.write_bytes(head + hashlib.sha256(b"\0".join((head, b"a", CONTENT))).digest() + CONTENT)


def _in_place(make):
    def damage(path):
        path.unlink()
        make(path)

    return damage


DAMAGE = {
    "swapped with another file": _swapped,
    "of another format": _of_another_format,
    "bare code, as before there was a digest": lambda path: path.write_bytes(CONTENT),
    "a folder": _in_place(lambda path: path.mkdir()),
    "a link to nowhere": _in_place(lambda path: path.symlink_to("nowhere")),
    "no permission": lambda path: path.chmod(0),
}
if hasattr(os, "mkfifo"):
    DAMAGE["a pipe"] = _in_place(os.mkfifo)


@pytest.mark.parametrize("kind", DAMAGE)
def test_other_damage(folder, kind):
    compile_cache.write("a", CONTENT)
    DAMAGE[kind](folder / "a")
    assert compile_cache.read("a") in (
        None,
        *[CONTENT] * (kind == "no permission"),
    )  # which the superuser does not need
    compile_cache.write("a", CONTENT)
    assert compile_cache.read("a") == CONTENT


def test_a_folder_with_something_in_it_is_left_alone(folder):
    (folder / "a" / "mine").mkdir(parents=True)
    compile_cache.write("a", CONTENT)
    assert compile_cache.read("a") is None
    assert (folder / "a" / "mine").is_dir()


def test_a_file_too_large_to_be_ours_is_not_read_into_memory(folder, monkeypatch):
    monkeypatch.setattr(compile_cache, "_MOST_BYTES", 1000)
    compile_cache.write("a", bytes(2000))
    assert compile_cache.read("a") is None


# --- the engines ---------------------------------------------------------------------------------------------------------------


def _nothing():
    module = Module("nothing", target.host())
    arguments = {"table": PTR, "thread": I64, "threads": I64}
    module.function("nothing", arguments, lambda k, table, thread, threads: None, public=True)
    return module


@pytest.mark.parametrize(
    "damage", [lambda whole: b"", lambda whole: whole[:-9], lambda whole: whole[:90] + b"!" + whole[91:]]
)
def test_the_native_engine_compiles_anew_instead_of_running_damaged_code(folder, damage):
    written = []

    def code():
        return compilation.code("nothing", target.host(), lambda: written.append(1) or _nothing())

    assert [code().from_disk, code().from_disk] == [False, True]
    (path,) = folder.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert [code().from_disk, code().from_disk] == [False, True]
    last = code()
    last.function("nothing")(0, 0, 1)
    assert len(written) == 2


def test_code_is_of_one_processor_and_one_compiler(monkeypatch):
    host = target.host()
    others = (
        replace(host, cpu="znver9"),
        replace(host, features=f"{host.features},+avx9"),
        replace(host, registers=99),
    )

    def names():
        return {compilation._name("a", one) for one in (host, *others)}

    assert len(names()) == 4
    before = names()
    monkeypatch.setattr(compilation.llvmlite, "__version__", "0.0.1")
    assert not before & names()
    monkeypatch.undo()
    monkeypatch.setattr(compilation.llvm, "llvm_version_info", (1, 2, 3))
    assert not before & names()


def test_programs_of_xla_are_of_one_processor(monkeypatch):
    name = compile_cache._program_name("key")
    monkeypatch.setattr(compile_cache, "processor", lambda: "another")
    assert name != compile_cache._program_name("key")


def test_xla_compiles_anew_instead_of_running_damaged_code(folder, monkeypatch):
    puts, put = [], compile_cache._Programs.put
    monkeypatch.setattr(
        compile_cache._Programs, "put", lambda self, key, value: (puts.append(key), put(self, key, value))
    )

    def three():
        with compile_cache.cache():
            return jax.jit(lambda x: x * 2 + 1)(jnp.float32(1))

    assert three() == 3
    assert puts, "JAX no longer asks the cache that it was given"
    count = len(puts)
    assert three() == 3
    assert len(puts) == count
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    assert three() == 3
    assert len(puts) > count


STARTED = """
import sys
import numpy as np, dragonet as dn
model = dn.Sequential([dn.Input((4,)), dn.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", engine="native")
model.fit(np.arange(32).reshape(8, 4) / 32, np.arange(8) % 3, verbose=0)
sys.stdout.write(model.get_weights()[0].tobytes().hex())
"""


def test_processes_that_start_together_share_a_cache(folder, monkeypatch):
    folder.chmod(0o700)
    environment = os.environ | {"DRAGONET_CACHE": str(folder), "DRAGONET_THREADS": "1"}
    started = [
        subprocess.Popen([sys.executable, "-c", STARTED], env=environment, stdout=subprocess.PIPE) for _ in range(5)
    ]
    said = [(one.communicate(timeout=300)[0], one.returncode) for one in started]
    assert len(set(said)) == 1 and said[0][0] and said[0][1] == 0, said
    names = [path.name for path in folder.iterdir()]
    assert any(name.startswith("native-") for name in names)
    assert all(compile_cache.read(name) is not None for name in names)
