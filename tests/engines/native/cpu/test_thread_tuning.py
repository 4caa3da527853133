"""How many threads run a training: the quicker of all and one, tried for a moment."""

from dragonet.engines.native.cpu.thread_tuning import ThreadTuner


def spent(crew, pace, spans):
    """Let a crew do spans of 1000 steps at these seconds a step by number of threads; the threads of each call."""
    used = []
    for _ in range(spans):
        left = 1000
        while left:
            threads, steps = crew.next(left)
            used.append(threads)
            crew.record(steps, steps * pace[threads])
            left -= steps
    return used


def test_the_quicker_one_is_kept():
    assert spent(ThreadTuner(2), {2: 1e-4, 1: 2e-4}, 3)[-2:] == [2, 2]
    assert spent(ThreadTuner(2), {2: 5e-4, 1: 2e-4}, 3)[-2:] == [1, 1]


def test_trials_are_short():
    crew = ThreadTuner(4)
    pace = {4: 1e-3, 1: 1e-3}
    trial = []
    while len(set(trial)) < 2 or crew._trial:
        threads, steps = crew.next(10**6)
        trial.append(threads)
        crew.record(steps, steps * pace[threads])
        assert steps < 100


def test_a_trial_of_long_steps_is_one_of_them():
    """Four on one thread took as long as four more on all, in a wide network 28 ms."""
    crew = ThreadTuner(2)
    assert spent(crew, {2: 0.01, 1: 0.02}, 1)[:4] == [2, 2, 1, 2]


def test_another_trial_when_steps_come_to_take_longer_and_from_time_to_time():
    crew = ThreadTuner(2)
    assert set(spent(crew, {2: 1e-4, 1: 2e-4}, 5)[-2:]) == {2}
    assert set(spent(crew, {2: 9e-4, 1: 2e-4}, ThreadTuner.SLOW)) == {2}
    assert 1 in spent(crew, {2: 9e-4, 1: 2e-4}, 1)
    assert spent(crew, {2: 9e-4, 1: 2e-4}, 3)[-1] == 1
    assert 2 in spent(crew, {2: 1e-4, 1: 2e-4}, round(ThreadTuner.AGAIN / 0.2) + 2)
    assert spent(crew, {2: 1e-4, 1: 2e-4}, 1)[-1] == 2


def test_one_alone_is_doubted_soon_whether_or_not_it_worked_meanwhile():
    now = [0.0]
    crew = ThreadTuner(2, clock=lambda: now[0])
    assert spent(crew, {2: 5e-4, 1: 2e-4}, 5)[-1] == 1
    now[0] += ThreadTuner.ALONE / 2
    assert set(spent(crew, {2: 1e-4, 1: 2e-4}, 2)) == {1}
    now[0] += ThreadTuner.ALONE
    assert spent(crew, {2: 1e-4, 1: 2e-4}, 1)[-1] == 2
    now[0] += 100
    assert set(spent(crew, {2: 1e-4, 1: 2e-4}, 1)) == {2}, "all together are doubted only by how long they take"


def test_one_slow_span_is_no_reason():
    crew = ThreadTuner(2)
    spent(crew, {2: 1e-4, 1: 2e-4}, 5)
    for _ in range(ThreadTuner.SLOW):
        assert set(spent(crew, {2: 9e-4, 1: 2e-4}, 1) + spent(crew, {2: 1e-4, 1: 2e-4}, 1)) == {2}


def test_one_thread_needs_no_trial():
    assert set(spent(ThreadTuner(1), {1: 1e-4}, 100)) == {1}
