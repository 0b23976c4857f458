"""One answer of a flow that grows piece by piece, with inline reasoning split off."""

from proxy.dialects.think import ThinkSplitter, split_think
from proxy.dialects.transcript import Draft


class Speech:
    """Wraps a Draft. `inline` says whether `<think>` at the start of the content is reasoning."""

    __slots__ = ("_splitter", "draft")

    def __init__(self, draft: Draft, inline: bool = True) -> None:
        self.draft = draft
        self._splitter = ThinkSplitter() if inline else None

    def say(self, piece: str) -> None:
        if self._splitter is None:
            self.draft.append(piece)
            return
        speech, reasoning = self._splitter.feed(piece)
        self.draft.think(reasoning)
        self.draft.append(speech)

    def assign(self, text: str) -> None:
        """A cumulative text: replaces what was said."""
        if self._splitter is None:
            self.draft.assign(text)
            return
        speech, reasoning = split_think(text)
        if reasoning:
            self.draft.set(reasoning=reasoning)
        self.draft.assign(speech)

    def close(self) -> None:
        """Give out what was held back because it could have become a tag."""
        if self._splitter is not None:
            speech, reasoning = self._splitter.flush()
            self.draft.think(reasoning)
            self.draft.append(speech)
