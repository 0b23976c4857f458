"""Network to files: ONNX, then int8 weights (signed, 7 bits to stay clear of 16-bit saturation on AVX2, per
channel)."""

import shutil
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from classifiers.training.network import PairClassifier


def export_fp32(network: PairClassifier, path: Path) -> None:
    """fp32 ONNX with inputs ids, types, mask [batch, tokens] and output logits [batch, labels]."""
    network.eval()
    network.encoder.set_attn_implementation("eager")
    ids = torch.ones(2, 16, dtype=torch.long)
    types = torch.zeros_like(ids)
    types[:, 8:] = 1
    torch.onnx.export(
        network,
        (ids, types, torch.ones_like(ids)),
        str(path),
        input_names=["ids", "types", "mask"],
        output_names=["logits"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in ("ids", "types", "mask")} | {"logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def quantise(source: Path, target: Path) -> None:
    """int8 weights, activations quantised per call."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        try:
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        except Exception as error:  # shape inference is an optimisation only
            print(f"quantising without shape inference: {error}")
            shutil.copy(source, prepared)
        quantize_dynamic(str(prepared), str(target), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
