"""JAX with nothing between: a whole epoch is one compiled lax.scan, written by hand.

It says what XLA gives without a library; nobody's users write this, so it is a reference and not a peer.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}


def glorot(rng, shape):
    """Glorot's uniform weights and zero biases."""
    area = np.prod(shape[:-2])
    limit = np.sqrt(6 / (area * (shape[-2] + shape[-1])))
    return rng.uniform(-limit, limit, shape).astype("float32"), np.zeros(shape[-1], "float32")


def weights(model, shape):
    """One (kernel, bias) for each layer, or None where a layer has none."""
    rng, made = np.random.default_rng(0), []
    for kind, args in model.layers:
        pair = None
        if kind == "Dense":
            pair, shape = glorot(rng, (shape[-1], args["units"])), (args["units"],)
        elif kind == "Conv2D":
            size = args["kernel_size"]
            pair, shape = glorot(rng, (size, size, shape[-1], args["filters"])), (*shape[:2], args["filters"])
        elif kind == "MaxPooling2D":
            shape = (*(-(-n // args["pool_size"]) for n in shape[:2]), shape[2])
        elif kind == "Reshape":
            shape = args["target_shape"]
        elif kind == "Flatten":
            shape = (int(np.prod(shape)),)
        elif kind != "Dropout":
            raise NotImplementedError(f"peers/jax_scan.py has no line for {kind} yet")
        made.append(pair)
    return made


def convolution(x, kernel):
    """x * kernel, padding same, as one matrix product: within a scan, XLA's own convolution is up to 40 times slower."""
    size, (height, width) = len(kernel), x.shape[1:3]
    around = ((size - 1) // 2, size // 2)
    x = jnp.pad(x, ((0, 0), around, around, (0, 0)))
    seen = [x[:, i : i + height, j : j + width] for i in range(size) for j in range(size)]
    return jnp.concatenate(seen, -1) @ kernel.reshape(-1, kernel.shape[-1])


def forward(model, params, x, key):
    """The scores before the closing softmax."""
    for position, ((kind, args), pair) in enumerate(zip(model.layers, params, strict=True)):
        if kind == "Dense":
            x = x @ pair[0] + pair[1]
        elif kind == "Conv2D":
            x = convolution(x, pair[0]) + pair[1]
        elif kind == "MaxPooling2D":
            window = (1, args["pool_size"], args["pool_size"], 1)
            x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "SAME")
        elif kind == "Dropout":
            keep = jax.random.bernoulli(jax.random.fold_in(key, position), 1 - args["rate"], x.shape)
            x = jnp.where(keep, x / (1 - args["rate"]), 0)
        elif kind == "Reshape":
            x = x.reshape(-1, *args["target_shape"])
        elif kind == "Flatten":
            x = x.reshape(len(x), -1)
        x = ACTIVATIONS.get(args.get("activation"), lambda z: z)(x)
    return x


def prepare(model, x, y, threads):
    params = jax.tree.map(jnp.asarray, weights(model, x.shape[1:]))
    zeros = jax.tree.map(jnp.zeros_like, params)
    state = (params, zeros, jax.tree.map(jnp.copy, zeros), jnp.int32(0))
    x, y = jnp.asarray(x), jnp.asarray(y, "int32")
    key, rng = jax.random.key(0), np.random.default_rng(0)

    def loss_of(params, a, b, key):
        scores = forward(model, params, a, key)
        loss = -jnp.take_along_axis(jax.nn.log_softmax(scores), b[:, None], axis=1).sum()
        return loss / len(b), (loss, (scores.argmax(1) == b).sum())

    def step(carry, chosen):
        (params, m, v, t), (total, correct), x, y = carry
        dice = jax.random.fold_in(key, t)
        slopes, (loss, right) = jax.grad(loss_of, has_aux=True)(params, x[chosen], y[chosen], dice)
        t = t + 1
        m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, slopes)
        v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, slopes)
        rate = model.learning_rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), params, m, v)
        return ((params, m, v, t), (total + loss, correct + right), x, y), None

    @jax.jit
    def epoch(state, order, x, y):
        """All full batches in one scan, then what is left over."""
        full = len(order) // model.batch_size * model.batch_size
        carry = (state, (jnp.float32(0), jnp.int32(0)), x, y)
        carry, _ = lax.scan(step, carry, order[:full].reshape(-1, model.batch_size))
        if full < len(order):
            carry, _ = step(carry, order[full:])
        return carry[:2]

    def train(epochs):
        nonlocal state
        for _ in range(epochs):
            state, (total, correct) = epoch(state, rng.permutation(len(x)).astype("int32"), x, y)
        return {"loss": float(total) / len(x), "accuracy": float(correct) / len(x)}

    return train
