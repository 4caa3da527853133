"""forked: what a child process may do after its parent has imported, built or trained, for every way of starting one.

Each test is one script in a process of its own, with a time limit: a fault here is a child that waits for ever.
"""

import json
import os
import subprocess
import sys

import pytest

LIMIT = 120  # seconds for a whole script; a child that hangs is ended by the script itself

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

WORK = """
import hashlib, os, sys, warnings
warnings.simplefilter("ignore", RuntimeWarning)  # JAX warns of every fork
import numpy as np
import dragonet as dn
from dragonet import layers

X = np.random.default_rng(0).normal(size=(96, 8)).astype("float32")
Y = np.arange(96) % 3

def build(engine="auto", **dense):
    dn.utils.set_random_seed(3)
    model = dn.Sequential([dn.Input((8,)), layers.Dense(16, activation="relu", **dense), layers.Dropout(0.2),
                           layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    return model

def digest(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()[:12]

def trained(engine="auto", **dense):
    model = build(engine, **dense)
    history = model.fit(X, Y, epochs=2, batch_size=32, verbose=0, preflight=False)
    return model, history.engine.split(":")[0]

def train(engine="auto", **dense):
    model, ran = trained(engine, **dense)
    return ran, digest(model)
"""

FORK = (
    WORK
    + '''
import json, select, signal, tempfile

def in_child(job):
    """What a job returns in a forked child, or the error's text; 'HANGS' after 30 seconds."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = json.dumps(job())
        except BaseException as failure:
            answer = json.dumps(f"{type(failure).__name__}: {failure}")
        os.write(into, answer.encode())
        os._exit(0)
    os.close(into)
    ready = select.select([out], [], [], 30)[0]
    answer = json.loads(os.read(out, 100_000)) if ready else "HANGS"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return answer
'''
)


def run(tmp_path, script):
    """What a script prints as JSON."""
    file = tmp_path / "script.py"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=LIMIT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def has_native():
    from dragonet.engines import choice

    return choice._machine_against() is None


needs_native = pytest.mark.skipif(not has_native(), reason="the native engine does not run on this processor")


@needs_fork
@needs_native
def test_the_native_engine_does_everything_in_a_child_of_a_parent_that_trained(tmp_path):
    found = run(
        tmp_path,
        FORK
        + """
parent, _ = trained()
folder = tempfile.mkdtemp()
parent.save(folder + "/parent.keras")

def save_and_load():
    model = dn.models.load_model(folder + "/parent.keras")
    model.save_weights(folder + "/child.weights.h5")
    model.load_weights(folder + "/child.weights.h5")
    return digest(model)

def goes_on(model):
    model.fit(X, Y, verbose=0)
    return digest(model)

def broken():
    model = build()
    model.optimizer.learning_rate = 1e30
    with warnings.catch_warnings(action="ignore"):
        return model.fit(X, Y, epochs=3, verbose=0).stopped

def with_hooks():
    stop = dn.callbacks.EarlyStopping(restore_best_weights=True)
    keep = dn.callbacks.ModelCheckpoint(folder + "/best.keras")
    model = build()
    model.fit(X, Y, epochs=2, validation_split=0.2, callbacks=[stop, keep], verbose=0)
    return digest(model)

def fleet():
    fleet = dn.Fleet(build(), seeds=2)
    fleet.fit(X, Y, verbose=0)
    return [digest(member) for member in fleet.members]

JOBS = {
    "build": lambda: digest(build()),
    "train": train,
    "with regularizer": lambda: train(kernel_regularizer="l2"),
    "evaluate": lambda: parent.evaluate(X, Y, verbose=0),
    "evaluate with regularizer": lambda: build(kernel_regularizer="l2").evaluate(X, Y, verbose=0),
    "predict": lambda: parent.predict(X, verbose=0).tolist(),
    "train on batch": lambda: build().train_on_batch(X, Y),
    "save and load": save_and_load,
    "loss that is not finite": broken,
    "callbacks": with_hooks,
    "fleet": fleet,
    "go on with the parent's model": lambda: goes_on(parent),
}
children = {name: in_child(job) for name, job in JOBS.items()}
print(json.dumps({name: (children[name], job()) for name, job in JOBS.items()}))
""",
    )
    for name, (child, parent) in found.items():
        assert child == parent, name
    assert found["train"][1][0] == "native" and found["loss that is not finite"][0] == "not finite"


@needs_fork
def test_xla_refuses_in_one_sentence_in_a_child_of_a_parent_that_trained(tmp_path):
    found = run(
        tmp_path,
        FORK
        + """
import jax
import jax.numpy as jnp
product = jax.jit(lambda x: (x @ x).sum())
large = np.ones((400, 400), "float32")
product(large).block_until_ready()
parent, _ = trained("xla")
parent.predict(X, verbose=0)
parent.save("parent.keras")
works = {
    "build": lambda: digest(build("xla")),
    "load": lambda: digest(dn.models.load_model("parent.keras")),
    "weights": lambda: digest(parent),
    "summary": lambda: parent.summary(print_fn=lambda *_: None),
    "shapes": lambda: list(layers.Dense(3).compute_output_shape((None, 4))),
}
refused = {
    "fit": lambda: train("xla"),
    "fit of the parent's model": lambda: parent.fit(X, Y, verbose=0).epoch,
    "evaluate": lambda: parent.evaluate(X, Y, verbose=0),
    "predict": lambda: parent.predict_on_batch(X).tolist(),
    "call": lambda: np.asarray(parent(X)).tolist(),
    "layer": lambda: np.asarray(layers.Dense(3)(X)).tolist(),
    "random": lambda: float(dn.random.normal((), seed=1)),
    "loss": lambda: float(dn.losses.MeanSquaredError()(X, X)),
    "jax.numpy": lambda: float(jnp.sum(jnp.ones(3))),
    "a program compiled before": lambda: float(product(large)),
}
grandchild = in_child(lambda: in_child(lambda: train("xla")))
print(json.dumps({
    "works": {name: (in_child(job), job()) for name, job in works.items()},
    "refused": {name: in_child(job) for name, job in refused.items()} | {"grandchild": grandchild},
    "parent": train("xla"),
}))
""",
    )
    for name, (child, parent) in found["works"].items():
        assert child == parent, name
    for name, text in found["refused"].items():
        assert str(text).startswith("RuntimeError: ") and "needs XLA, which cannot run in this process" in text, name
        assert "get_context('spawn') or 'forkserver', or joblib's backend 'loky'" in text
    assert found["parent"][0] == "xla"


@needs_fork
def test_xla_works_in_a_child_of_a_parent_that_imported_or_built(tmp_path):
    imported, built, parent = run(
        tmp_path,
        FORK
        + """
imported = in_child(lambda: train("xla"))
build("xla")
built = in_child(lambda: train("xla"))
print(json.dumps([imported, built, train("xla")]))
""",
    )
    assert imported[0] == "xla" and imported == built == parent


@needs_fork
def test_a_lock_that_another_thread_holds_is_free_in_the_child(tmp_path):
    assert (
        run(
            tmp_path,
            FORK
            + """
import threading
from dragonet.core import session
held, done = threading.Event(), threading.Event()

def hold():
    with session.current().lock:
        held.set()
        done.wait()

thread = threading.Thread(target=hold)
thread.start()
held.wait()
answer = in_child(lambda: digest(build()))
done.set()
thread.join()
print(json.dumps([answer, digest(build())]))
""",
        ).count("HANGS")
        == 0
    )


@needs_fork
@needs_native
def test_a_child_forked_while_another_thread_compiles_can_compile(tmp_path):
    answers = run(
        tmp_path,
        "import os; os.environ['DRAGONET_CACHE'] = 'off'"
        + FORK
        + """
import itertools, threading
done, compiled = threading.Event(), threading.Event()

def compile_on():
    for units in itertools.count(3):
        if done.is_set():
            return
        model = dn.Sequential([dn.Input((8,)), layers.Dense(units), layers.Dense(3, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", engine="native")
        model.fit(X, Y, verbose=0, preflight=False)
        compiled.set()

thread = threading.Thread(target=compile_on)
thread.start()
compiled.wait()
answers = [in_child(train) for _ in range(3)]
done.set()
thread.join()
print(json.dumps([*answers, train()]))
""",
    )
    assert answers == [answers[-1]] * 4


@needs_native
def test_pools_of_every_kind_train_as_the_parent_does(tmp_path):
    """multiprocessing's pools and joblib's, with two jobs each; XLA where the processes are started afresh."""
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    found = run(
        tmp_path,
        """
import json, multiprocessing, warnings
from concurrent.futures import ProcessPoolExecutor
import joblib
from work import train

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    answers = {"parent": [train("native"), train("xla")]}
    for method in multiprocessing.get_all_start_methods():
        engines = ["native", "native" if method == "fork" else "xla"]
        with multiprocessing.get_context(method).Pool(2) as pool:
            answers[method] = pool.map_async(train, engines, chunksize=1).get(60)
    for backend, engines in (("loky", ["native", "xla"]), ("multiprocessing", ["native", "native"])):
        answers["joblib " + backend] = joblib.Parallel(2, backend=backend, timeout=60)(map(joblib.delayed(train), engines))
    print(json.dumps(answers))
""",
    )
    native, xla = found["parent"]
    assert (native[0], xla[0]) == ("native", "xla")
    for kind, answers in found.items():
        assert all(answer in (native, xla) for answer in answers) and answers[0] == native, kind
    assert found["spawn"] == found["joblib loky"] == [native, xla]
