"""
The machine instructions the search kernel is made of, which neither NumPy nor plain Numba can say.

    near_lanes   compare 32 neighbouring 16-bit words with one at once, one bit of answer a word
    lowest       position of the lowest set bit of such an answer
    distance     Hamming distance of two 256-bit codes at any address, aligned or not (FAISS's header has 33 bytes)
    prefetch     ask for a cache line now, use it later

Each is LLVM IR without an architecture in it: LLVM lowers it to AVX-512, AVX2 or NEON, whatever the machine has. Only
the kernels of this package may call them, from compiled code; nothing checks bounds. Numba's cache does not watch this
file: after changing it, touch `probe.py`.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 32
"""Words `near_lanes` reads at once; an array it reads is padded by as many."""

_WORD = ir.IntType(16)
_WORDS = ir.VectorType(_WORD, LANES)
_QUADS = ir.VectorType(ir.IntType(64), 4)


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any, pointee: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), pointee.as_pointer())


def _call(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(function, arguments)


def _near_lanes(typing: Any, words: Any, at: Any, wanted: Any, limit: Any) -> Any:
    """
    Say which of `words[at : at + LANES]` differ from `wanted` in at most `limit` bits.

    Returns:
        uint32; bit k answers for `words[at + k]`.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, position, word, most = arguments
        block = builder.load(_address(context, builder, signature.args[0], array, position, _WORDS), align=2)
        differing = _call(builder, "llvm.ctpop.v32i16", _WORDS, builder.xor(block, _splat(builder, word)))
        return builder.bitcast(builder.icmp_unsigned("<=", differing, _splat(builder, most)), ir.IntType(LANES))

    return types.uint32(words, types.intp, types.uint16, types.uint16), emit


def _splat(builder: Any, word: Any) -> Any:
    single = builder.insert_element(ir.Constant(_WORDS, ir.Undefined), word, ir.Constant(ir.IntType(32), 0))
    first = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, ir.Constant(_WORDS, ir.Undefined), first)


def _distance(typing: Any, left: Any, left_at: Any, right: Any, right_at: Any) -> Any:
    """
    Count the bits in which 32 bytes of `left` from byte `left_at` differ from those of `right` from `right_at`.

    Returns:
        int64, 0..256.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        one = _address(context, builder, signature.args[0], arguments[0], arguments[1], _QUADS)
        other = _address(context, builder, signature.args[2], arguments[2], arguments[3], _QUADS)
        differing = builder.xor(builder.load(one, align=1), builder.load(other, align=1))
        counts = _call(builder, "llvm.ctpop.v4i64", _QUADS, differing)
        return _call(builder, "llvm.vector.reduce.add.v4i64", ir.IntType(64), counts)

    return types.int64(left, types.intp, right, types.intp), emit


def _prefetch(typing: Any, array: Any, at: Any) -> Any:
    """Bring the cache line of `array[at]` closer."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature.args[0], arguments[0], arguments[1], ir.IntType(8))
        to_read, near, data = (ir.Constant(ir.IntType(32), flag) for flag in (0, 3, 1))
        _call(builder, "llvm.prefetch.p0", ir.VoidType(), address, to_read, near, data)
        return context.get_dummy_value()

    return types.void(array, types.intp), emit


def _lowest(typing: Any, mask: Any) -> Any:
    """
    Return the position of the lowest set bit.

    Returns:
        int64, 0..31; anything for a mask of 0.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.zext(place, ir.IntType(64))

    return types.int64(types.uint32), emit


near_lanes = cast("Callable[..., np.uint32]", intrinsic(_near_lanes))
lowest = cast("Callable[[np.uint32], int]", intrinsic(_lowest))
distance = cast("Callable[..., int]", intrinsic(_distance))
prefetch = cast("Callable[..., None]", intrinsic(_prefetch))
