"""One list of optimizer settings for all tests: a new entry is held to everything from its first day."""

import numpy as np

OPTIONS = (
    {},
    {"weight_decay": 0.1},
    {"clipnorm": 0.5},
    {"clipvalue": 0.2},
    {"global_clipnorm": 0.7},
    {"loss_scale_factor": 8.0},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2, "weight_decay": 0.1},
    {"gradient_accumulation_steps": 3, "global_clipnorm": 0.5},
)

RULES = (
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "rho": 0.8}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("Lion", {}),
    ("Lamb", {}),
    ("Lamb", {"weight_decay": 0.1, "beta_1": 0.8}),
    ("Ftrl", {}),
    ("Ftrl", {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2, "beta": 0.3}),
    ("Ftrl", {"l2_shrinkage_regularization_strength": 0.2, "learning_rate_power": -0.8}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"warmup_steps": 4, "beta_1": 0.8, "weight_decay": 0.1}),
)

# Each rule plain, each option with Adam, and what keeps numbers between steps with accumulation.
SETTINGS = [
    *RULES,
    *(("Adam", options) for options in OPTIONS[1:]),
    ("Nadam", {"gradient_accumulation_steps": 2}),
    ("SGD", {"momentum": 0.9, "gradient_accumulation_steps": 2}),
]

IDS = [name + "".join(f"-{option}={value}" for option, value in options.items()) for name, options in SETTINGS]

SHAPES = {"kernel": (3, 4), "bias": (4,)}
SIZES = {"kernel": 3.0, "bias": 0.01}


def params():
    """The same weights each time."""
    return _drawn(1, dict.fromkeys(SHAPES, 1.0))


def gradients(step):
    """Other gradients at each step, large for one weight and small for the other."""
    return _drawn(100 + step, SIZES)


def _drawn(seed, sizes):
    rng = np.random.default_rng(seed)
    return {"dense": {name: (size * rng.normal(size=SHAPES[name])).astype("float32") for name, size in sizes.items()}}
