"""Which public sources train the model, how many of their rows, and how much a row counts.

Licences and honesty of the labels are described in `README.md` beside this file. `weight` is the trust in a row's
labels: the project's own twins count fully, labels by an LLM judge or by construction less, unrated text little.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """cap: most training rows per epoch-independent draw. evaluate_only: never trained on, so its figures are out of
    source."""

    name: str
    cap: int
    weight: float
    rated: bool = True
    evaluate_only: bool = False


WRITTEN = (
    "written-manipulation",
    "written-psychosis",
    "written-sycophancy-dependence",
    "written-crisis-secrecy-human",
    "written-languages",
    "written-ordinary",
    "written-conversations",
    "written-pressure",
    "written-spirals",
    "written-enablement",
    "written-everyday",
)

SOURCES: tuple[Source, ...] = (
    *(Source(name, 100_000, 1.0) for name in WRITTEN),
    Source("spiral-bench", 500, 0.5),
    Source("persusafety", 350, 0.25),
    Source("darkbench-sft", 300, 0.3),
    Source("sycon-bench", 250, 0.25),
    Source("llms-as-therapists", 240, 0.4),
    Source("ugm-crisis-id", 100, 0.5),
    Source("jailbreakbench-artifacts", 220, 0.5),
    Source("harmbench-safe-responses", 112, 0.5),
    Source("pyrit-human-refusal", 85, 0.5),
    Source("companion-sexual-weak", 200, 1.0),
    Source("realtoxicityprompts-scores", 420, 0.5),
    Source("decodingtrust-gpt-toxic", 120, 0.4),
    Source("diasafety", 200, 0.4),
    Source("coconot-contrast", 150, 0.4),
    Source("or-bench-responses", 240, 0.4),
    Source("written-drift", 0, 1.0, evaluate_only=True),
    Source("manipulation-tracker", 0, 1.0, evaluate_only=True),
    Source("pyrit-human-objective", 0, 1.0, evaluate_only=True),
    Source("vera-mh", 0, 1.0, evaluate_only=True),
    Source("warm-but-honest", 0, 1.0, evaluate_only=True),
    Source("companion-chat-unrated", 350, 0.4, rated=False),
    Source("counsel-chat", 220, 0.4, rated=False),
    Source("personality-chat", 600, 0.4, rated=False),
    Source("xpersona", 200, 0.4, rated=False),
    Source("synthetic-persona-chat", 200, 0.4, rated=False),
    Source("topical-chat", 150, 0.4, rated=False),
    Source("gpteacher-roleplay", 250, 0.4, rated=False),
    Source("litbank-fiction", 120, 0.4, rated=False),
    Source("crd3-roleplay", 150, 0.4, rated=False),
    Source("medquad", 200, 0.4, rated=False),
    Source("mmlu-school", 120, 0.4, rated=False),
    Source("oasst-sample", 150, 0.4, rated=False),
    Source("dolly-subset", 100, 0.4, rated=False),
    Source("wildbench-replies", 80, 0.4, rated=False),
    Source("chatterbot-corpus", 200, 0.4, rated=False),
    Source("taskmaster", 80, 0.4, rated=False),
    Source("goemotions", 250, 0.4, rated=False),
    Source("clinc150", 60, 0.4, rated=False),
    Source("coconot-prompts", 100, 0.4, rated=False),
    Source("vicuna-questions-multilingual", 100, 0.4, rated=False),
)

ORDINARY = {
    "written-ordinary": 4.0,
    "written-conversations": 2.0,
    "companion-chat-unrated": 2.0,
    "personality-chat": 1.0,
    "synthetic-persona-chat": 1.0,
    "topical-chat": 1.0,
    "xpersona": 1.0,
    "gpteacher-roleplay": 1.0,
    "counsel-chat": 1.0,
    "oasst-sample": 1.0,
    "goemotions": 1.0,
}
"""Ordinary talk kept out of training that sets the thresholds: source -> share of the false-alarm figure."""
