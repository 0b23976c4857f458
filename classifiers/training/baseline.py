"""The bag of words that the model has to beat: TF-IDF of words and pairs, logistic regression, same rows."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from classifiers.training.examples import Example


def _text(example: Example) -> str:
    last = next((turn.text for turn in reversed(example.before) if turn.role == "user"), "")
    return f"{last}\n{example.text}"


def bag_of_words(rows: list[Example], held_out: list[Example], labels: tuple[str, ...]) -> list[dict[str, float]]:
    """label -> probability for each held-out example whose role the label fits."""
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=80_000)
    known = vectoriser.fit_transform([_text(example) for example in rows])
    asked = vectoriser.transform([_text(example) for example in held_out])
    result: list[dict[str, float]] = [{} for _ in held_out]
    for label in labels:
        index = [i for i, example in enumerate(rows) if label in example.labels]
        values = np.array([rows[i].labels[label] for i in index])
        fit = LogisticRegression(C=4.0, max_iter=500, class_weight="balanced")
        fit.fit(known[index], values, sample_weight=[rows[i].weight for i in index])
        for scores, probability in zip(result, fit.predict_proba(asked)[:, 1], strict=True):
            scores[label] = float(probability)
    return result
