"""TensorBoard: the stock server, without TensorFlow, shows what the callback wrote, each run apart from the others."""

import contextlib
import importlib.util
import io
import json
import time
import urllib.parse
import urllib.request
import warnings

import numpy as np
import pytest
from PIL import Image

from dragonet import Fleet, Input, Model, Sequential, layers, optimizers
from dragonet.callbacks import BackupAndRestore, LambdaCallback, TensorBoard, events
from dragonet.core import session

RNG = np.random.default_rng(0)
X = RNG.random((120, 8, 8, 1)).astype("float32")
Y = np.arange(120) % 3


def net(optimizer="adam"):
    model = Sequential(
        [
            Input((8, 8, 1)),
            layers.Conv2D(4, 3, name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="out"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(folder, model=None, more=(), epochs=2, x=X, y=Y, begin=0, **how):
    """(callback, history) of a training with 3 steps an epoch that writes to a folder."""
    callback, model = TensorBoard(folder, **how), model or net()
    history = model.fit(
        x,
        y,
        batch_size=32,
        epochs=epochs,
        initial_epoch=begin,
        validation_split=0.2,
        verbose=0,
        callbacks=[callback, *more],
    )
    return callback, history


class Killed(Exception):
    pass


def killed(epoch):
    def kill(at, logs):
        if at == epoch:
            raise Killed

    return LambdaCallback(on_epoch_end=kill)


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """A folder for each of the tests, by name, filled before the one server starts; and the histories."""
    root, held = tmp_path_factory.mktemp("logs"), {}
    held["plain"] = fit(root / "plain", histogram_freq=1, write_images=True, epochs=3)
    for learning_rate in (0.1, 0.01):
        held[learning_rate] = fit(root / "two", net(optimizers.SGD(learning_rate)))
    callback, history = fit(root / "on", epochs=2)
    held["on"] = history, fit(root / "on", history.model, epochs=5, begin=2)
    held["steps"] = fit(root / "steps", update_freq=2, write_steps_per_second=True, epochs=2)
    for at in (2, None):
        callback, model = TensorBoard(root / "killed", update_freq=1), net()
        more = [callback, killed(at), BackupAndRestore(root / "backup", save_freq=2)]
        with contextlib.suppress(Killed):
            history = model.fit(X, Y, batch_size=32, epochs=4, validation_split=0.2, verbose=0, callbacks=more)
            held["killed"] = callback, history
        callback.on_train_end()  # a process that ends closes its files
    schedule = optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    held["schedule"] = fit(root / "schedule", net(optimizers.SGD(schedule)))
    held["evaluate"] = fit(root / "evaluate")
    held["evaluate"][1].model.evaluate(X, Y, verbose=0, callbacks=[TensorBoard(root / "evaluate")])
    a, b = Input((3,), name="a"), Input((3,), name="b")
    graph = Model([a, b], layers.Dense(1, name="end")(layers.Concatenate(name="both")([a, b])))
    graph.compile("sgd", "mse")
    graph.fit([X[:, 0, :3, 0]] * 2, X[:, 0, :1, 0], verbose=0, callbacks=[TensorBoard(root / "graph")])
    fleet = Fleet(net(), 3)
    fleet.fit(X, Y, verbose=0, callbacks=[TensorBoard(root / "fleet")])
    words = Sequential([Input((4,)), layers.Embedding(5, 2, name="words"), layers.Flatten(), layers.Dense(1)])
    words.compile("sgd", "mse")
    (root / "names.tsv").write_text("a\nb\nc\nd\ne\n", encoding="utf-8")
    callback = TensorBoard(root / "words", embeddings_freq=2, embeddings_metadata={"words": root / "names.tsv"})
    words.fit(RNG.integers(0, 5, (30, 4)), Y[:30], epochs=3, verbose=0, callbacks=[callback])
    held["words"] = words
    return root, held


@pytest.fixture(scope="module")
def shown(logs):
    """What the server answers: shown("scalars/tags"), shown("scalars/scalars", run=..., tag=...)."""
    with warnings.catch_warnings(action="ignore"):  # of what it brings along
        from tensorboard import program

        server = program.TensorBoard()
    server.configure(
        argv=[None, "--logdir", str(logs[0]), "--host", "127.0.0.1", "--port", "0", "--load_fast", "false"]
    )
    url = server.launch()

    def get(page, raw=False, **asked):
        address = f"{url}data/{page}?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.read() if raw else json.loads(answer.read())

    wanted = {path.parent.relative_to(logs[0]).as_posix() for path in logs[0].rglob("events.*")}
    for _ in range(100):  # it reads in a thread of its own
        if set(get("runs")) >= wanted and "words/train" in get("plugin/scalars/tags"):
            return get
        time.sleep(0.05)
    raise AssertionError(wanted - set(get("runs")))


def curve(shown, run, tag):
    return [(step, value) for _, step, value in shown("plugin/scalars/scalars", run=run, tag=tag)]


@pytest.mark.parametrize(("run", "prefix"), [("train", ""), ("validation", "val_")])
@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_training_and_validation_are_two_curves_of_one_chart(logs, shown, run, prefix, name):
    wanted = logs[1]["plain"][1].history[prefix + name]
    steps, values = zip(*curve(shown, f"plain/{run}", f"epoch_{name}"), strict=True)
    assert steps == (0, 1, 2)
    np.testing.assert_allclose(values, wanted, rtol=1e-6)


def test_the_learning_rate_is_a_curve_also_of_a_schedule(shown):
    assert curve(shown, "plain/train", "epoch_learning_rate") == [(i, pytest.approx(1e-3)) for i in range(3)]
    assert curve(shown, "schedule/train", "epoch_learning_rate") == [
        (0, pytest.approx(0.05)),
        (1, pytest.approx(0.025)),
    ]


def test_weights_are_histograms_of_all_their_numbers(logs, shown):
    tags = shown("plugin/histograms/tags")["plain/train"]
    assert set(tags) == {f"{layer}/{weight}/histogram" for layer in ("conv", "out") for weight in ("kernel", "bias")}
    held = shown("plugin/histograms/histograms", run="plain/train", tag="out/kernel/histogram")
    assert [step for _, step, _ in held] == [0, 1, 2]
    kernel = logs[1]["plain"][1].model.get_layer("out").kernel.numpy()
    buckets = np.array(held[-1][2])
    assert buckets[:, 2].sum() == pytest.approx(kernel.size)
    assert (buckets[0, 0], buckets[-1, 1]) == pytest.approx((kernel.min(), kernel.max()), abs=1e-4)


def test_kernels_are_images(logs, shown):
    (first, *_) = shown("plugin/images/images", run="plain/train", tag="conv/kernel/image", sample=0)
    with Image.open(io.BytesIO(shown("plugin/images/individualImage?" + first["query"], raw=True))) as image:
        assert image.size == (8 * (4 * 4 - 1), 8 * 3)  # 4 kernels of 3 × 3 with a line between them


def test_the_graph_is_the_models_layers_and_what_they_take(shown):
    sequential = shown("plugin/graphs/graph", raw=True, run="plain/train", conceptual="true", tag="keras").decode()
    for layer, before in (("flat", "conv"), ("out", "flat")):
        assert f'name: "sequential/{layer}"\n  input: "sequential/{before}"' in sequential
    graph = shown("plugin/graphs/graph", raw=True, run="graph/train", conceptual="true", tag="keras").decode()
    assert 'input: "functional/a"\n  input: "functional/b"' in graph or '/a"\n  input:' in graph


def test_what_was_asked_for_is_there_to_compare_runs_by(logs, shown):
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    found = {}
    for folder, run in ((logs[0] / "two", ""), (logs[0] / "two", "run-2"), (logs[0] / "fleet", "run-3")):
        (path,) = (folder / run).glob("events.*")
        for record in records(path):
            for value in Event.FromString(record).summary.value:
                data = HParamsPluginData.FromString(value.metadata.plugin_data.content)
                if data.HasField("session_start_info"):
                    found[folder.name, run] = dict(data.session_start_info.hparams)
    assert found["two", ""]["learning_rate"].number_value == pytest.approx(0.1)
    assert found["two", "run-2"]["learning_rate"].number_value == pytest.approx(0.01)
    assert found["two", ""]["optimizer"].string_value == "SGD" and found["two", ""]["batch_size"].number_value == 32
    assert found["fleet", "run-3"].keys() >= {"seed", "loss", "epochs", "parameters"}


def records(path):
    """The records of an event file: length, its checksum, the data, their checksum."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "little")
        yield data[at + 12 : at + 12 + size]
        at += 16 + size


def test_runs_in_one_folder_are_told_apart(logs, shown):
    first, second = logs[1][0.1], logs[1][0.01]
    assert (first[0].folder, second[0].folder) == (logs[0] / "two", logs[0] / "two" / "run-2")
    for run, (_, history) in (("two", first), ("two/run-2", second)):
        assert [value for _, value in curve(shown, f"{run}/train", "epoch_loss")] == pytest.approx(
            history.history["loss"]
        )


def test_a_training_that_goes_on_goes_on_in_its_folder(logs, shown):
    before, (callback, after) = logs[1]["on"]
    assert callback.folder == logs[0] / "on"
    steps, values = zip(*curve(shown, "on/train", "epoch_loss"), strict=True)
    assert steps == (0, 1, 2, 3, 4)
    assert values == pytest.approx([*before.history["loss"], *after.history["loss"]])


def test_a_killed_training_goes_on_in_its_folder_with_its_steps(logs, shown):
    callback, history = logs[1]["killed"]
    assert callback.folder == logs[0] / "killed"
    assert len(list((logs[0] / "killed" / "train").iterdir())) == 2
    for tag, steps in (("epoch_loss", range(4)), ("batch_loss", range(1, 13))):
        found = curve(shown, "killed/train", tag)
        assert dict(found).keys() == set(steps)
        assert len(set(found)) == len(dict(found))  # what was written twice is the same
    assert [value for _, value in sorted(set(curve(shown, "killed/train", "epoch_loss")))] == pytest.approx(
        history.history["loss"]
    )


def test_figures_within_an_epoch_are_those_after_so_many_steps(logs, shown):
    (_, loss), (_, accuracy) = (
        zip(*curve(shown, "steps/train", f"batch_{name}"), strict=True) for name in ("loss", "accuracy")
    )
    assert [step for step, _ in curve(shown, "steps/train", "batch_loss")] == [2, 4, 6]
    assert loss[2] == pytest.approx(logs[1]["steps"][1].history["loss"][1])  # step 6 is the last of the second epoch
    assert accuracy[2] == pytest.approx(logs[1]["steps"][1].history["accuracy"][1])
    for tag in ("batch_steps_per_second", "epoch_steps_per_second"):
        assert all(value > 0 for _, value in curve(shown, "steps/train", tag))


def test_evaluations_stand_at_the_step_of_the_training(logs, shown):
    found = curve(shown, "evaluate/validation", "evaluation_loss_vs_iterations")
    assert [step for step, _ in found] == [3, 6, 6]
    assert [value for _, value in found[:2]] == pytest.approx(logs[1]["evaluate"][1].history["val_loss"])


def test_a_fleets_members_have_a_folder_each(logs, shown):
    assert {run for run in shown("runs") if run.startswith("fleet") and run.endswith("train")} == {
        "fleet/train",
        "fleet/run-2/train",
        "fleet/run-3/train",
    }


def test_embeddings_lie_in_the_projector_with_their_words(logs, shown):
    assert "words/train" in shown("plugin/projector/runs")
    told = shown("plugin/projector/info", run="words/train")["embeddings"]
    assert [one["tensorName"] for one in told] == ["words:00000", "words:00002"]
    metadata = shown("plugin/projector/metadata", raw=True, run="words/train", name="words:00002").decode()
    assert metadata.split() == list("abcde")
    vectors = np.loadtxt(logs[0] / "words" / "train" / "words-00002.tsv")
    np.testing.assert_allclose(vectors, logs[1]["words"].get_layer("words").get_weights()[0], rtol=1e-6)


# --- without the server --------------------------------------------------------------------------------------------------


def test_writing_changes_no_number(tmp_path):
    histories = []
    for how in ({}, {"histogram_freq": 1, "update_freq": 1}):
        session.set_seed(1)
        histories.append(fit(tmp_path, **how)[1].history)
    assert histories[0] == histories[1]


def test_a_callback_of_a_training_that_failed_can_be_used_again(tmp_path):
    callback, model = TensorBoard(tmp_path), net()
    with pytest.raises(Killed):
        model.fit(X, Y, verbose=0, callbacks=[callback, killed(0)])
    model.fit(X, Y, verbose=0, callbacks=[callback])
    assert callback.folder == tmp_path / "run-2"
    for run in (tmp_path, tmp_path / "run-2"):
        (path,) = (run / "train").iterdir()
        assert b"epoch_loss" in path.read_bytes()


def test_a_folder_of_the_users_is_left_as_it_is(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "photo.txt").write_text("mine", encoding="utf-8")
    callback, _ = fit(tmp_path, epochs=1)
    assert callback.folder == tmp_path / "run-2"
    assert [path.name for path in (tmp_path / "train").iterdir()] == ["photo.txt"]


def test_two_files_of_one_second_are_two(tmp_path):
    for step in (0, 1):
        one = events.Events(tmp_path)
        one.scalar("a", 1.0, step)
        one.close()
    assert len(list(tmp_path.iterdir())) == 2


def test_weights_that_are_not_finite_are_left_out(tmp_path):
    one = events.Events(tmp_path)
    one.histogram("a", np.array([np.nan, np.inf], "float32"), 0)
    one.histogram("b", np.array([np.nan, 1.0], "float32"), 0)
    one.image("c", np.array([np.nan, 1.0], "float32"), 0)
    one.close()
    text = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [tag in text for tag in (b"\x0a\x01a", b"\x0a\x01b", b"\x0a\x01c")] == [False, True, False]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"histogram_freq": -1}, r"TensorBoard needs histogram_freq to be a whole number of at least 0, but got -1\."),
        (
            {"update_freq": "step"},
            r"update_freq other than 'epoch' and 'batch' to be a whole number of at least 1, but got 'step'",
        ),
        (
            {"profile_batch": 5},
            r"needs profile_batch=0, but got 5\. To profile, write 'with jax\.profiler\.trace\(log_dir\):'",
        ),
    ],
)
def test_mistakes_are_answered_before_training(how, said):
    with pytest.raises(ValueError, match=said):
        TensorBoard(**how)


def test_an_embedding_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    model = Sequential([Input((4,)), layers.Embedding(5, 2, name="words"), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(
        ValueError, match=r"no Embedding layer for embeddings_metadata named 'word'\. Did you mean 'words'\?"
    ):
        model.fit(
            np.ones((4, 4)),
            np.ones(4),
            verbose=0,
            callbacks=[TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"word": "a.tsv"})],
        )


def test_its_absence_names_the_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ImportError, match=r"TensorBoard needs the package tensorboardX, .*pip install 'dragonet\[tensorboard\]'"
    ):
        TensorBoard()
