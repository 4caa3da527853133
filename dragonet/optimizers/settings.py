"""Checks of the settings that all optimizers share."""

from typing import Any

from dragonet.core import checks, errors


def check(optimizer: Any) -> None:
    """Raises ValueError for a number out of range, and for two ways of clipping at once."""
    who = type(optimizer).__name__
    clips = {name: getattr(optimizer, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
    in_use = [f"{name}={value}" for name, value in clips.items() if value is not None]
    if len(in_use) > 1:
        raise errors.value_error(who, "at most one of clipnorm, clipvalue and global_clipnorm", " and ".join(in_use))
    for name in (*clips, "loss_scale_factor"):
        if getattr(optimizer, name) is not None:
            checks.positive(who, name, getattr(optimizer, name))
    if optimizer.weight_decay is not None:
        checks.number(who, "weight_decay", optimizer.weight_decay, least=0)
    checks.number(who, "ema_momentum", optimizer.ema_momentum, least=0, most=1)
    if optimizer.ema_overwrite_frequency is not None:
        checks.whole(who, "ema_overwrite_frequency", optimizer.ema_overwrite_frequency)
    if optimizer.gradient_accumulation_steps is not None:
        checks.whole(who, "gradient_accumulation_steps", optimizer.gradient_accumulation_steps, least=2)
