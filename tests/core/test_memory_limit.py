"""memory_limit: whose memory counts, and that sizes beyond it are refused in a sentence before anything is allocated.

The machine's size is made up in every test; what is too large for it is never allocated.
"""

import ctypes
import gc
import os
import types

import numpy as np
import pytest

import dragonet as dn
from dragonet import layers
from dragonet.core import errors, memory_limit
from dragonet.core.memory_limit import Limit

GB = 10**9


@pytest.fixture
def machine(monkeypatch):
    """A machine of 8 GB, without weights of earlier tests."""
    monkeypatch.setattr(memory_limit, "_weights", {})
    monkeypatch.setattr(memory_limit, "available", lambda: Limit(8 * GB, "this machine has"))


def compiled(*stack, loss="mse", engine="auto"):
    model = dn.Sequential(stack)
    model.compile("adam", loss, engine=engine)
    return model


def wide(*end, engine="auto"):
    """A small model in which one row is 40 MB."""
    return compiled(dn.Input((10,)), layers.Dense(10), layers.RepeatVector(10**6), *end, engine=engine)


def with_small_outputs(engine="auto"):
    """The same with outputs of 40 bytes."""
    return wide(layers.GlobalAveragePooling1D(), engine=engine)


X = np.ones((300, 10), "float32")
Y = np.zeros((300, 10), "float32")

REFUSED = {
    "Dense": (
        lambda: compiled(dn.Input((40_000,)), layers.Dense(60_000)),
        "A weight of shape (40000, 60000) needs 9.6 GB of memory, but this machine has 8 GB.",
    ),
    "Embedding": (
        lambda: layers.Embedding(10**8, 64)(np.ones((1, 2))),
        "A weight of shape (100000000, 64) needs 25.6 GB",
    ),
    "Conv2D": (
        lambda: layers.Conv2D(10**5, 3).build((None, 8, 8, 10**4)),
        "A weight of shape (3, 3, 10000, 100000) needs 36 GB",
    ),
    "Conv2DTranspose": (
        lambda: layers.Conv2DTranspose(10**5, 3).build((None, 8, 8, 10**4)),
        "A weight of shape (3, 3, 10",
    ),
    "own initializer": (lambda: layers.Dense(10**5, kernel_initializer=np.ones).build((None, 10**5)), "needs 40 GB"),
    "RepeatVector": (
        lambda: compiled(dn.Input((1,)), layers.RepeatVector(10**10)),
        "The output of RepeatVector(n=10000000000), of shape (None, 10000000000, 1), needs 40 GB",
    ),
    "UpSampling2D": (lambda: layers.UpSampling2D(10**5)(np.ones((1, 1, 1, 1))), "The output of UpSampling2D("),
    "ZeroPadding2D": (lambda: layers.ZeroPadding2D(10**5)(np.ones((1, 1, 1, 1))), "The output of ZeroPadding2D("),
    "ZeroPadding1D": (lambda: layers.ZeroPadding1D(10**10)(np.ones((1, 1, 1))), "The output of ZeroPadding1D("),
    "fit": (lambda: with_small_outputs().fit(X, Y, batch_size=300, verbose=0), "for a batch of 300 rows) needs 24 GB"),
    "validation": (
        lambda: with_small_outputs("xla").fit(
            X[:1], Y[:1], validation_data=(X, Y), validation_batch_size=300, verbose=0
        ),
        "validation_data (12 GB for 300 rows at",
    ),
    "evaluate": (
        lambda: with_small_outputs("xla").evaluate(X, Y, batch_size=300, verbose=0),
        "evaluate (12 GB for 300 rows at once) needs 12 GB",
    ),
    "predict": (lambda: wide().predict(X, verbose=0), "12 GB for the outputs of 300 rows) needs 13.2 GB"),
    "train_on_batch": (lambda: with_small_outputs().train_on_batch(X, Y), "for a batch of 300 rows) needs 24 GB"),
    "stream": (
        lambda: with_small_outputs().fit(iter([(X, Y)]), steps_per_epoch=1, verbose=0),
        "for a batch of 300 rows) needs 24 GB",
    ),
    "IoU": (lambda: dn.metrics.IoU(num_classes=10**12, target_class_ids=[0]), "IoU(num_classes=1000000000000) needs"),
    "MeanIoU": (lambda: dn.metrics.MeanIoU(num_classes=50_000), "MeanIoU(num_classes=50000) needs 10 GB"),
    "AUC": (lambda: dn.metrics.AUC(num_thresholds=10**12), "AUC(num_thresholds=1000000000000) needs 48 TB"),
    "SensitivityAtSpecificity": (lambda: dn.metrics.SensitivityAtSpecificity(0.5, 10**12), "needs 48 TB of memory"),
    "to_categorical": (lambda: dn.utils.to_categorical([0, 10**12]), "to_categorical needs 16 TB"),
    "activation_curves": (lambda: dn.inspect.activation_curves(n=10**12), "activation_curves(n=1000000000000) needs"),
    "moons": (lambda: dn.datasets.moons(10**12), "moons(n=1000000000000) needs 48 TB"),
    "blobs": (lambda: dn.datasets.blobs(10**12), "blobs(n=1000000000000) needs 48 TB"),
    "classes of blobs": (lambda: dn.datasets.blobs(classes=10**12), "blobs(classes=1000000000000) needs 16 TB"),
    "permutation_importance": (
        lambda: dn.inspect.permutation_importance(
            compiled(dn.Input((2,)), layers.Dense(1)), np.eye(2), [0, 1], repeats=10**9
        ),
        "(repeats=1000000000) needs 72 GB",
    ),
    "decode_over_time": (
        lambda: dn.inspect.decode_over_time(
            np.random.default_rng(0).normal(size=(40, 2, 5)), np.arange(40) % 2, permutations=10**9
        ),
        "needs 360 GB",
    ),
    "encode": (
        lambda: dn.inspect.encode(
            np.random.default_rng(0).normal(size=(400, 1)),
            np.random.default_rng(1).normal(size=(400, 3)),
            range(3),
            shifts=10**9,
        ),
        "encode(shifts=1000000000) with 3 lags needs 24 GB",
    ),
    "saliency": (
        lambda: dn.inspect.saliency(
            compiled(dn.Input((2,)), layers.Dense(1)), np.eye(2), method="integrated_gradients", steps=10**9
        ),
        "saliency(steps=10",
    ),
    "decision_regions": (
        lambda: dn.inspect.decision_regions(compiled(dn.Input((2,)), layers.Dense(1)), np.eye(2), 10**6),
        "(resolution=1000000) needs 16 TB",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_before_it_is_allocated(machine, name):
    job, says = REFUSED[name]
    with pytest.raises(MemoryError) as refusal:
        job()
    assert says in str(refusal.value) and "but this machine has 8 GB. " in str(refusal.value)


def test_weights_are_added_up_over_layers_and_freed_ones_do_not_count(monkeypatch):
    limit = Limit(memory_limit.size_of_weights() + 30_000_000, "this machine has")
    monkeypatch.setattr(memory_limit, "available", lambda: limit)
    monkeypatch.setattr(memory_limit.errors, "warn", lambda *_, **__: None)
    first = layers.Dense(1000)
    first.build((None, 2000))  # 8 MB
    with pytest.raises(
        MemoryError, match=r"A weight of shape \(3000, 2000\) beside the .* of those that there are needs"
    ):
        layers.Dense(2000).build((None, 3000))  # 24 MB
    del first
    gc.collect()
    layers.Dense(2000).build((None, 3000))


def test_a_file_with_a_layer_that_is_too_large_is_refused(machine, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(memory_limit, "available", lambda: Limit(10**15, "this machine has"))
        compiled(dn.Input((1,)), layers.RepeatVector(10**10)).save(tmp_path / "small.keras")
    with pytest.raises(MemoryError, match="The output of RepeatVector"):
        dn.models.load_model(tmp_path / "small.keras")


def test_the_native_engine_needs_memory_for_the_rows_in_the_works_alone(machine):
    """Whatever the batch: on XLA these 20 GB would be refused."""
    model = compiled(dn.Input((10,)), layers.Dense(50_000), layers.Dense(1))
    if model.training_state.engine().name != "native":
        pytest.skip("the native engine does not run on this processor")
    rows = 100_000
    assert (
        dn.training.data.sizes.check_test("evaluate", model, 0, model.training_state.engine().test_rows(rows)) is None
    )
    with pytest.raises(MemoryError, match="20 GB for 100000 rows at once"):
        dn.training.data.sizes.check_test("evaluate", model, 0, rows)


def test_layers_that_change_no_size_keep_nothing(machine):
    plain = compiled(dn.Input((10,)), layers.Dense(20), layers.Dense(1))
    more = compiled(
        dn.Input((10,)), layers.Dense(20), layers.ReLU(), layers.Dropout(0.1), layers.Flatten(), layers.Dense(1)
    )
    assert plain.graph.learning_bytes == more.graph.learning_bytes == 4 * (20 + 1)
    assert more.graph.widest_bytes == 80 and more.graph.weight_bytes == 4 * (220 + 21)
    nested = dn.Sequential([dn.Input((10,)), more])
    assert (nested.graph.learning_bytes, nested.graph.widest_bytes) == (84, 80)


def test_from_80_percent_on_a_line_says_so(machine):
    memory_limit.check("It", int(6.4 * GB), "Less.")
    with pytest.warns(
        errors.DragonetWarning, match="^It needs 6.41 GB of memory, and this machine has 8 GB: other programs"
    ):
        memory_limit.check("It", int(6.41 * GB), "Less.")
    with pytest.raises(MemoryError, match=r"^It needs 8\.1 GB of memory, but this machine has 8 GB\. Less\.$"):
        memory_limit.check("It", int(8.1 * GB), "Less.")


def test_where_no_limit_is_known_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory_limit, "available", lambda: None)
    memory_limit.check("It", 10**30, "")


# --- whose memory ---------------------------------------------------------------------------------------------------------


def limits(monkeypatch, machine=64 * GB, container=0, process=0):
    monkeypatch.setattr(memory_limit, "_machine", lambda: machine)
    monkeypatch.setattr(memory_limit, "_container", lambda: container)
    monkeypatch.setattr(memory_limit, "_process", lambda: process)
    memory_limit.available.cache_clear()
    try:
        return memory_limit.available()
    finally:
        memory_limit.available.cache_clear()


def test_the_smallest_limit_counts(monkeypatch):
    assert limits(monkeypatch) == (64 * GB, "this machine has")
    assert limits(monkeypatch, container=8 * GB) == (8 * GB, "this container may use")
    assert limits(monkeypatch, container=8 * GB, process=4 * GB) == (4 * GB, "this process may use")
    assert limits(monkeypatch, machine=0) is None


def test_this_machine_has_some_memory():
    assert 2**28 < memory_limit._machine() < 2**60


def group(root, lines, **files):
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(lines, encoding="ascii")
    for name, content in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_max", ".max").replace("_limit", ".limit")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="ascii")
    return memory_limit._container(root)


def test_control_groups_of_version_2_and_their_parents(tmp_path):
    assert (
        group(tmp_path / "a", "0::/user/job\n", user__job__memory_max="max\n", user__memory_max="4096000000\n")
        == 4096000000
    )
    assert group(tmp_path / "b", "0::/\n", memory_max="8589934592\n") == 8589934592
    assert group(tmp_path / "c", "0::/\n", memory_max="max\n") == 0
    assert group(tmp_path / "d", "0::/job\n", job__memory_max="3000000000", memory_max="2000000000\n") == 2000000000


def test_control_groups_of_version_1(tmp_path):
    lines = "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n"
    name = "memory__docker__abc__memory_limit_in_bytes"
    assert group(tmp_path / "a", lines, **{name: "6000000000\n"}) == 6000000000
    assert group(tmp_path / "b", lines, memory__memory_limit_in_bytes="5000000000\n") == 5000000000  # seen from inside
    assert group(tmp_path / "c", lines, **{name: "9223372036854771712\n"}) == 0
    assert memory_limit._container(tmp_path / "nothing") == 0


def test_the_limit_of_the_process(monkeypatch):
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (3 * GB if kind == resource.RLIMIT_AS else -1, -1))
    assert memory_limit._process() == 3 * GB
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY, -1))
    assert memory_limit._process() == 0


def test_windows_and_mac_are_asked_in_their_own_ways(monkeypatch):
    def status(pointer):
        pointer._obj.total = 16 * GB
        return pointer._obj.length == 64

    def sysctl(name, memory, length, *rest):
        memory._obj.value = 32 * GB
        return 0 if (name, length._obj.value) == (b"hw.memsize", 8) else 1

    monkeypatch.delattr(os, "sysconf", raising=False)
    windll = types.SimpleNamespace(kernel32=types.SimpleNamespace(GlobalMemoryStatusEx=status))
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    monkeypatch.setattr(memory_limit.sys, "platform", "win32")
    assert memory_limit._machine() == 16 * GB
    monkeypatch.setattr(memory_limit.sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: types.SimpleNamespace(sysctlbyname=sysctl))
    assert memory_limit._machine() == 32 * GB


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (999_600, "1 MB"),
        (9_600_000_000, "9.6 GB"),
        (4 * 10**24, "4e+06 EB"),
    ],
)
def test_sizes_in_words(count, words):
    assert memory_limit.size(count) == words


def test_memory_that_the_system_does_not_give_is_a_sentence_too():
    @errors.user_facing
    def fit():
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 4000000000000 bytes.")

    with pytest.raises(MemoryError, match=r"^fit needs more memory than the system gives. Take a smaller batch_size"):
        fit()
