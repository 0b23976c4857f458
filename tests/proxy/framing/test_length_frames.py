"""Frames whose stated length is not trusted."""

import json

from proxy.framing.length_frames import LengthFrames


def test_frames_are_cut_by_balance() -> None:
    arrays = [[["wrb.fr", None, json.dumps([['x ]} "[', "🐈"]])]], [["di", 1], ["e", 4]]]
    text = ")]}'\n\n" + "".join(f"7\n{json.dumps(array, ensure_ascii=False)}\n" for array in arrays)
    for size in (1, 5, 1000):
        data = text.encode()
        frames = LengthFrames()
        found = [array for at in range(0, len(data), size) for array in frames.feed(data[at : at + size])]
        assert found + frames.flush() == arrays
        assert frames.broken == 0
