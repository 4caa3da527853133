"""Convolutions: each thread does its own images; sums for W and b are made for each part of the batch."""

from dragonet.engines.native.cpu.kernels.convolution import sparse_gradients, weight_gradients, window_products
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor
from dragonet.engines.native.cpu.ops.images import clear_unused_rows, store_image_gradient
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import I8, WIDTH, Value
from dragonet.engines.native.ops import convolution as ops
from dragonet.engines.native.ops.layout import round_up


def _padded_image(step: Step, op: ops.Convolution, row: Value) -> Value:
    """Where an image lies with its padding; it is copied to there unless it lies so already."""
    x, k = op.x, step.k
    source = k.at(step.at(x.buffer), row * x.row_stride)
    if op.image is None:
        return source
    code = window_products.place(step.module, (*x.shape[:2], x.pixel_stride), op.window.pitch, op.window.step)
    step.call(code, a=source, out=k.at(step.at(op.image), op.image_start))
    return step.at(op.image)


def _codes(step: Step, op: ops.Convolution, row: Value) -> Value:
    """Where an image's codes lie; any address where there is no pooling."""
    if op.codes is None:
        return step.at(op.y.buffer)
    return step.k.at(step.at(op.codes), row * op.y.row_stride, I8)


def forward(step: Step, op: ops.Convolution, split: str) -> None:
    """Image by image."""
    y = op.y
    code = window_products.forward(step.module, op.window, op.kernel.shape[-1], y.row_stride, epilogue_of(y), op.pool)
    with step.k.loop(*step.row_range(split)) as r:
        step.call(
            code,
            x=_padded_image(step, op, r),
            w=step.at(op.kernel.buffers["w"]),
            bias=step.at(op.bias),
            row=r,
            codes=_codes(step, op, r),
            **of_tensor(step, y),
        )


def transpose_kernel(step: Step, op: ops.TransposeKernel, split: str) -> None:
    """Block by block of 16 × 16."""
    forward = op.forward
    kernel, window = forward.kernel, forward.window
    code = window_products.turn(step.module, window.positions, window.step, kernel.shape[-1])
    first, last = step.range(kernel.size // WIDTH**2, split)
    step.call(code, w=step.at(kernel.buffers["w"]), out=step.at(op.out), first=first, last=last)


def gradients(step: Step, op: ops.ConvolutionGradients, split: str) -> None:
    """Part by part of the batch, image by image."""
    k, forward, y = step.k, op.forward, op.forward.y
    N, size = y.shape[2], forward.kernel.size
    with k.loop(*step.parts()) as part:
        for sums, numbers in ((op.sums, size), (op.bias_sums, round_up(N))):
            if sums is not None:
                out = k.at(step.at(sums), part * numbers)
                step.call(window_products.clear(step.module), out=out, count=numbers)
        first, last = (step.bound(step.plan.rows, part + i).minimum(step.row_count) for i in (0, 1))
        with k.loop(first, last) as r:
            g = k.at(step.at(y.gradient), r * y.row_stride)
            if op.bias_sums is not None:
                code = weight_gradients.bias_gradient(step.module, y.shape[0] * y.shape[1], N)
                step.call(code, g=g, sums=k.at(step.at(op.bias_sums), part * round_up(N)))
            sums = k.at(step.at(op.sums), part * size) if op.sums is not None else None
            if op.lists is None:
                _kernel_gradient(step, op, r, g, sums)
                _input_gradient(step, op, r, g)
            elif sums is not None or op.transposed is not None:
                _from_lists(step, op, op.lists, r, g, sums)
    if op.transposed is not None:
        clear_unused_rows(step, forward.x)


def _kernel_gradient(step: Step, op: ops.ConvolutionGradients, row: Value, g: Value, sums: Value | None) -> None:
    """One image's gradient of W, from those of all outputs."""
    if sums is None:
        return
    k, forward, window, N = step.k, op.forward, op.forward.window, op.forward.y.shape[2]
    if forward.codes is None:
        code = weight_gradients.weight_gradient(step.module, window, N)
        step.call(code, x=_padded_image(step, forward, row), g=g, sums=sums)
        return
    code = sparse_gradients.few_channels(step.module, window, forward.pool, N)
    image, codes = _padded_image(step, forward, row), _codes(step, forward, row)
    with k.loop(0, round_up(N) // WIDTH) as p:
        step.call(
            code,
            x=image,
            g=k.at(g, p * WIDTH),
            codes=k.at(codes, p * WIDTH, I8),
            sums=k.at(sums, p * (forward.kernel.size // (round_up(N) // WIDTH))),
        )


def _input_gradient(step: Step, op: ops.ConvolutionGradients, row: Value, g: Value) -> None:
    """One image's gradient, from those of all outputs, which are spread as far apart as the strides."""
    if op.transposed is None or op.spread is None:
        return
    x, y, window = op.forward.x, op.forward.y, op.forward.window
    pitch = op.forward.spread_shape[1] * y.pixel_stride
    down, right = ((n - 1) * d - b for n, d, b in zip(window.kernel, window.dilation, op.forward.before, strict=True))
    strides = window.strides[0] * pitch, window.strides[1] * y.pixel_stride
    code = window_products.place(step.module, (*y.shape[:2], y.pixel_stride), *strides)
    step.call(code, a=g, out=step.k.at(step.at(op.spread), down * pitch + right * y.pixel_stride))
    back = ops.Window(op.forward.spread_shape[1], y.pixel_stride, window.kernel, (1, 1), window.dilation, x.shape[:2])
    code = window_products.input_gradient(
        step.module, back, x.shape[2], x.row_stride, epilogue_of(x, op.is_last), op.adds
    )
    step.call(
        code,
        g=step.at(op.spread),
        w=step.at(op.transposed.out),
        dx=step.at(x.gradient),
        row=row,
        **of_tensor(step, x),
    )


def _from_lists(
    step: Step, op: ops.ConvolutionGradients, room: ops.GradientLists, row: Value, g: Value, sums: Value | None
) -> None:
    """One image's gradients behind a pooling, from the few of the outputs whose gradient is not 0."""
    k, module, forward, window = step.k, step.module, op.forward, op.forward.window
    pool, N = forward.pool, forward.y.shape[2]
    image, codes = _padded_image(step, forward, row) if sums is not None else None, _codes(step, forward, row)
    lists = {"offsets": step.at(room.offsets), "values": step.at(room.values), "counts": step.at(room.counts)}
    size = window.positions * window.step * WIDTH
    if room.d_image is not None:
        step.call(window_products.clear(module), out=step.at(room.d_image), count=forward.height * window.pitch)
    with k.loop(0, forward.y.shape[0], room.rows) as y0, k.loop(0, round_up(N) // WIDTH) as p:
        step.call(
            sparse_gradients.lists(module, window, pool, N),
            g=k.at(g, p * WIDTH),
            codes=k.at(codes, p * WIDTH, I8),
            y0=y0,
            y1=(y0 + room.rows).minimum(forward.y.shape[0]),
            places=step.at(room.places),
            **lists,
        )
        if sums is not None:
            code = sparse_gradients.weight_gradient(module, window, pool)
            step.call(code, x=image, sums=k.at(sums, p * size), **lists)
        if room.d_image is not None and op.transposed is not None:
            code = sparse_gradients.input_gradient(module, window, pool, N)
            step.call(code, dx=step.at(room.d_image), w=step.at(op.transposed.out), panel=p, **lists)
    if room.d_image is not None:
        d_image = k.at(step.at(room.d_image), forward.image_start)
        store_image_gradient(step, forward.x, d_image, window.pitch, row, op.is_last, op.adds)
