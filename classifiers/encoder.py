"""The network in onnxruntime: token ids in, logits out.

Windows run one at a time. Dynamic int8 quantisation scales activations by the whole tensor, so a window's logits would
depend on its neighbours in a batch; alone they are the same in every call, and a batch is no faster per token on one
core.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from classifiers.config import ModelConfig, ModelError
from classifiers.windows import Limits, WindowBuilder


class Encoder:
    """A loaded network. `logits` may be called from several threads at once."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise classes of their own that share no base
            raise ModelError(
                f"The model in {folder} cannot be loaded ({error}). Restore the folder or update the packages."
            ) from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        outputs = self._session.get_outputs()[0].shape[-1]
        if outputs != len(config.labels):
            raise ModelError(
                f"The model in {folder} has {outputs} outputs, its config.json {len(config.labels)} labels."
            )

    def logits(self, ids: Sequence[int], split: int) -> np.ndarray:
        """float32 [labels] for one window; `split` is the index where its second part begins."""
        tokens = np.asarray([ids], dtype=np.int64)
        types = np.zeros_like(tokens)
        types[0, split:] = 1
        feed = {"ids": tokens, "types": types, "mask": np.ones_like(tokens)}
        result: np.ndarray = self._session.run(["logits"], feed)[0][0]
        return result

    def builder(self, config: ModelConfig) -> WindowBuilder:
        """Builds the windows that this network was trained on."""
        tokens = config.tokens
        return WindowBuilder(
            lambda text: list(self._tokenizer.encode(text, add_special_tokens=False).ids),
            {"cls": tokens.cls, "sep": tokens.sep},
            {"user": tokens.user, "assistant": tokens.assistant},
            Limits(config.limits.before, config.limits.text),
        )
