"""CARD.md from the figures of one evaluation."""

from typing import Any

from classifiers.config import ModelConfig

_INTRO = """# {name}

What it is: a {layers}-layer encoder ({base}, all-MiniLM-L6-v2, Apache-2.0) fine-tuned end to end on pairs (the
conversation before, the message so far), one output a label, int8. It reads a message sentence by sentence and gives
each label a probability; the message's score is the highest of its sentences' windows. It runs on the user's machine;
no text leaves it.

What it is for: early, explained warnings to the person who chats. What it is not for: diagnosis, punishment,
evidence, or any decision about a person without that person. A score is a hint that a passage deserves a second look.

Labels: {labels}. `user_drift` is not part of this model: no source labels it, and a guess would be worse than silence.

## Where it is weak
- It is one small English encoder. Near misses (harmless twins in the same words) are the hard part: read the tables
  below, not the pooled row. German, French, Spanish and Portuguese are learnt from about 1,000 written rows and English
  word pieces; other languages are not covered.
- Few positives: sexual (weak labels and web sentences only; nothing from real intimate companion talk was rated),
  violence_enablement, self_harm_enablement, claims_human. Their intervals are wide and their thresholds rest on few
  harmful examples.
- The written twins come from few writers; held-out rows are other groups of the same writers. Sources marked * never
  trained the model: only they measure transfer. Expect other people's text to score lower than the written rows here.
- Thresholds come from ordinary talk below. Public rows there lost alarming words when they were collected and flatter
  the figure: `written-ordinary` and `companion-chat-unrated` are the honest ones, and small.
- Probabilities are calibrated on the held-out mix below, which has far more harm in it than real talk. Treat them as
  ranks with thresholds, not as the chance of harm in daily use.
- It sees at most {before} tokens before the message and the last {text} of the message: what was said long before is
  left to the conversation tracker.
"""


def render(config: ModelConfig, metrics: dict[str, Any]) -> str:
    """The card as Markdown."""
    base = config.training["base"]
    parts = [
        _INTRO.format(
            name=config.name,
            layers=base["layers"],
            base=base["package"],
            labels=", ".join(f"`{label}`" for label in config.labels),
            before=config.limits.before,
            text=config.limits.text,
        ),
        _quality(config, metrics),
        _transfer(metrics),
        _languages(metrics),
        _false_alarms(metrics),
        _conversations(metrics),
        _thresholds(config, metrics),
        _rows(metrics),
    ]
    return "\n".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _auc(row: dict[str, Any] | None) -> str:
    return f"{row['auc']:.2f} ({row['low']:.2f}-{row['high']:.2f})" if row and "auc" in row else ""


def _quality(config: ModelConfig, metrics: dict[str, Any]) -> str:
    trained = set(metrics["training_rows"])
    rows = []
    for label in config.labels:
        tables = metrics["quality"][label]
        bag = {row["source"]: row for row in tables["bag_of_words"]}
        for row in tables["model"]:
            if row["positives"] == 0 and row["source"] != "all":
                continue
            star = "" if row["source"] in trained or row["source"] == "all" else "*"
            rows.append(
                [
                    label,
                    row["source"] + star,
                    f"{row['positives']} / {row['negatives']}",
                    _auc(row),
                    _auc(bag.get(row["source"])),
                ]
                + [_share(row[key]) for key in ("recall_note", "near_misses_note", "recall_warn", "near_misses_warn")]
            )
    head = [
        "label",
        "source",
        "harmful / harmless",
        "AUC (95 %)",
        "bag of words",
        "found at note",
        "false at note",
        "found at warn",
        "false at warn",
    ]
    return "## Held-out rows, positives against near misses of the same source\n\n" + _table(head, rows)


def _transfer(metrics: dict[str, Any]) -> str:
    """Figures of `transfer.py`; nothing where they were not taken."""
    figures = metrics.get("transfer")
    if not figures:
        return ""
    rows = [
        [label, row["source"], f"{row['positives']} / {row['negatives']}", _auc(row)]
        + [_share(row[key]) for key in ("recall_note", "near_misses_note")]
        for label, table in figures["quality"].items()
        for row in table
    ]
    head = ["label", "source", "harmful / harmless", "AUC (95 %)", "found at note", "false at note"]
    return (
        "## Transfer to other writers\n\n"
        f"The same recipe trained without {', '.join(figures['without'])} ({figures['model']}), on all rows of these "
        "files. This is the honest figure for other people's text.\n\n" + _table(head, rows) + _drift(figures)
    )


def _drift(figures: dict[str, Any]) -> str:
    """Whole conversations of a writer that the tracker was not tuned on."""
    talks = figures.get("conversations")
    if not talks:
        return ""
    return (
        f"\n\nWhole conversations by another writer (`written-drift`): the tracker spoke in {talks['caught']} of "
        f"{talks['harmful']} harmful ones by three answers after the alarm turn ({talks['early']} before the onset), "
        f"and in {talks['benign_raised']} of {talks['benign']} harmless ones."
    )


def _languages(metrics: dict[str, Any]) -> str:
    rows = [
        [lang, label, f"{row['positives']} / {row['negatives']}", _auc(row)]
        for lang, table in metrics["languages"].items()
        for label, row in table.items()
    ]
    return "## Languages (written rows)\n\n" + _table(["language", "label", "harmful / harmless", "AUC (95 %)"], rows)


def _false_alarms(metrics: dict[str, Any]) -> str:
    rows = [
        [source, role, str(figures["messages"]), *(_share(figures[level]) for level in ("note", "warn", "urgent"))]
        for source, roles in metrics["false_alarms"].items()
        for role, figures in roles.items()
    ]
    head = ["source", "speaker", "messages", "note, any label", "warn", "urgent"]
    return (
        "## False alarms on ordinary talk kept out of training\n\nThe thresholds were chosen on these messages.\n\n"
        + _table(head, rows)
    )


def _conversations(metrics: dict[str, Any]) -> str:
    rows = []
    for split, title in (("dev", "held out"), ("train", "trained on, flatters")):
        figures = metrics["conversations"][split]
        rows.append(
            [
                f"written, {title}",
                f"{figures['caught']} of {figures['harmful']}",
                str(figures["early"]),
                f"{figures['benign_raised']} of {figures['benign']}",
            ]
        )
    for source, figures in metrics["ordinary_conversations"].items():
        rows.append([source, "", "", f"{figures['raised']} of {figures['conversations']}"])
    head = [
        "conversations",
        "caught from onset to three answers after the alarm turn",
        "raised before the onset",
        "harmless ones raised",
    ]
    return "## Conversation tracker\n\n" + _table(head, rows)


def _thresholds(config: ModelConfig, metrics: dict[str, Any]) -> str:
    rows = [
        [
            label,
            *(f"{getattr(config.thresholds[label], level):.3f}" for level in ("note", "warn", "urgent")),
            f"{metrics['quality'][label]['ece_cross_fitted']:.3f}",
        ]
        for label in config.labels
    ]
    quantised = metrics["int8"]
    return (
        "## Thresholds and calibration\n\n"
        + _table(["label", "note", "warn", "urgent", "calibration error, cross-fitted"], rows)
        + f"\nint8 against fp32 on {quantised['windows']} windows: probabilities differ by "
        f"{quantised['mean_difference']:.3f} on average, {quantised['largest_difference']:.3f} at most; "
        f"lowest rank correlation of a label {quantised['lowest_rank_correlation']:.3f}.\n"
    )


def _rows(metrics: dict[str, Any]) -> str:
    rows = [
        [source, ", ".join(f"{label} {tally}" for label, tally in tallies.items())]
        for source, tallies in metrics["training_rows"].items()
    ]
    return "## Training rows (harmful+/harmless-)\n\n" + _table(["source", "labels"], rows)
