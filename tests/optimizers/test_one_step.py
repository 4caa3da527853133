"""One step of an optimizer: by hand, with frozen weights, in other engines, and without surprises for the compiler."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.optimizer_cases import IDS, SETTINGS, gradients, params
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet import optimizers

FROZEN = {"dense": {"kernel": True, "bias": False}}


def assert_equal(ours, theirs):
    jax.tree.map(np.testing.assert_array_equal, ours, theirs)


def test_adam_by_hand():
    optimizer = optimizers.Adam(0.1, beta_1=0.5, beta_2=0.75, epsilon=1.0)
    w, state = optimizer.update(jnp.array(3.0), jnp.array(4.0), optimizer.init(jnp.array(3.0)))
    m, v = 0.5 * 4, 0.25 * 16
    np.testing.assert_allclose([state["slots"]["m"], state["slots"]["v"]], [m, v])
    np.testing.assert_allclose(w, 3 - 0.1 * (1 - 0.75) ** 0.5 / (1 - 0.5) * m / (v**0.5 + 1), rtol=1e-6)


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=IDS)
def test_a_frozen_weight_and_all_beside_it_stay(name, options):
    optimizer = getattr(optimizers, name)(**options)
    start = params()
    state = optimizer.init(start)
    moved, after = optimizer.update(start, gradients(0), state, trainable=FROZEN)
    trees = [(moved, start), *((after["slots"][name], held) for name, held in state["slots"].items())]
    trees += [(after[name], state[name]) for name in ("ema", "accumulated") if name in state]
    for new, old in trees:
        assert_equal(new["dense"]["bias"], old["dense"]["bias"])


@pytest.mark.parametrize("options", [{}, {"global_clipnorm": 0.5}, {"use_ema": True, "ema_overwrite_frequency": 1}])
def test_the_others_move_as_if_the_frozen_one_were_not_there(options):
    optimizer = optimizers.Adam(0.1, **options)
    start = params()
    moved, _ = optimizer.update(start, gradients(0), optimizer.init(start), trainable=FROZEN)
    alone = {"dense": {"kernel": start["dense"]["kernel"]}}
    its_own = {"dense": {"kernel": gradients(0)["dense"]["kernel"]}}
    by_itself, _ = optimizer.update(alone, its_own, optimizer.init(alone))
    np.testing.assert_allclose(moved["dense"]["kernel"], by_itself["dense"]["kernel"], rtol=1e-6)


def test_a_refused_step_keeps_weights_whatever_the_gradient():
    optimizer = optimizers.Adam(use_ema=True)
    start = params()
    bad = jax.tree.map(lambda g: g * np.float32("nan"), gradients(0))
    moved, after = optimizer.update(start, bad, optimizer.init(start), trainable=jax.tree.map(lambda w: False, start))
    assert_equal(moved, start)
    assert_equal(after["slots"]["m"], jax.tree.map(jnp.zeros_like, start))


def test_freezing_and_the_learning_rate_are_arguments_of_the_compiled_step():
    optimizer, traced = optimizers.SGD(), []

    @jax.jit
    def step(w, state, lr, moves):
        traced.append(1)
        return optimizer.update(w, jnp.ones(()), state, learning_rate=lr, trainable=moves)

    w, state = jnp.ones(()), optimizer.init(jnp.ones(()))
    for lr, moves in ((0.5, True), (0.25, True), (0.25, False)):
        w, state = step(w, state, lr, moves)
    assert (float(w), len(traced)) == (0.25, 1)


def test_masking_costs_no_copies():
    """XLA must write the slots in place and read them from there: choosing old or new afterwards doubled the time."""
    optimizer, w = optimizers.Adam(), {"kernel": jnp.ones((64, 8))}

    @jax.jit
    def steps(w, state, moves):
        def step(_, held):
            return optimizer.update(held[0], w, held[1], trainable=moves)

        return jax.lax.fori_loop(0, 3, step, (w, state))

    text = steps.lower(w, optimizer.init(w), {"kernel": jnp.array(True)}).compile().as_text()
    body = text[: text.index("ENTRY")]
    assert "f32[64,8]" in body
    assert not [line for line in body.splitlines() if "f32[64,8]" in line and " copy(" in line]


def test_the_state_shares_no_buffer_with_the_weights():
    """Both are handed over to the compiled step, which writes over them."""
    optimizer = optimizers.SGD(use_ema=True, gradient_accumulation_steps=2)
    w = jnp.ones(3)
    step = jax.jit(lambda w, state: optimizer.update(w, jnp.ones(3), state), donate_argnums=(0, 1))
    step(w, optimizer.init(w))


def test_without_average_the_final_weights_are_the_weights():
    start = params()
    assert_equal(optimizers.SGD().finalize(start, optimizers.SGD().init(start)), start)


def test_the_average_replaces_only_weights_that_train():
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    start, state = params(), optimizer.init(params())
    for step in range(2):
        moved, state = optimizer.update(start, gradients(step), state, trainable=FROZEN)
    final = optimizer.finalize(moved, state, FROZEN)
    assert_equal(final["dense"]["bias"], start["dense"]["bias"])
    assert_equal(final["dense"]["kernel"], state["ema"]["dense"]["kernel"])


def test_float64_stays_float64():
    with jax.enable_x64(True):
        w = jnp.ones(2, float)
        optimizer = optimizers.Nadam()
        w, state = optimizer.update(w, w, optimizer.init(w))
        assert {str(leaf.dtype) for leaf in jax.tree.leaves((w, state["slots"], state["shared"]))} == {"float64"}


@pytest.mark.parametrize(("name", "options"), SETTINGS[:15], ids=IDS[:15])
def test_a_rule_runs_on_the_values_of_another_engine(name, options):
    """NumPy's arrays stand for them: the rule and its scalars use nothing but xp and operators."""
    optimizer, start = getattr(optimizers, name)(**options), params()
    state = optimizer.init(start)
    s, _ = optimizer.scalars(np, np.float32(1), np.float32(optimizer.learning_rate), dict(optimizer.shared_start))
    s = {name: np.float32(number) for name, number in s.items()}
    kept = {name: np.array(held["dense"]["kernel"]) for name, held in state["slots"].items()}
    g = gradients(0)["dense"]["kernel"]
    w, _ = optimizer.rule(np, optimizer.decayed(start, optimizer.learning_rate)["dense"]["kernel"], g, kept, s)
    moved, after = optimizer.update(start, gradients(0), state)
    np.testing.assert_allclose(w, moved["dense"]["kernel"], rtol=1e-5)
    for name, held in kept.items():
        np.testing.assert_allclose(held, after["slots"][name]["dense"]["kernel"], rtol=1e-5)


numbers = st.floats(-1e6, 1e6, width=32)


@settings(max_examples=25, deadline=None)
@given(st.lists(numbers, min_size=3, max_size=3), st.sampled_from(["clipnorm", "global_clipnorm", "clipvalue"]))
def test_a_clipped_step_is_never_longer_than_said_nor_turned(g, option):
    g = jnp.array(g)
    optimizer = optimizers.SGD(1.0, **{option: 0.5})
    step = -optimizer.update(jnp.zeros(3), g, optimizer.init(g))[0]
    longest = jnp.abs(step).max() if option == "clipvalue" else jnp.linalg.norm(step)
    assert longest <= 0.5 * (1 + 1e-6)
    assert (step * g >= 0).all()
    if option != "clipvalue":
        assert jnp.dot(step, g) >= jnp.linalg.norm(step) * jnp.linalg.norm(g) * (1 - 1e-5)
