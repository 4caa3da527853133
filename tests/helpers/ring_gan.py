"""A toy GAN (Goodfellow et al. 2014) on eight Gaussians in a ring: two players, each with its own optimizer, in one step."""

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import optimizers, training


def ring(rows=256, seed=0):
    """Points around eight centres on the unit circle."""
    draw = np.random.default_rng(seed)
    angles = draw.integers(8, size=rows) * np.pi / 4
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (centres + 0.02 * draw.normal(size=(rows, 2))).astype("float32")


class RingGAN(training.Objective):
    """The discriminator takes a step, and then the generator, against the new discriminator."""

    figures = ("loss", "generator_loss")

    def __init__(self, rate=2e-3):
        self.discriminator_rate = self.generator_rate = rate
        self.discriminator = optimizers.Adam(rate, beta_1=0.5)
        self.generator = optimizers.RMSprop(rate)

    def init_state(self, key, batch):
        g, d = (_layers(k, (2, 16, n)) for k, n in zip(jax.random.split(key), (batch.shape[1], 1), strict=True))
        return {"g": g, "d": d, "g_memory": self.generator.init(g), "d_memory": self.discriminator.init(d)}

    def step(self, state, batch, key):
        z = jax.random.normal(key, (len(batch), 2))
        score = jax.nn.softplus

        def discriminate(d):
            return jnp.mean(score(-net(d, batch)) + score(net(d, net(state["g"], z))))

        d_loss, slopes = jax.value_and_grad(discriminate)(state["d"])
        rate = state["discriminator_rate"]
        d, d_memory = self.discriminator.update(state["d"], slopes, state["d_memory"], learning_rate=rate)

        def deceive(g):
            return jnp.mean(score(-net(d, net(g, z))))

        g_loss, slopes = jax.value_and_grad(deceive)(state["g"])
        g, g_memory = self.generator.update(
            state["g"], slopes, state["g_memory"], learning_rate=state["generator_rate"]
        )
        new = {"g": g, "d": d, "g_memory": g_memory, "d_memory": d_memory}
        return {**state, **new}, {"loss": d_loss, "generator_loss": g_loss}

    def assignable(self):
        return {"discriminator_rate": self.discriminator_rate, "generator_rate": self.generator_rate}

    def identity(self):
        return "ring GAN"  # all of them share one compiled program


def net(layers, x):
    """A small network: ReLU between its layers, none after the last."""
    for w, b in layers[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def _layers(key, sizes):
    shapes = zip(jax.random.split(key, len(sizes) - 1), sizes, sizes[1:], strict=False)
    return [(jax.random.normal(k, (n, m)) * (2 / n) ** 0.5, jnp.zeros(m)) for k, n, m in shapes]
