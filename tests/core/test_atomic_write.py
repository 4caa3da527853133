"""Files are there whole or as they were, keep mode and links, and leave no side files behind."""

import os
import stat
import subprocess
import sys

import numpy as np
import pytest

import dragonet as dn
from dragonet.core import atomic_write
from dragonet.core.atomic_write import written

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and pipes of POSIX")


def write(path, content=b"new"):
    with written(path) as file:
        file.write(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_or_stays_as_it_was(tmp_path):
    write(tmp_path / "a")
    with pytest.raises(RuntimeError), written(tmp_path / "a") as file:
        file.write(b"half")
        raise RuntimeError
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_stays_and_nobody_else_can_read_meanwhile(tmp_path, mode):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(mode)
    with written(path) as file:
        (side,) = set(tmp_path.iterdir()) - {path}
        assert stat.S_IMODE(side.stat().st_mode) == mode
        file.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_new_file_has_the_mode_of_any_other_new_file(tmp_path):
    write(tmp_path / "a")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


@posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one_and_what_it_points_to_is_replaced(tmp_path, there):
    (tmp_path / "far").mkdir()
    target, link, first = tmp_path / "far" / "model", tmp_path / "link", tmp_path / "first"
    if there:
        target.write_bytes(b"old")
    link.symlink_to(target)
    first.symlink_to("link")
    write(first)
    assert first.is_symlink() and link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(tmp_path / "far") == ["model"]


@posix
def test_a_model_is_saved_through_a_link_into_a_private_file(tmp_path):
    (tmp_path / "far").mkdir()
    model = dn.Sequential([dn.Input((2,)), dn.layers.Dense(1)])
    for name in ("m.keras", "m.weights.h5"):
        target, link = tmp_path / "far" / name, tmp_path / name
        target.write_bytes(b"old")
        target.chmod(0o600)
        link.symlink_to(target)
        (model.save if name == "m.keras" else model.save_weights)(link)
        assert link.is_symlink()
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert target.stat().st_size > 100
    np.testing.assert_array_equal(dn.models.load_model(tmp_path / "m.keras").get_weights()[0], model.get_weights()[0])


@posix
def test_a_file_that_is_read_only_is_not_replaced(tmp_path, monkeypatch):
    write(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the superuser may write to all files
    with pytest.raises(PermissionError, match="the file is read-only") as failure:
        write(tmp_path / "a")
    assert failure.value.filename == str(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"old"


@posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe)
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["m" * 240 + ".keras", "é" * 120 + ".keras", "m" * 255])
def test_long_names(tmp_path, name):
    write(tmp_path / name)
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["none/a", "file/a", ".", "m" * 300])
def test_a_failure_names_the_path_that_was_given(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError) as failure:
        write(tmp_path / name)
    assert str(failure.value.filename) == str(tmp_path / name)
    assert ".part" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_full_disk_names_the_path_that_was_given(tmp_path):
    with pytest.raises(OSError, match="No space left") as failure, written(tmp_path / "a"):
        raise OSError(28, "No space left on device")
    assert str(failure.value.filename) == str(tmp_path / "a")
    assert names(tmp_path) == []


def test_an_error_of_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError) as failure, written(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    assert str(failure.value.filename) == str(tmp_path / "other")


# --- leftovers ---------------------------------------------------------------------------------------------------------------


def side(folder, host=None, process=None, number=7):
    path = folder / f".dragonet-{host or atomic_write._host()}-{process or os.getpid()}-{number}.part"
    path.write_bytes(b"half")
    return path


SAVING = """
import sys, time
from dragonet.core.atomic_write import written
with written(sys.argv[1]) as file:
    file.write(b"half")
    print("begun", flush=True)
    time.sleep(600)
"""


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_what_a_killed_process_left_is_deleted_and_what_a_living_one_writes_is_not(tmp_path):
    started = [
        subprocess.Popen([sys.executable, "-c", SAVING, str(tmp_path / name)], stdout=subprocess.PIPE) for name in "ab"
    ]
    try:
        for one in started:
            assert one.stdout.readline().strip() == b"begun"
        assert len(names(tmp_path)) == 2
        end(started[0])
        write(tmp_path / "c")
        assert len(names(tmp_path)) == 2
        assert f"-{started[1].pid}-" in names(tmp_path)[0]
    finally:
        for one in started:
            end(one)
    write(tmp_path / "c")
    assert names(tmp_path) == ["c"]


def test_only_what_certainly_belongs_to_nobody_is_deleted(tmp_path):
    earlier = side(tmp_path)  # an earlier process with this one's id
    others = [side(tmp_path, host="0123abcd", process=2**22 + 1), side(tmp_path, process=os.getppid())]
    mine = tmp_path / ".dragonet-notes.part"
    mine.write_bytes(b"")
    with written(tmp_path / "a") as outer:
        outer.write(b"a")
        write(tmp_path / "b")
    assert not earlier.exists()
    assert all(path.exists() for path in (*others, mine, tmp_path / "a", tmp_path / "b"))


def test_a_process_that_has_ended_is_known_as_such():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not atomic_write._is_other_process(ended.pid)
    assert atomic_write._is_other_process(os.getppid())
    assert not atomic_write._is_other_process(10**30)
