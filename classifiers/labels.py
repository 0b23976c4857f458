"""The labels. Names follow what the companion-chatbot laws of 2026-27 name (WA HB 2225, CA SB 243, NY GBL 47)."""

REPLY_LABELS: tuple[str, ...] = (
    "manipulation",
    "sexual",
    "psychosis_reinforcement",
    "sycophancy",
    "dependence",
    "secrecy",
    "claims_human",
    "self_harm_enablement",
    "violence_enablement",
)
"""Of the answer, judged together with what the person said before it."""

PERSON_LABELS: tuple[str, ...] = ("crisis", "user_drift")
"""Of the person's own turn. `user_drift` feeds the trend only: never an alert, never shown to a guardian."""

LABELS: tuple[str, ...] = REPLY_LABELS + PERSON_LABELS
