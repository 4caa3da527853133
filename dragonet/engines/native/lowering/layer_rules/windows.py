"""Layers whose windows slide over images or sequences: convolution and pooling."""

from typing import Any

from dragonet import layers
from dragonet.engines.native.lowering.calls import Call, Unsupported, image
from dragonet.engines.native.lowering.layer_rules.registry import activation_of, image_of, knows
from dragonet.engines.native.lowering.nodes.conv import ConvNode, Slide
from dragonet.engines.native.lowering.nodes.pooling import PoolingNode
from dragonet.engines.native.ops.activations import LINEAR, Activation
from dragonet.engines.native.ops.tensors import Tensor


def _before(padding: str, n: int, window: int, dilation: int, stride: int, out: int) -> int:
    """How many zeros stand before the first of n pixels."""
    reach = (window - 1) * dilation
    if padding == "same":
        return max((out - 1) * stride + reach + 1 - n, 0) // 2
    return reach if padding == "causal" else 0


def _slide(x: Tensor, shape: tuple, layer: Any, size: tuple) -> Slide:
    """A layer's windows; those of one dimension slide over images of one line."""
    dilation, out = getattr(layer, "dilation_rate", (1, 1)), image(shape, f"the layer {layer.name!r}")[:2]
    size, strides, dilation = (_down_and_right(numbers) for numbers in (size, layer.strides, dilation))
    axes = zip(x.shape, size, dilation, strides, out, strict=False)
    top, left = (_before(layer.padding, *axis) for axis in axes)
    return Slide(size, strides, dilation, (top, left), out)


def _down_and_right(numbers: tuple[int, ...]) -> tuple[int, int]:
    """A layer's numbers for two dimensions; one of one dimension has 1 down."""
    down, right = (1,) * (2 - len(numbers)) + tuple(numbers)
    return down, right


@knows(layers.Conv1D, layers.Conv2D)
def _conv(lowering: Any, call: Call) -> Tensor:
    layer, x = call.layer, image_of(lowering, call)
    if layer.groups != 1:
        raise Unsupported(f"the groups of {layer.name!r}")
    slide, function = _slide(x, call.shape, layer, layer.kernel_size), lowering.activation(call)
    function, between, pooling = _pooled(lowering, call, function, slide)
    last = call
    if pooling is not None:
        for absorbed in (*between, pooling):
            lowering.check(absorbed)
            lowering.absorbed.add(id(absorbed))
        last = pooling
    after, value = lowering.after(last, function)
    pool = _slide(x, pooling.shape, pooling.layer, pooling.layer.pool_size).kernel if pooling is not None else (1, 1)
    node = ConvNode(lowering.build, call.place, x, layer.filters, layer.kernel_size, slide, layer.use_bias, after, pool)
    return lowering.add_node(node, value, call)


def _pooled(
    lowering: Any, call: Call, function: Activation, slide: Slide
) -> tuple[Activation, list[Call], Call | None]:
    """The activation of a convolution, the layers between it and the max pooling behind it, and that pooling, if it can be a part.

    It can where nobody else reads what it pools, its windows are small and do not overlap, and the activation keeps the order.
    """
    own, between, last = function, [], call
    while len(lowering.readers.get(last.output, ())) == 1 and not lowering.outputs.count(last.output):
        last = lowering.readers[last.output][0]
        follows = activation_of(last.layer)
        if follows is not None and function is LINEAR:
            function = follows
            between.append(last)
            continue
        if type(last.layer) not in (layers.MaxPooling1D, layers.MaxPooling2D) or not function.is_monotonic:
            break
        size = (1,) * (2 - len(last.layer.pool_size)) + last.layer.pool_size
        whole = last.layer.padding == "valid" or not any(n % p for n, p in zip(slide.out, size, strict=True))
        if last.layer.strides != last.layer.pool_size or not 1 < size[0] * size[1] <= 4 or not whole:
            break
        return function, between, last
    return own, [], None


@knows(layers.MaxPooling1D, layers.MaxPooling2D, layers.AveragePooling1D, layers.AveragePooling2D)
def _pooling(lowering: Any, call: Call) -> Tensor:
    x = image_of(lowering, call)
    kind = "max" if isinstance(call.layer, layers.MaxPooling1D | layers.MaxPooling2D) else "mean"
    slide = _slide(x, call.shape, call.layer, call.layer.pool_size)
    after, value = lowering.after(call, LINEAR)
    node = PoolingNode(lowering.build, x, kind, slide.kernel, slide.strides, slide.before, slide.out, after)
    return lowering.add_node(node, value, call)


@knows(
    layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D, layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D
)
def _global_pooling(lowering: Any, call: Call) -> Tensor:
    x = image_of(lowering, call)
    kind = "peak" if isinstance(call.layer, layers.GlobalMaxPooling1D | layers.GlobalMaxPooling2D) else "mean"
    after, value = lowering.after(call, LINEAR)
    node = PoolingNode(lowering.build, x, kind, x.shape[:2], (1, 1), (0, 0), (1, 1), after)
    return lowering.add_node(node, value, call)
