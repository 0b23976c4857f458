"""One int8 matrix product in onnxruntime, as the shipped network runs it: DynamicQuantizeLinear, then MatMulInteger.

The model is written in ONNX's protobuf wire format by hand (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto),
because the product does not carry the `onnx` package.
"""

import numpy as np
import onnxruntime as ort

_FLOAT, _INT8, _INT32 = 1, 3, 6


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: list[str], outputs: list[str]) -> bytes:
    return b"".join([*(_bytes(1, name) for name in inputs), *(_bytes(2, name) for name in outputs), _bytes(4, kind)])


def _value(name: str, kind: int, shape: tuple[int, int]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, size)) for size in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, dims)))


def product_session(rows: int, inner: int, columns: int) -> tuple[ort.InferenceSession, dict[str, np.ndarray]]:
    """A session for float [rows, inner] times int8 [inner, columns] on one thread, and a feed for it."""
    rng = np.random.default_rng(0)
    weight = rng.integers(-63, 64, (inner, columns), dtype=np.int8)
    tensor = _number(1, inner) + _number(1, columns) + _number(2, _INT8) + _bytes(8, "w") + _bytes(9, weight.tobytes())
    graph = b"".join(
        [
            _bytes(1, _node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"])),
            _bytes(1, _node("MatMulInteger", ["q", "w", "zero"], ["y"])),
            _bytes(2, "product"),
            _bytes(5, tensor),
            _bytes(11, _value("x", _FLOAT, (rows, inner))),
            _bytes(12, _value("y", _INT32, (rows, columns))),
        ]
    )
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session, {"x": rng.standard_normal((rows, inner), dtype=np.float32)}
