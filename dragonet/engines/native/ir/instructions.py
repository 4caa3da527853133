"""Single instructions: loads and stores, conversions, functions of vectors, messages between threads.

Offsets in memory count elements. Functions of floats take vectors and single numbers alike, unless they say otherwise.
"""

from collections.abc import Callable, Sequence
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
    Index,
    Value,
    constant,
    is_vector,
)

_BYTES: dict[ir.Type, int] = {F32: 4, F64: 8, I8: 1, I16: 2, I32: 4, I64: 8, PTR: 8}
_ALL_LANES = ir.Constant(ir.VectorType(ir.IntType(1), WIDTH), [1] * WIDTH)


class Instructions:
    """Writes instructions into one function of a module."""

    def __init__(self, module: ir.Module, function: ir.Function):
        self._llvm_module = module
        self.ir = ir.IRBuilder(function.append_basic_block("entry"))

    # --- memory -----------------------------------------------------------------------------------------------------------

    def at(self, pointer: Value, offset: Index, kind: ir.Type = F32) -> Value:
        """The address that lies `offset` elements behind another."""
        if isinstance(offset, int) and offset == 0:
            return pointer
        return Value(self.ir.gep(pointer.v, [self.int(offset).v], source_etype=kind), self)

    def load(self, pointer: Value, offset: Index = 0, kind: ir.Type = VF) -> Value:
        """The number, or the vector, at an address."""
        element = kind.element if is_vector(kind) else kind
        return Value(self.ir.load(self.at(pointer, offset, element).v, typ=kind, align=_BYTES[element]), self)

    def gather(self, pointer: Value, offsets: Value) -> Value:
        """16 floats, lane i from offset i."""
        addresses = self.ir.gep(pointer.v, [offsets.v], source_etype=F32)
        addresses.type = ir.VectorType(PTR, WIDTH)  # llvmlite takes it for one address
        name = f"llvm.masked.gather.v{WIDTH}f32.v{WIDTH}p0"
        alignment, mask = self.int(4, I32), Value(_ALL_LANES, self)
        return self.intrinsic(name, VF, Value(addresses, self), alignment, mask, self.zero())

    def store(self, value: Value, pointer: Value, offset: Index = 0) -> None:
        """Write a number or a vector to an address."""
        element = value.type.element if is_vector(value.type) else value.type
        self.ir.store(value.v, self.at(pointer, offset, element).v, align=_BYTES[element])

    def store_lanes(self, value: Value, pointer: Value, offset: Index, mask: Value) -> None:
        """Write only those floats of a vector whose lane is true in the mask; the memory of the others is not touched."""
        name = f"llvm.masked.store.v{WIDTH}f32.p0"
        self.intrinsic(name, VOID, value, self.at(pointer, offset), self.int(4, I32), mask)

    def scalar(self, pointer: Value, offset: Index = 0) -> Value:
        """The float at an address."""
        return self.load(pointer, offset, F32)

    def broadcast(self, pointer: Value, offset: Index = 0) -> Value:
        """The float at an address, in each lane."""
        return self.splat(self.scalar(pointer, offset))

    def room(self, numbers: int) -> Value:
        """The address of so many floats on the stack, at a multiple of 64 bytes."""
        with self.ir.goto_entry_block():
            address: Any = self.ir.alloca(F32, size=ir.Constant(I64, numbers))
        address.align, address.type = 64, PTR  # llvmlite gives it a typed address
        return Value(address, self)

    def prefetch(self, pointer: Value, offset: Index) -> None:
        """Ask the processor to move what lies there into its cache."""
        where = self.at(pointer, offset)
        self.intrinsic("llvm.prefetch.p0", VOID, where, self.int(0, I32), self.int(3, I32), self.int(1, I32))

    # --- arithmetic -------------------------------------------------------------------------------------------------------

    def splat(self, x: "Value | float", kind: ir.Type = F32) -> Value:
        """The same number in each lane."""
        if not isinstance(x, Value):
            return Value(constant(ir.VectorType(kind, WIDTH), x), self)
        vector = ir.VectorType(x.type, WIDTH)
        first = self.ir.insert_element(ir.Constant(vector, ir.Undefined), x.v, constant(I32, 0))
        return Value(self.ir.shuffle_vector(first, ir.Constant(vector, ir.Undefined), constant(VI, 0)), self)

    def zero(self) -> Value:
        """A vector of zeros."""
        return self.splat(0.0)

    def lane_numbers(self) -> Value:
        """The vector 0, 1, ..., 15."""
        return Value(ir.Constant(VI, list(range(WIDTH))), self)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a · b + c, rounded once."""
        a, b = c._other(a), c._other(b)
        return self.intrinsic(f"llvm.fma.{_suffix(c.type)}", c.type, a, b, c)

    def sqrt(self, a: Value) -> Value:
        """The square root, correctly rounded."""
        return self.intrinsic(f"llvm.sqrt.{_suffix(a.type)}", a.type, a)

    def reciprocal(self, a: Value) -> Value:
        """1/a of a vector of positive floats, to some units in the last place.

        A first approximation r comes from the bits of a; the result is r (1 + e + ... + e⁵) with e = 1 − a r.
        Blinn, "Floating-point tricks" (IEEE Computer Graphics and Applications 1997).
        """
        a = a.minimum(1e37)  # for larger numbers the approximation would be negative
        r = self.cast("bitcast", self.splat(0x7EF311C7, I32) - self.cast("bitcast", a, VI), VF)  # |e| is 0.051 at most
        e = self.fma(-a, r, self.splat(1.0))
        square = e * e
        higher = self.fma(square, square, square)
        return self.fma(self.fma(higher, 1.0 + e, e), r, r)

    def abs(self, a: Value) -> Value:
        """|a|."""
        return self.intrinsic(f"llvm.fabs.{_suffix(a.type)}", a.type, a)

    def round(self, a: Value) -> Value:
        """The nearest whole number, as a float."""
        return self.intrinsic(f"llvm.nearbyint.{_suffix(a.type)}", a.type, a)

    def cast(self, how: str, a: Value, kind: ir.Type) -> Value:
        """One of LLVM's conversions: trunc, zext, sext, sitofp, uitofp, fptosi, fpext, fptrunc, bitcast."""
        return Value(getattr(self.ir, how)(a.v, kind), self)

    # --- lanes of vectors -------------------------------------------------------------------------------------------------

    def shuffle(self, a: Value, b: Value, lanes: Sequence["int"]) -> Value:
        """A vector of these lanes of a (0 to n − 1) and b (n and up)."""
        return Value(self.ir.shuffle_vector(a.v, b.v, ir.Constant(VI, list(lanes))), self)

    def element(self, a: Value, lane: Index) -> Value:
        """The number in one lane."""
        return Value(self.ir.extract_element(a.v, self.int(lane, I32).v), self)

    def reduce_lanes(self, a: Value, combine: Callable[[Value, Value], Value]) -> Value:
        """All lanes combined, in each lane: those at distance 8, 4, 2, 1, always in this order."""
        n = WIDTH // 2
        while n:
            a = combine(a, self.shuffle(a, a, [i ^ n for i in range(WIDTH)]))
            n //= 2
        return a

    def lane_sum(self, a: Value) -> Value:
        """The sum of all lanes, in each lane."""
        return self.reduce_lanes(a, lambda x, y: x + y)

    def lane_sums(self, vectors: Sequence[Value], lanes: "int" = WIDTH) -> Value:
        """The sum of each of up to 16 vectors, that of vector i in lane i; in the order of additions of `lane_sum`.

        lanes: with 8, the two halves of each of up to 8 vectors are summed, each half in its own half of the result.
        """
        rows, n = [*vectors, *[self.zero()] * (lanes - len(vectors))], lanes // 2
        while n:
            own, other = (
                [i + (i & n) // n * WIDTH for i in range(WIDTH)],
                [(i ^ n) + (i & n) // n * WIDTH for i in range(WIDTH)],
            )
            rows = [
                self.shuffle(a, b, own) + self.shuffle(a, b, other) for a, b in zip(rows[:n], rows[n:], strict=True)
            ]
            n //= 2
        return rows[0]

    def transpose(self, rows: list[Value]) -> list[Value]:
        """The columns of a 16 × 16 block, from its rows, in four rounds of shuffles."""
        n = WIDTH
        low = [x for i in range(n // 2) for x in (i, n + i)]
        high = [x + n // 2 for x in low]
        for _ in range(4):
            pairs = [(rows[i], rows[i + n // 2]) for i in range(n // 2)]
            rows = [self.shuffle(a, b, lanes) for a, b in pairs for lanes in (low, high)]
        return rows

    # --- functions of the process, messages between threads ---------------------------------------------------------------

    def intrinsic(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        """Call one of LLVM's intrinsics, or a function that the process has."""
        function = self._llvm_module.globals.get(name)
        if function is None:
            function = ir.Function(self._llvm_module, ir.FunctionType(result, [a.type for a in arguments]), name)
        return Value(self.ir.call(function, [a.v for a in arguments]), self)

    def load_shared(self, pointer: Value) -> Value:
        """A whole number that another thread stored with `store_shared`; what that thread wrote before is visible after this."""
        return Value(self.ir.load_atomic(pointer.v, "acquire", 8, typ=I64), self)

    def store_shared(self, value: Value, pointer: Value) -> None:
        """Store a whole number for other threads to read with `load_shared`."""
        # llvmlite's own store_atomic refuses addresses without a type.
        self.ir._insert(ir.instructions.StoreAtomicInstr(self.ir.block, value.v, pointer.v, "release", 8))

    # --- numbers that are known now; last, as their names hide Python's own in this class ---------------------------------

    def int(self, n: Index, kind: ir.Type = I64) -> Value:
        """A whole number."""
        return n if isinstance(n, Value) else Value(constant(kind, n), self)

    def float(self, x: float) -> Value:
        """A float."""
        return Value(constant(F32, x), self)


def _suffix(kind: ir.Type) -> str:
    """The type, as it ends an intrinsic's name."""
    names: dict[ir.Type, str] = {F32: "f32", F64: "f64"}
    element = names[kind.element if is_vector(kind) else kind]
    return f"v{kind.count}{element}" if is_vector(kind) else element
