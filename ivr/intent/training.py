"""Learning reasons in time order: fitted on the earlier calls, judged on the later ones beside plain baselines. Pure.

Fitting needs scikit-learn and happens in workers; a boosting of trees was better by .008 nats on the bank log (.242 beside
.250) and is not worth its thousand trees on the arrival's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from ivr.intent.features import Float, Moment, Vocabulary
from ivr.intent.logistic import IntentModel, NoModel, calibration_error, log_loss, losses

FEWEST = 300  # calls with a written reason
FEWEST_OF_REASON = 15
STRENGTH = 0.01  # inverse weight of the penalty
HELD_OUT = 0.2  # the latest calls


@dataclass(frozen=True, kw_only=True)
class Card:
    """How good the model is on calls later than those it saw, and what plainer answers would have been worth (nats)."""

    trained_on: int
    judged_on: int
    log_loss: float
    accuracy: float
    calibration_error: float
    constant: float  # everybody wants the usual mix
    own_history: float  # earlier reasons, smoothed by five calls of the mix
    rule: float  # the option chosen stands for the reason, as often as it did before
    last_accuracy: float  # the same as last time, the usual reason for who never called
    arrival_log_loss: float  # of a model that has not heard the option chosen: what is known before any menu
    information_error: float  # standard error of that model's gain over the constant
    temperature: float

    @property
    def information(self) -> float:
        """I(reason; what is known at arrival), in nats: the held-out gain over the constant, never plug-in counts."""
        return max(0.0, self.constant - self.arrival_log_loss)

    @property
    def beats_baselines(self) -> bool:
        return self.log_loss < min(self.constant, self.own_history, self.rule)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def train(moments: Sequence[Moment], labels: Sequence[str]) -> tuple[IntentModel, Card]:
    """Calls in time order with the reason as written down. Raises NoModel with the reason why nothing can be learned."""
    if len(labels) < FEWEST:
        raise NoModel(f"{len(labels)} calls with a written reason are too few to learn from; {FEWEST} are needed.")
    kept = _enough(labels)
    if len({labels[place] for place in kept}) < 2:
        raise NoModel("All calls were about the same: there is nothing to predict.")
    moments, labels = [moments[place] for place in kept], [labels[place] for place in kept]
    cut = round(len(labels) * (1 - HELD_OUT))
    early = fit(moments[:cut], labels[:cut])
    late = early.vocabulary.matrix(moments[cut:])
    truth = truth_of(early.vocabulary, labels[cut:])
    early = replace(early, temperature=_temperature(early, late, truth))
    card = judge(early, moments[:cut], labels[:cut], moments[cut:], labels[cut:])
    return replace(fit(moments, labels), temperature=early.temperature), card


def fit(moments: Sequence[Moment], labels: Sequence[str]) -> IntentModel:
    """A multinomial logistic model with ridge penalty on scaled features."""
    from sklearn.linear_model import LogisticRegression

    vocabulary = Vocabulary.of(moments, labels)
    matrix, truth = vocabulary.matrix(moments), truth_of(vocabulary, labels)
    known = truth >= 0
    mean, scale = matrix[known].mean(axis=0), matrix[known].std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)
    solved = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-4).fit((matrix[known] - mean) / scale, truth[known])
    weights = np.zeros((len(vocabulary.reasons), matrix.shape[1]))
    intercepts = np.full(len(vocabulary.reasons), -30.0)
    if len(solved.classes_) == 2:  # one row of weights stands for both
        weights[solved.classes_] = np.array([-solved.coef_[0], solved.coef_[0]]) / 2
        intercepts[solved.classes_] = np.array([-solved.intercept_[0], solved.intercept_[0]]) / 2
    else:
        weights[solved.classes_], intercepts[solved.classes_] = solved.coef_, solved.intercept_
    return IntentModel(vocabulary=vocabulary, mean=mean, scale=scale, weights=weights, intercepts=intercepts)


def judge(
    model: IntentModel,
    seen: Sequence[Moment],
    seen_labels: Sequence[str],
    later: Sequence[Moment],
    labels: Sequence[str],
) -> Card:
    """The model on later calls, beside what plainer answers learned from the same earlier calls say of them."""
    words = model.vocabulary
    truth = truth_of(words, labels)
    chances = model.chances(later)
    mix = np.tile(np.array(words.mix), (len(later), 1))
    own = np.array([words.own_history(one.past, 5.0) for one in later])
    usual = words.reasons[int(np.argmax(words.mix))]
    last = [one.past[-1].reason if one.past else usual for one in later]
    blind = chances
    if any(one.chosen for one in (*seen, *later)):
        blind = fit(_before_the_menus(seen), seen_labels).chances(_before_the_menus(later))
    gain = losses(mix, truth) - losses(blind, truth)
    return Card(
        trained_on=len(seen),
        judged_on=len(later),
        log_loss=log_loss(chances, truth),
        accuracy=float((chances.argmax(axis=1) == truth).mean()),
        calibration_error=calibration_error(chances, truth),
        constant=log_loss(mix, truth),
        own_history=log_loss(own, truth),
        rule=log_loss(_rule(words, seen, seen_labels, later), truth),
        last_accuracy=float(np.mean([said == label for said, label in zip(last, labels, strict=True)])),
        arrival_log_loss=log_loss(blind, truth),
        information_error=float(gain.std() / np.sqrt(len(gain))),
        temperature=model.temperature,
    )


def _before_the_menus(moments: Sequence[Moment]) -> list[Moment]:
    return [replace(one, chosen="") for one in moments]


def truth_of(words: Vocabulary, labels: Sequence[str]) -> np.ndarray:
    places = {reason: place for place, reason in enumerate(words.reasons)}
    return np.array([places.get(label, -1) for label in labels], np.int64)


def _enough(labels: Sequence[str]) -> list[int]:
    names, counts = np.unique(np.asarray(labels), return_counts=True)
    common = {str(name) for name, count in zip(names, counts, strict=True) if count >= FEWEST_OF_REASON and name}
    return [place for place, label in enumerate(labels) if label in common]


def _rule(words: Vocabulary, seen: Sequence[Moment], labels: Sequence[str], later: Sequence[Moment]) -> Float:
    """P(reason | option chosen), smoothed by five calls of the mix."""
    mix = np.array(words.mix)
    counts: dict[str, Float] = {}
    for moment, place in zip(seen, truth_of(words, labels), strict=True):
        row = counts.setdefault(moment.chosen, 5.0 * mix)
        if place >= 0:
            row[place] += 1
    shares: Float = np.array([counts.get(one.chosen, mix) / counts.get(one.chosen, mix).sum() for one in later])
    return shares


def _temperature(model: IntentModel, matrix: Float, truth: np.ndarray) -> float:
    """The one number that makes the later calls likeliest: how sure to be."""
    tried = np.geomspace(0.7, 2.0, 40)
    losses = [log_loss(replace(model, temperature=float(one)).chances_of(matrix), truth) for one in tried]
    return float(tried[int(np.argmin(losses))])
