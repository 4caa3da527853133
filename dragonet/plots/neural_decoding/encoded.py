"""Encoding models: how well each channel is predicted, the range of chance, and the kernels of one channel."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.neural_decoding.encoding_models import Encoding
from dragonet.plots import style
from dragonet.plots.panels import panels

_DASHES = ("-", "--", "-.", ":")
_NAMED, _KERNELS = 16, 6  # the largest numbers of channels with names, and of features that are drawn


@arguments.leaving("result", "ax")
def encode(
    result: Encoding, channel: int | str | None = None, *, ax: Sequence[Axes] | None = None
) -> Figure | Axes | Sequence[Axes]:
    """Draws the result of `inspect.encode`: each channel's correlation with its range of chance, and the kernels of one channel.

    channel: its index or its name, by default the best predicted one; of more than 6 features the largest kernels are drawn.
    Returns a new figure, or the two given axes. Raises ValueError for an unknown channel.

    >>> result = Encoding(np.array([0.1, 0.5]), np.zeros((40, 2)), np.ones((1, 3, 2)), np.arange(3), 1.0, ("sound",), ("Fz", "Cz"))
    >>> [axes.get_title(loc="left") for axes in encode(result).axes]
    ['2 of 2 channels are better than chance', 'Kernels of Cz']
    """
    if not isinstance(result, Encoding):
        instead = "Write plots.encode(inspect.encode(stimulus, responses, lags))."
        raise errors.type_error("plots.encode", "what inspect.encode returns", errors.short_repr(result), instead)
    index = _channel_index(result, channel)
    (left, right), drawn = panels("plots.encode", ("correlations", "kernels"), ax, size=(4.6, 4.4))
    _correlations(left, result)
    _kernels(right, result, index)
    return drawn


def _channel_index(result: Encoding, channel: int | str | None) -> int:
    if channel is None:
        return int(result.r.argmax())
    if isinstance(channel, str):
        if channel not in result.channels:
            raise errors.unknown_name("channel", channel, result.channels)
        return result.channels.index(channel)
    checks.whole("plots.encode", "channel", channel, 0)
    if channel >= len(result.channels):
        raise errors.value_error("plots.encode", f"a channel below {len(result.channels)}", f"{channel}")
    return channel


def _correlations(ax: Axes, result: Encoding) -> None:
    n, k, percent = len(result.r), int(result.above.sum()), f"{100 * result.level:g} %"
    title = f"{k or 'None'} of {n} channels {'are' if k > 1 else 'is'} better than chance"
    style.tidy(ax, "channel", "correlation", title)
    ax.use_sticky_edges = False  # leaves a margin below bars
    x, (low, high) = np.arange(n), result.band
    ax.bar(x, high - low, 0.8, bottom=low, color=style.PALE, label=f"chance, {percent} in each channel")
    ax.axhline(0, color=style.INK, linewidth=0.8)
    label = f"chance is below, {percent} over all channels"
    ax.axhline(result.threshold, color=style.PALETTE[1], linestyle="--", linewidth=1.4, label=label)
    above, size = result.above, 6 if n <= 40 else 4
    groups = (above, style.PALETTE[0], "better than chance"), (~above, "white", "not better")
    for is_member, fill, group in groups:
        if is_member.any():
            marker = {"color": style.PALETTE[0], "markerfacecolor": fill, "markersize": size}
            ax.plot(x[is_member], result.r[is_member], "o", label=group, **marker)
    is_vertical = False
    if n <= _NAMED:
        is_vertical = max(map(len, result.channels)) * n > 40
        ax.set_xticks(x, result.channels, rotation=90 if is_vertical else 0, parse_math=False)
        ax.set_xlabel("")
    ax.set_xlim(-0.7, n - 0.3)
    y = -0.28 if is_vertical else -0.16
    ax.legend(fontsize=style.TICK - 1, frameon=False, loc="upper center", bbox_to_anchor=(0.5, y))


def _kernels(ax: Axes, result: Encoding, channel: int) -> None:
    kernels = result.kernels[:, :, channel]
    largest = np.sort(np.argsort(-np.abs(kernels).max(axis=1), kind="stable")[:_KERNELS])
    selection = f", {len(largest)} of {len(kernels)} features" if len(largest) < len(kernels) else ""
    lags = result.lags if result.rate is None else result.lags / result.rate
    unit = "samples" if result.rate is None else "s"
    style.tidy(ax, f"lag of the response [{unit}]", "weight", f"Kernels of {result.channels[channel]}{selection}")
    ax.axhline(0, color=style.INK, linewidth=0.8)
    marker = "o" if len(lags) <= 30 else ""
    for i, feature in enumerate(largest):
        color, dash = style.PALETTE[i % len(style.PALETTE)], _DASHES[i % len(_DASHES)]
        name = result.features[feature]
        ax.plot(lags, kernels[feature], dash, marker=marker, markersize=4, color=color, linewidth=1.6, label=name)
    ax.legend(fontsize=style.TICK - 1, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
