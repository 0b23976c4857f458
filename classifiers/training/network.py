"""The network: a pretrained encoder, mean over each part of the window, one logit a label."""

from pathlib import Path

import torch
from torch import nn
from transformers import BertModel


class PairClassifier(nn.Module):
    """ids, types, mask: int64 [batch, tokens]; types 1 marks the second part. Returns logits [batch, labels]."""

    def __init__(self, encoder: BertModel, labels: int, dropout: float = 0.15) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(3 * width, labels)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.constant_(self.head.bias, -2.0)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        second = types * mask
        first = (1 - types) * mask
        pooled = torch.cat([_mean(hidden, second), _mean(hidden, first), hidden[:, 0]], dim=-1)
        return self.head(self.dropout(pooled))


def _mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def pretrained(folder: Path, labels: int, roles: dict[int, int]) -> PairClassifier:
    """The encoder of `folder` with fresh heads. roles: id of a role token -> id of the word it starts from."""
    encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")
    with torch.no_grad():
        table = encoder.embeddings.word_embeddings.weight
        for role, word in roles.items():
            table[role] = table[word]
        types = encoder.embeddings.token_type_embeddings.weight
        types[1] = types[0]
    return PairClassifier(encoder, labels)
