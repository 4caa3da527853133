"""Conv: each thread does its own images. An image is copied to where zeros lie around it, so that nobody else need keep room."""

from dataclasses import dataclass
from typing import Any

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.cpu.kernels.convolution import sparse_gradients, window_products
from dragonet.engines.native.cpu.kernels.convolution.window_products import Window
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.values import I8, WIDTH, Value
from dragonet.engines.native.lowering.nodes.base import Build, FusedOps, Node, arrays, held, of_tensor
from dragonet.engines.native.lowering.nodes.elementwise import choose
from dragonet.engines.native.plan.step_plan import PARTS, Access, Plan, Tensor

_PACKED = 8  # an input of so few channels is read as it lies; one of more, filled up to 16


@dataclass(frozen=True)
class Slide:
    """What a layer says of its windows, down and right; `before` is its padding at the top and left, `out` where they stop."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    before: tuple[int, int]
    out: tuple[int, int]


class Images(Node):
    """What the layers of images share: threads share them by rows, and gradients go back row by row."""

    def __init__(self, build: Build, x: Tensor):
        self.build, self.x, self.inputs = build, x, [x]
        self.split = "rows" if build.learn else "all"
        choose(x, self.split)

    def reads(self, tensor: Tensor) -> list[Access]:
        """A tensor and what is kept beside it, as a task's accesses: a thread's own rows, where it made them itself."""
        part = "rows" if tensor.split == "rows" else "all"
        return [(buffer, part) for buffer in (tensor.buffer, tensor.kept) if buffer is not None]

    def written(self) -> list[Access]:
        """The output, as a task's accesses."""
        y = self.output
        return [(buffer, y.split) for buffer in (y.buffer, y.kept) if buffer is not None]

    def wants_gradient(self) -> list[Access]:
        """Room for the input's gradient, as a task's accesses; notes whether it is added to what another reader wrote."""
        x = self.x
        if x.grad is None:
            x.grad = self.build.plan.buffer(f"d_{x.buffer.name}", self.build.plan.rows * x.stride)
        self.adds, x.written = x.written, True
        self.final = x.epilogue if x.readers == 1 else Epilogue()
        return [(x.grad, "rows")]

    def clear_rest(self, step: Any) -> None:
        """Rows beyond those of this step have no gradient."""
        k, x = step.k, self.x
        first, last = step.row_range("rows", whole=True)
        rest = step.row_range("rows")[1].maximum(first)
        with k.when(rest < last):
            step.call(
                window_products.clear(step.module),
                out=k.at(step.at(x.grad), rest * x.stride),
                count=(last - rest) * x.stride,
            )

    def hand_back(self, step: Any, g: Value, pitch: int, row: Value) -> None:
        """One image's gradient, whose lines lie `pitch` apart, to where the input's is kept."""
        x = self.x
        made = window_products.hand_back(step.module, (*x.shape[:2], x.step), pitch, x.stride, self.final, self.adds)
        step.call(made, g=g, dx=step.at(x.grad), row=row, **of_tensor(step, x))


class Conv(Images):
    """h = epilogue(largest of a block of(x * W + b)), the block being one output where there is no pooling."""

    def __init__(
        self,
        build: Build,
        layer: int,
        x: Tensor,
        filters: int,
        shape: tuple,
        slide: Slide,
        use_bias: bool,
        after: FusedOps,
        pool: tuple[int, int] = (1, 1),
    ):
        super().__init__(build, x)
        self.N, self.slide, self.pool, plan = filters, slide, pool, build.plan
        h, w, c = x.shape
        step = x.step if x.step % WIDTH == 0 or c <= _PACKED else round_up(c)
        windows = zip(slide.out, slide.strides, slide.kernel, slide.dilation, strict=True)
        needed = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in windows]
        self.size = tuple(max(n, b + have) for n, b, have in zip(needed, slide.before, (h, w), strict=True))
        self.copied = self.size != (h, w) or step != x.step
        self.window = Window(self.size[1], step, slide.kernel, slide.strides, slide.dilation, slide.out)
        self.inside = slide.before[0] * self.window.pitch + slide.before[1] * step
        if self.copied:
            self.image = plan.buffer("image", self.size[0] * self.window.pitch, private=True)
        moves = build.updates is not None and build.updates(layer, "kernel") is not None
        self.W = build.weight(layer, "kernel", (*shape, c, filters), (self.window.positions, c, step))
        self.b = build.weight(layer, "bias", (filters,)) if use_bias else None
        self.bias = plan.buffer("nothing", round_up(filters), private=True) if self.b is None else self.b.buffers["w"]
        self.shape = tuple(n // p for n, p in zip(slide.out, pool, strict=True))
        self.output = build.tensor("conv", (*self.shape, filters), self.split, after=after, learns=x.learns or moves)
        self.pooled = pool != (1, 1)
        if self.pooled:
            self.codes = plan.buffer("codes", plan.rows * self.output.stride, dtype="int8", private=not build.learn)
        if build.learn and x.learns:
            self.turned_W = plan.buffer("turned", round_up(c) * self.window.positions * round_up(filters))

    def forward(self, plan: Plan) -> None:
        """The outputs; and W as the input's gradient will need it."""
        reads = [*self.reads(self.x), (self.W.buffers["w"], "all"), (self.bias, "all")]
        writes = self.written() + ([(self.codes, self.split)] if self.pooled else [])
        plan.task("conv" + ", pool" * self.pooled, self.split, reads, writes, self._forward)
        if self.build.learn and self.x.learns:
            plan.task(
                "conv, turned kernel", "cols", [(self.W.buffers["w"], "all")], [(self.turned_W, "cols")], self._turn
            )

    def _image(self, step: Any, row: Value) -> Value:
        """Where an image lies with its padding."""
        x, k = self.x, step.k
        source = k.at(step.at(x.buffer), row * x.stride)
        if not self.copied:
            return source
        made = window_products.place(step.module, (*x.shape[:2], x.step), self.window.pitch, self.window.step)
        step.call(made, a=source, out=k.at(step.at(self.image), self.inside))
        return step.at(self.image)

    def _codes(self, step: Any, row: Value) -> Value:
        return (
            step.k.at(step.at(self.codes), row * self.output.stride, I8) if self.pooled else step.at(self.output.buffer)
        )

    def _forward(self, step: Any) -> None:
        y = self.output
        made = window_products.forward(step.module, self.window, self.N, y.stride, y.epilogue, self.pool)
        with step.k.loop(*step.row_range(self.split)) as r:
            step.call(
                made,
                x=self._image(step, r),
                w=step.at(self.W.buffers["w"]),
                bias=step.at(self.bias),
                row=r,
                codes=self._codes(step, r),
                **of_tensor(step, y),
            )

    def _turn(self, step: Any) -> None:
        made = window_products.turn(step.module, self.window.positions, self.window.step, self.N)
        first, last = step.range(self.W.size // WIDTH**2, "cols")
        step.call(made, w=step.at(self.W.buffers["w"]), out=step.at(self.turned_W), first=first, last=last)

    def backward(self, plan: Plan) -> None:
        """Each part of the batch adds up its own gradients of W and b; the image's go back row by row."""
        x, y = self.x, self.output
        if not y.learns:
            return
        moves, biased = self.W.update is not None, self.b is not None and self.b.update is not None
        self.listed = self.pooled and self.window.step % WIDTH == 0
        self.sums = plan.buffer("d_kernel", PARTS * self.W.size) if moves else None
        self.bias_sums = plan.buffer("d_bias", PARTS * round_up(self.N)) if biased else None
        reads = [*self.reads(x), (y.grad, "rows")] + ([(self.codes, "rows")] if self.pooled else [])
        writes = [(one, "rows") for one in (self.sums, self.bias_sums) if one is not None]
        if x.learns:
            reads.append((self.turned_W, "all"))
            writes += self.wants_gradient()
        if self.listed:
            self._room_for_lists(plan)
        elif x.learns:
            self.spread = tuple(
                n + (k - 1) * d for n, k, d in zip(x.shape, self.slide.kernel, self.slide.dilation, strict=False)
            )
            self.slopes = plan.buffer("slopes", self.spread[0] * self.spread[1] * y.step, private=True)
        plan.task("conv, gradients", "rows", reads, writes, self._gradients)
        if moves:
            plan.task("conv, d kernel", "cols", [(self.sums, "all")], held(self.W, "cols"), self._update_kernel)
        if biased:
            plan.task("conv, d bias", "cols", [(self.bias_sums, "all")], held(self.b, "cols"), self._update_bias)

    def _room_for_lists(self, plan: Plan) -> None:
        room = WIDTH * sparse_gradients.strip(self.window, self.pool) * self.shape[1]
        self.places, self.offsets = (
            plan.buffer(name, room, dtype="int32", private=True) for name in ("places", "offsets")
        )
        self.values = plan.buffer("values", room, private=True)
        self.counts = plan.buffer("counts", WIDTH, dtype="int32", private=True)
        if self.x.learns:
            self.d_image = plan.buffer("d_image", self.size[0] * self.window.pitch, private=True)

    def _gradients(self, step: Any) -> None:
        k, y = step.k, self.output
        with k.loop(*step.parts()) as part:
            for sums, size in ((self.sums, self.W.size), (self.bias_sums, round_up(self.N))):
                if sums is not None:
                    step.call(window_products.clear(step.module), out=k.at(step.at(sums), part * size), count=size)
            first, last = (step.bound(step.plan.rows, part + i).minimum(step.row_count) for i in (0, 1))
            with k.loop(first, last) as r:
                g = k.at(step.at(y.grad), r * y.stride)
                if self.bias_sums is not None:
                    made = window_products.bias_gradient(step.module, self.shape[0] * self.shape[1], self.N)
                    step.call(made, g=g, sums=k.at(step.at(self.bias_sums), part * round_up(self.N)))
                sums = k.at(step.at(self.sums), part * self.W.size) if self.sums is not None else None
                if self.listed:
                    self._from_lists(step, r, g, sums)
                else:
                    self._from_all(step, r, g, sums)
        if self.x.learns:
            self.clear_rest(step)

    def _from_all(self, step: Any, row: Value, g: Value, sums: Value | None) -> None:
        """One image's gradients, from those of all outputs."""
        k, x, y, slide = step.k, self.x, self.output, self.slide
        if sums is not None and self.pooled:
            made = sparse_gradients.few_channels(step.module, self.window, self.pool, self.N)
            image, codes = self._image(step, row), self._codes(step, row)
            with k.loop(0, round_up(self.N) // WIDTH) as p:
                step.call(
                    made,
                    x=image,
                    g=k.at(g, p * WIDTH),
                    codes=k.at(codes, p * WIDTH, I8),
                    sums=k.at(sums, p * (self.W.size // (round_up(self.N) // WIDTH))),
                )
        elif sums is not None:
            step.call(
                window_products.weight_gradient(step.module, self.window, self.N),
                x=self._image(step, row),
                g=g,
                sums=sums,
            )
        if x.learns:
            pitch = self.spread[1] * y.step
            down, right = ((n - 1) * d - b for n, d, b in zip(slide.kernel, slide.dilation, slide.before, strict=True))
            made = window_products.place(
                step.module, (*self.shape, y.step), slide.strides[0] * pitch, slide.strides[1] * y.step
            )
            step.call(made, a=g, out=k.at(step.at(self.slopes), down * pitch + right * y.step))
            window = Window(self.spread[1], y.step, slide.kernel, (1, 1), slide.dilation, x.shape[:2])
            made = window_products.input_gradient(step.module, window, x.shape[2], x.stride, self.final, self.adds)
            step.call(
                made,
                g=step.at(self.slopes),
                w=step.at(self.turned_W),
                dx=step.at(x.grad),
                row=row,
                **of_tensor(step, x),
            )

    def _from_lists(self, step: Any, row: Value, g: Value, sums: Value | None) -> None:
        """One image's gradients behind a pooling, from the few of the outputs that have one."""
        k, module, x, window = step.k, step.module, self.x, self.window
        if sums is None and not x.learns:
            return
        image, codes = self._image(step, row) if sums is not None else None, self._codes(step, row)
        lists = {"offsets": step.at(self.offsets), "values": step.at(self.values), "counts": step.at(self.counts)}
        size = window.positions * window.step * WIDTH
        if x.learns:
            step.call(window_products.clear(module), out=step.at(self.d_image), count=self.size[0] * window.pitch)
        rows = sparse_gradients.strip(window, self.pool)
        with k.loop(0, self.shape[0], rows) as y0, k.loop(0, round_up(self.N) // WIDTH) as p:
            step.call(
                sparse_gradients.lists(module, window, self.pool, self.N),
                g=k.at(g, p * WIDTH),
                codes=k.at(codes, p * WIDTH, I8),
                y0=y0,
                y1=(y0 + rows).minimum(self.shape[0]),
                places=step.at(self.places),
                **lists,
            )
            if sums is not None:
                step.call(
                    sparse_gradients.weight_gradient(module, window, self.pool),
                    x=image,
                    sums=k.at(sums, p * size),
                    **lists,
                )
            if x.learns:
                step.call(
                    sparse_gradients.input_gradient(module, window, self.pool, self.N),
                    dx=step.at(self.d_image),
                    w=step.at(self.turned_W),
                    panel=p,
                    **lists,
                )
        if x.learns:
            self.hand_back(step, k.at(step.at(self.d_image), self.inside), window.pitch, row)

    def _update_kernel(self, step: Any) -> None:
        unit, kernel = (WIDTH**2, sparse_gradients.apply) if self.listed else (WIDTH, partial.apply)
        made = kernel(step.module, self.W.size, PARTS, self.W.update)
        first, last = step.range(self.W.size // unit, "cols")
        if not self.listed:
            first, last = first * WIDTH, last * WIDTH
        step.call(made, partials=step.at(self.sums), first=first, last=last, **arrays(step, self.W))

    def _update_bias(self, step: Any) -> None:
        made = partial.apply(step.module, round_up(self.N), PARTS, self.b.update)
        first, last = (one * WIDTH for one in step.range(round_up(self.N) // WIDTH, "cols"))
        step.call(made, partials=step.at(self.bias_sums), first=first, last=last, **arrays(step, self.b))
