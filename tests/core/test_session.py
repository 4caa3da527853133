"""session: names are given as Keras gives them, seeds and counters start over when told."""

import asyncio
import concurrent.futures
import contextvars
import threading

import keras
import numpy as np
import pytest

import dragonet
from dragonet import layers, utils
from dragonet.core import session

NAMES = [
    "Dense",
    "Conv2D",
    "Conv1DTranspose",
    "BatchNormalization",
    "GlobalMaxPooling1D",
    "ReLU",
    "LeakyReLU",
    "PReLU",
    "ELU",
    "GRU",
    "LSTM",
    "SpatialDropout2D",
    "SimpleRNN",
    "MyLayer3",
    "A",
    "HTTPLayer",
    "some_layer",
]


@pytest.mark.parametrize("name", NAMES)
def test_snake_case_is_keras_s(name):
    assert session.snake_case(name) == keras.src.utils.naming.to_snake_case(name)


def test_names_are_counted_and_forgotten():
    assert [session.unique_name("Dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    session.clear()
    assert session.unique_name("Dense") == "dense"


def test_clear_starts_the_counting_of_layers_over_and_keeps_the_seed():
    session.set_seed(5)
    assert [session.next_ordinal() for _ in range(3)] == [0, 1, 2]
    session.clear()
    assert (session.next_ordinal(), session.seed()) == (0, 5)


def test_setting_the_seed_starts_the_counting_of_layers_and_draws_over():
    session.next_ordinal(), session.next_draw()
    session.set_seed(session.seed())
    assert (session.next_ordinal(), session.next_draw(), session.next_draw()) == (0, 0, 1)


# --- threads ------------------------------------------------------------------------------------------------------------


def weights(units=4):
    """The first weights of a new model."""
    model = dragonet.Sequential([dragonet.Input((3,)), layers.Dense(units), layers.Dense(2)])
    return np.concatenate([w.ravel() for w in model.get_weights()])


def in_thread(function, *arguments):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def test_a_seed_set_in_the_main_thread_holds_in_a_pool():
    utils.set_random_seed(11)
    alone = weights(), weights()
    utils.set_random_seed(11)
    np.testing.assert_array_equal(
        in_thread(weights), alone[0]
    )  # and the session is the same: the next model is the second
    np.testing.assert_array_equal(weights(), alone[1])
    utils.set_random_seed(11)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:  # the thread is older than the seed
        pool.submit(weights).result()
        utils.set_random_seed(11)
        np.testing.assert_array_equal(pool.submit(weights).result(), alone[0])


def test_a_seed_in_one_cell_of_a_notebook_and_a_model_in_the_next():
    """Cells run in the main thread, each as a task of its own; what a context variable was set to would be lost."""

    def run(cell):
        async def task():
            return cell()

        return contextvars.Context().run(asyncio.run, task())

    utils.set_random_seed(12)
    alone = weights()
    run(lambda: utils.set_random_seed(12))
    np.testing.assert_array_equal(run(weights), alone)
    run(lambda: utils.set_random_seed(12))
    np.testing.assert_array_equal(run(lambda: in_thread(weights)), alone)


def test_a_thread_that_sets_a_seed_has_a_session_of_its_own():
    utils.set_random_seed(13)
    alone = weights(), weights()
    utils.set_random_seed(13)

    def other():
        utils.set_random_seed(99)
        return weights(), session.seed(), session.unique_name("Dense")

    drawn, seed, name = in_thread(other)
    assert (seed, name) == (99, "dense_2") and (drawn != alone[0]).any()
    assert session.seed() == 13
    np.testing.assert_array_equal(weights(), alone[0])
    in_thread(other)
    np.testing.assert_array_equal(weights(), alone[1])


def test_a_thread_s_own_session_ends_with_it():
    utils.set_random_seed(14)
    in_thread(utils.set_random_seed, 5)
    assert in_thread(session.seed) == 14


def test_inside_started_over_a_thread_is_alone():
    session.set_seed(15)
    before = repr(session.current())
    with session.started_over(1):
        assert in_thread(session.seed) == 15 and session.seed() == 1
        session.set_seed(2)
        assert session.seed() == 2 and in_thread(session.seed) == 15
        weights()
    assert repr(session.current()) == before

    def thread():
        with session.started_over(3):
            inside = session.seed()
        return inside, session.seed()

    assert in_thread(thread) == (3, 15)


def test_threads_that_share_a_session_count_every_layer_once():
    session.set_seed(16)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: session.next_ordinal(), range(2000)))
        names = list(pool.map(lambda _: session.unique_name("Thing"), range(2000)))
    assert sorted(numbers) == list(range(2000)) and len(set(names)) == 2000


@pytest.mark.parametrize(("engine", "rounds"), [("auto", 50), ("xla", 5)])
def test_two_threads_that_set_a_seed_build_and_train_at_once_get_what_they_get_alone(engine, rounds):
    x, y = np.random.default_rng(0).normal(size=(64, 6)), np.arange(64) % 3
    barrier, found = threading.Barrier(2), []

    def train():
        utils.set_random_seed(3)
        model = dragonet.Sequential(
            [
                dragonet.Input((6,)),
                layers.Dense(8, activation="relu"),
                layers.Dropout(0.1),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", engine=engine)
        model.fit(x, y, verbose=0, preflight=False)
        return b"".join(w.tobytes() for w in model.get_weights())

    def again_and_again():
        for _ in range(rounds):
            barrier.wait()
            found.append(train())

    alone = train()
    threads = [threading.Thread(target=again_and_again) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * (2 * rounds)


def test_the_generator_starts_over_with_the_seed():
    session.set_seed(17)
    first = session.current().generator().random(3).tolist()
    session.set_seed(17)
    generator = session.current().generator()
    assert generator.random(3).tolist() == first == np.random.default_rng(17).random(3).tolist()
    assert session.current().generator() is generator
