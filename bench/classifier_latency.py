"""Time of one scoring call at the shipped window against the arithmetic floor of the same core in the same run.

    python -m bench.classifier_latency [--repeats N]

Prints one JSON object. floor: multiply-adds of the network's matrix products at that length, at the rate of an int8
matrix product (DynamicQuantizeLinear + MatMulInteger) of the network's own shapes, measured between the calls. One
thread.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort

from bench.int8_product import product_session
from classifiers.config import DEFAULT_FOLDER
from classifiers.judge import Judge
from classifiers.scorer import MessageScorer
from proxy.message import Turn

LAYERS, WIDTH, INNER = 6, 384, 1536
SENTENCE = "I will always be here for you, and nobody else can understand what we have together. "


def percentiles(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    """p50 and p95 of a call in milliseconds of this thread's processor time."""
    times = []
    for _ in range(repeats):
        began = time.thread_time()
        call()
        times.append((time.thread_time() - began) * 1000)
    low, high = np.percentile(times, [50, 95])
    return float(low), float(high)


def operations(tokens: int) -> float:
    """Multiply-adds, counted twice, of one window: projections, feed-forward, attention products."""
    linear = LAYERS * tokens * (4 * WIDTH * WIDTH + 2 * WIDTH * INNER)
    attention = LAYERS * 2 * tokens * tokens * WIDTH
    return 2.0 * (linear + attention)


def product_rate(tokens: int, repeats: int) -> float:
    """Operations a second of an int8 product [tokens, WIDTH] x [WIDTH, INNER]."""
    session, feed = product_session(tokens, WIDTH, INNER)
    middle, _ = percentiles(lambda: session.run(None, feed), repeats)
    return 2.0 * tokens * WIDTH * INNER / (middle / 1000)


def measure(judge: Judge, tokens: int, repeats: int) -> dict[str, float]:
    """One window of exactly `tokens` tokens where the window allows it."""
    limits = judge.config.limits
    scorer: MessageScorer = judge.start([Turn("user", SENTENCE * 20)] if tokens > limits.text + 4 else [], "assistant")
    text = SENTENCE * 20
    windows = scorer.pending(text, final=True)
    window = min(windows, key=lambda w: abs(len(w.ids) - tokens))
    encode = judge._encoder.logits
    encode(window.ids, window.split)
    p50, p95 = percentiles(lambda: encode(window.ids, window.split), repeats)
    rate = product_rate(len(window.ids), repeats)
    floor = operations(len(window.ids)) / rate * 1000
    return {
        "tokens": len(window.ids),
        "p50_ms": round(p50, 2),
        "p95_ms": round(p95, 2),
        "int8_gops": round(rate / 1e9, 1),
        "floor_ms": round(floor, 2),
        "times_floor": round(p50 / floor, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--model", type=Path, default=DEFAULT_FOLDER)
    arguments = parser.parse_args()
    before = memory_mb()
    began = time.perf_counter()
    judge = Judge.load(arguments.model)
    judge.assess([], Turn("user", "hello"))
    loaded = time.perf_counter() - began
    limits = judge.config.limits
    largest = limits.before + limits.text + 3
    result = {
        "model": judge.name,
        "model_mb": round((arguments.model / "model.onnx").stat().st_size / 1e6, 1),
        "load_and_first_s": round(loaded, 3),
        "window_tokens": largest,
        "windows": [measure(judge, tokens, arguments.repeats) for tokens in (32, 64, largest)],
        "rss_mb": {"before": before, "after": memory_mb()},
        "windows_per_s_all_cores": round(throughput(judge), 1),
        "onnxruntime": ort.__version__,
    }
    json.dump(result, sys.stdout, indent=1)
    print()


def throughput(judge: Judge, messages: int = 40) -> float:
    """Windows a second over many messages on all cores, in wall time."""
    work = [
        ([Turn("user", f"{i} and what do you think?")], Turn("assistant", f"{i}. {SENTENCE * 4}"))
        for i in range(messages)
    ]
    windows = sum(len(judge.start(context, turn.role).pending(turn.text, final=True)) for context, turn in work)
    began = time.perf_counter()
    judge.assess_many(work)
    return windows / (time.perf_counter() - began)


def memory_mb() -> float:
    """Largest resident memory of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


if __name__ == "__main__":
    main()
