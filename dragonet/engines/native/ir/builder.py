"""A small language for machine code: functions, loops as `with` blocks, instructions on `values.py`; nothing of networks."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from dragonet.engines.native.ir.values import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    PTR,
    VF,
    VI,
    VOID,
    WIDTH,
    Value,
    Variable,
    constant,
    is_vector,
)

_BYTES = {F32: 4, F64: 8, I8: 1, I16: 2, I32: 4, I64: 8, PTR: 8}


class Module:
    """The functions that are compiled together; a kernel asked for twice is one function."""

    def __init__(self, name: str, target: Any):
        self.ir, self.target = ir.Module(name), target
        self._made: dict[str, ir.Function] = {}

    def function(self, name: str, arguments: dict[str, Any], body: Callable, public: bool = False) -> ir.Function:
        """The function of this name; body(k, **arguments) writes it the first time."""
        if name not in self._made:
            k = Builder(self, name, arguments, public)
            for argument, v in zip(arguments, k.function.args, strict=True):
                v.name = argument
            body(k, **{v.name: Value(v, k) for v in k.function.args})
            k.ir.ret_void()
            self._made[name] = k.function
        return self._made[name]


class Builder:
    """Writes one function."""

    def __init__(self, module: Module, name: str, arguments: dict[str, Any], public: bool):
        self.module = module
        self.function = ir.Function(module.ir, ir.FunctionType(VOID, list(arguments.values())), name)
        self.function.attributes.add("nounwind")
        if not public:
            self.function.linkage = "internal"
            self.function.attributes.add("noinline")
        self.ir = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.divides_by_products = False

    # --- control ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def loop(self, start: Any, stop: Any, step: int = 1) -> Iterator[Value]:
        """A loop of the program; the numbers from start up to, not including, stop."""
        b, before = self.ir, self.ir.block
        head, body, after = (b.append_basic_block(name) for name in ("head", "body", "after"))
        start, stop = self.int(start).v, self.int(stop).v
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(I64)
        i.add_incoming(start, before)
        b.cbranch(b.icmp_signed("<", i, stop), body, after)
        b.position_at_end(body)
        yield Value(i, self)
        i.add_incoming(b.add(i, constant(I64, step)), b.block)
        b.branch(head)
        b.position_at_end(after)

    @contextmanager
    def dividing_by_products(self) -> Iterator[None]:
        """Within it, 16 floats are divided by a product with the reciprocal, right to some units of the last place.

        A processor has one divider, for roots too, and it takes its time: where nothing else is to be done meanwhile, products are
        sooner there.
        """
        self.divides_by_products = True
        yield
        self.divides_by_products = False

    def written(self) -> int:
        """How many instructions the block under way has."""
        return len(self.ir.block.instructions)

    def weave(self, first: int, last: int) -> None:
        """Spread what was written from `first` to `last` among what came after, which it has nothing to do with.

        What waits for a root or a quotient comes well behind it: a processor looks only so far ahead, and would else stand still.
        """
        block = self.ir.block.instructions
        slow, others = block[first:last], block[last:]
        cuts = [
            i + 1
            for i, one in enumerate(slow)
            if one.opname == "fdiv" or (one.opname == "call" and "sqrt" in one.callee.name)
        ]
        share = -(-len(others) // (len(cuts) + 1))
        block[first:] = itertools.chain.from_iterable(
            slow[a:b] + others[i * share : (i + 1) * share]
            for i, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(slow)], strict=True))
        )

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """What is written within runs where the condition holds."""
        with self.ir.if_then(condition.v):
            yield

    def call(self, function: ir.Function, *arguments: Any) -> None:
        """Call a function of the module."""
        kinds = function.function_type.args
        self.ir.call(
            function, [a.v if isinstance(a, Value) else constant(t, a) for a, t in zip(arguments, kinds, strict=True)]
        )

    def variable(self, start: Value) -> "Variable":
        """A place for a value that changes; LLVM keeps it in a register."""
        with self.ir.goto_entry_block():
            place = self.ir.alloca(start.type)
        variable = Variable(place, start.type, self)
        variable.set(start)
        return variable

    # --- memory: offsets count elements ---------------------------------------------------------------------------------------

    def at(self, pointer: Value, offset: Any, kind: Any = F32) -> Value:
        """The address `offset` elements on."""
        if isinstance(offset, int) and offset == 0:
            return pointer
        return Value(self.ir.gep(pointer.v, [self.int(offset).v], source_etype=kind), self)

    def load(self, pointer: Value, offset: Any = 0, kind: Any = VF) -> Value:
        """The number, or the 16 of them, at an address."""
        element = kind.element if is_vector(kind) else kind
        return Value(self.ir.load(self.at(pointer, offset, element).v, typ=kind, align=_BYTES[element]), self)

    def gather(self, pointer: Value, offsets: Value) -> Value:
        """16 floats, each from its own place."""
        places = self.ir.gep(pointer.v, [offsets.v], source_etype=F32)
        places.type = ir.VectorType(PTR, WIDTH)  # llvmlite takes it for one address
        return self._intrinsic(
            f"llvm.masked.gather.v{WIDTH}f32.v{WIDTH}p0",
            VF,
            Value(places, self),
            self.int(4, I32),
            Value(ir.Constant(ir.VectorType(ir.IntType(1), WIDTH), [1] * WIDTH), self),
            self.zero(),
        )

    def store(self, value: Value, pointer: Value, offset: Any = 0) -> None:
        """Write a number or 16 of them to an address."""
        element = value.type.element if is_vector(value.type) else value.type
        self.ir.store(value.v, self.at(pointer, offset, element).v, align=_BYTES[element])

    def scalar(self, pointer: Value, offset: Any = 0) -> Value:
        """One float."""
        return self.load(pointer, offset, F32)

    def spread(self, pointer: Value, offset: Any = 0) -> Value:
        """One float, 16 times."""
        return self.splat(self.scalar(pointer, offset))

    def room(self, numbers: int) -> Value:
        """Room for floats on the stack, at a multiple of 64 bytes."""
        with self.ir.goto_entry_block():
            place = self.ir.alloca(F32, size=ir.Constant(I64, numbers))
        place.align, place.type = 64, PTR  # llvmlite gives it a typed address
        return Value(place, self)

    def prefetch(self, pointer: Value, offset: Any) -> None:
        """Fetch into the cache what will be needed soon."""
        where = self.at(pointer, offset)
        self._intrinsic("llvm.prefetch.p0", VOID, where, self.int(0, I32), self.int(3, I32), self.int(1, I32))

    # --- values ---------------------------------------------------------------------------------------------------------------

    def int(self, n: Any, kind: Any = I64) -> Value:
        """A whole number."""
        return n if isinstance(n, Value) else Value(constant(kind, n), self)

    def float(self, x: float) -> Value:
        """A number."""
        return Value(constant(F32, x), self)

    def splat(self, x: Any, kind: Any = F32) -> Value:
        """The same number 16 times."""
        if not isinstance(x, Value):
            return Value(constant(ir.VectorType(kind, WIDTH), x), self)
        kind = ir.VectorType(x.type, WIDTH)
        one = self.ir.insert_element(ir.Constant(kind, ir.Undefined), x.v, constant(I32, 0))
        return Value(self.ir.shuffle_vector(one, ir.Constant(kind, ir.Undefined), constant(VI, 0)), self)

    def zero(self) -> Value:
        """16 zeros."""
        return self.splat(0.0)

    def count(self) -> Value:
        """0, 1, ..., 15."""
        return Value(ir.Constant(VI, list(range(WIDTH))), self)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a · b + c, rounded once."""
        a, b = c._other(a), c._other(b)
        return self._intrinsic(f"llvm.fma.{_suffix(c.type)}", c.type, a, b, c)

    def sqrt(self, a: Value) -> Value:
        """The square root, correctly rounded."""
        return self._intrinsic(f"llvm.sqrt.{_suffix(a.type)}", a.type, a)

    def reciprocal(self, a: Value) -> Value:
        """1/a for positive a, to some units of the last place: a guess r from its bits, then r (1 + e + ... + e⁵), e = 1 − a r.

        Blinn, "Floating-point tricks" (IEEE Computer Graphics and Applications 1997).
        """
        a = a.minimum(1e37)  # beyond, the guess would be negative
        r = self.cast("bitcast", self.splat(0x7EF311C7, I32) - self.cast("bitcast", a, VI), VF)  # |e| is 0.051 at most
        e = self.fma(-a, r, self.splat(1.0))
        square = e * e
        more = self.fma(square, square, square)
        return self.fma(self.fma(more, 1.0 + e, e), r, r)

    def abs(self, a: Value) -> Value:
        """|a|."""
        return self._intrinsic(f"llvm.fabs.{_suffix(a.type)}", a.type, a)

    def round(self, a: Value) -> Value:
        """The nearest whole number."""
        return self._intrinsic(f"llvm.nearbyint.{_suffix(a.type)}", a.type, a)

    def cast(self, how: str, a: Value, kind: Any) -> Value:
        """LLVM's conversions: trunc, zext, sext, sitofp, uitofp, fptosi, fpext, fptrunc, bitcast."""
        return Value(getattr(self.ir, how)(a.v, kind), self)

    def shuffle(self, a: Value, b: Value, places: Sequence[int]) -> Value:
        """The elements at these places of a and b in a row."""
        return Value(self.ir.shuffle_vector(a.v, b.v, ir.Constant(VI, list(places))), self)

    def element(self, a: Value, i: Any) -> Value:
        """One number of a vector."""
        return Value(self.ir.extract_element(a.v, self.int(i, I32).v), self)

    def tree(self, a: Value, combine: Callable[[Value, Value], Value]) -> Value:
        """All 16 combined, in each lane: neighbours at distance 8, 4, 2, 1, always in this order."""
        n = WIDTH // 2
        while n:
            a = combine(a, self.shuffle(a, a, [i ^ n for i in range(WIDTH)]))
            n //= 2
        return a

    def total(self, a: Value) -> Value:
        """The sum of all 16, in each lane."""
        return self.tree(a, lambda x, y: x + y)

    def transposed(self, rows: list[Value]) -> list[Value]:
        """A 16 × 16 block, its rows as columns, in four rounds of shuffles."""
        n = WIDTH
        low = [x for i in range(n // 2) for x in (i, n + i)]
        high = [x + n // 2 for x in low]
        for _ in range(4):
            pairs = [(rows[i], rows[i + n // 2]) for i in range(n // 2)]
            rows = [self.shuffle(a, b, places) for a, b in pairs for places in (low, high)]
        return rows

    def sums(self, rows: list[Value], lanes: int = WIDTH) -> Value:
        """The sum of each of up to 16 vectors, in as many lanes: neighbours at distance 8, 4, 2, 1 are added, as in `total`.

        With 8 lanes, those of each half of up to 8 vectors, in each half.
        """
        held, n = [*rows, *[self.zero()] * (lanes - len(rows))], lanes // 2
        while n:
            own, other = (
                [i + (i & n) // n * WIDTH for i in range(WIDTH)],
                [(i ^ n) + (i & n) // n * WIDTH for i in range(WIDTH)],
            )
            held = [
                self.shuffle(a, b, own) + self.shuffle(a, b, other) for a, b in zip(held[:n], held[n:], strict=True)
            ]
            n //= 2
        return held[0]

    def any(self, truth: Value) -> Value:
        """Whether it holds for one of the 16."""
        bits = self.ir.bitcast(truth.v, ir.IntType(WIDTH))
        return Value(self.ir.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0)), self)

    def _intrinsic(self, name: str, result: Any, *arguments: Value) -> Value:
        made = self.module.ir.globals.get(name)
        made = made or ir.Function(self.module.ir, ir.FunctionType(result, [a.type for a in arguments]), name)
        return Value(self.ir.call(made, [a.v for a in arguments]), self)

    # --- between threads --------------------------------------------------------------------------------------------------------

    def external(self, name: str, result: Any, *arguments: Value) -> Value:
        """Call a function that the process has, or an intrinsic."""
        return self._intrinsic(name, result, *arguments)

    def load_shared(self, pointer: Value) -> Value:
        """A whole number that another thread writes, and all that it wrote before."""
        return Value(self.ir.load_atomic(pointer.v, "acquire", 8, typ=I64), self)

    def store_shared(self, value: Value, pointer: Value) -> None:
        """Tell other threads a whole number, and all that was written before."""
        # llvmlite's own store_atomic refuses addresses without a type.
        self.ir._insert(ir.instructions.StoreAtomicInstr(self.ir.block, value.v, pointer.v, "release", 8))


def _suffix(kind: Any) -> str:
    element = {F32: "f32", F64: "f64"}[kind.element if is_vector(kind) else kind]
    return f"v{kind.count}{element}" if is_vector(kind) else element
