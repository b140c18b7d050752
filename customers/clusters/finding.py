"""Clusters of facts: how many, who, how stable, and a rule a person can read. Knows numbers only.

Values are filled by their median, skewed ones logged, all scaled; MiniBatchKMeans (Sculley 2010); the number of clusters by
silhouette (Rousseeuw 1987) among those that come out again on other halves of the customers (adjusted Rand, Hubert and
Arabie 1985); clusters keep their number over re-runs by the assignment of nearest centres (Kuhn 1955).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST, MOST = 3, 8
STABLE = 0.8  # adjusted Rand of two halves, from here on stable
SEED = 7
SAMPLE = 3_000  # for choosing the number; silhouette costs its square
LOGGED = frozenset(
    {"tenure_days", "plan_fee_fen", "bill_fen", "data_gb", "voice_min", "m_fen", "f_count", "contacts_90"}
)
SAME_CENTRE = 1.5  # scaled distance up to which a cluster found again is the same
TREE_DEPTH = 3
TRAITS = 3  # that name a cluster


@dataclass(frozen=True, kw_only=True)
class Trait:
    """One fact that sets a cluster apart: its mean there, everybody's, and how many deviations lie between."""

    field: str
    mean: float
    everybody: float
    deviations: float


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One cluster. `centre` in scaled units, by field; `rule` is a condition of the segments' grammar."""

    number: int
    size: int
    traits: tuple[Trait, ...]
    centre: Mapping[str, float]
    rule: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Found:
    """`label[i]` is the number of customer i's cluster; shares 0 … 1."""

    label: Ints
    clusters: tuple[Cluster, ...]
    silhouette: float
    stability: float
    fidelity: float  # share of customers whom the rules put where the clusters do


def find(values: Mapping[str, Floats], before: Mapping[int, Mapping[str, float]]) -> Found:
    """Clusters of customers described by columns (NaN where unknown); `before`: centres by number of the last run.

    Raises ValueError where fewer than three kinds of values are there.
    """
    fields = sorted(values)
    raw = np.column_stack([_filled(values[name]) for name in fields])
    scaled = _scaled(raw, fields)
    rng = np.random.default_rng(SEED)
    some = rng.permutation(len(scaled))[:SAMPLE]
    with threadpool_limits(1):  # small matrices: threads cost more than they bring, and the same run repeats
        count, silhouette, stability = _chosen(scaled[some])
        model = _fitted(scaled, count, tries=3)
    numbers = _carried(model.cluster_centers_, fields, before)
    tree = DecisionTreeClassifier(max_depth=TREE_DEPTH, min_samples_leaf=max(2, len(raw) // 200), random_state=SEED)
    tree.fit(raw, model.labels_)
    rules = _rules(tree.tree_, fields, count)
    clusters = [
        Cluster(
            number=numbers[label], size=int((model.labels_ == label).sum()), rule=rules[label],
            traits=_traits(raw, scaled, model.labels_ == label, fields),
            centre={name: round(float(at), 4) for name, at in zip(fields, model.cluster_centers_[label], strict=True)},
        )
        for label in np.unique(model.labels_).tolist()
    ]  # fmt: skip
    return Found(
        label=np.array([numbers[label] for label in model.labels_], dtype=np.int64),
        clusters=tuple(sorted(clusters, key=lambda one: -one.size)),
        silhouette=silhouette, stability=stability,
        fidelity=float((tree.predict(raw) == model.labels_).mean()),
    )  # fmt: skip


def _filled(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    return np.where(np.isnan(column), np.median(known) if len(known) else 0.0, column)


def _scaled(raw: Floats, fields: Sequence[str]) -> Floats:
    logged = np.column_stack(
        [np.log1p(np.maximum(raw[:, n], 0)) if name in LOGGED else raw[:, n] for n, name in enumerate(fields)]
    )
    deviation = logged.std(axis=0)
    told: Floats = (logged - logged.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return np.clip(told, -4, 4)


def _fitted(scaled: Floats, count: int, tries: int = 1) -> Any:
    return MiniBatchKMeans(n_clusters=count, random_state=SEED, n_init=tries, batch_size=4096).fit(scaled)


def _chosen(some: Floats) -> tuple[int, float, float]:
    """The number of clusters with its silhouette and stability: the best silhouette among the stable ones, else the stablest."""
    tried = []
    kinds = min(len(np.unique(some[part::2], axis=0)) for part in (0, 1))
    if kinds < FEWEST:
        raise ValueError("fewer than three kinds of customers")
    for count in range(FEWEST, min(MOST, kinds) + 1):
        whole = _fitted(some, count)
        halves = [_fitted(some[part::2], count).predict(some) for part in (0, 1)]
        stability = float(adjusted_rand_score(*halves))
        tried.append((count, float(silhouette_score(some, whole.labels_)), stability))
    stable = [one for one in tried if one[2] >= STABLE]
    return max(stable, key=lambda one: one[1]) if stable else max(tried, key=lambda one: one[2])


def _carried(centres: Floats, fields: Sequence[str], before: Mapping[int, Mapping[str, float]]) -> list[int]:
    """A number for each centre: that of the cluster it was before, else the next free one."""
    numbers = [0] * len(centres)
    old = list(before)
    if old:
        stood = np.array([[before[number].get(name, 0.0) for name in fields] for number in old])
        apart = np.linalg.norm(centres[:, None, :] - stood[None, :, :], axis=2)
        for row, column in zip(*linear_sum_assignment(apart), strict=True):
            if apart[row, column] <= SAME_CENTRE:
                numbers[row] = old[column]
    following = max(old, default=0)
    for place, number in enumerate(numbers):
        if not number:
            following += 1
            numbers[place] = following
    return numbers


def _traits(raw: Floats, scaled: Floats, inside: NDArray[np.bool_], fields: Sequence[str]) -> tuple[Trait, ...]:
    deviations = scaled[inside].mean(axis=0)
    first = np.argsort(-np.abs(deviations), kind="stable")[:TRAITS]
    return tuple(
        Trait(field=fields[n], mean=float(raw[inside, n].mean()), everybody=float(raw[:, n].mean()),
              deviations=round(float(deviations[n]), 2))
        for n in first
    )  # fmt: skip


def _rules(tree: Any, fields: Sequence[str], count: int) -> list[dict[str, Any]]:
    """Each cluster as any of the paths of the tree that end in it."""
    paths: list[list[dict[str, Any]]] = [[] for _label in range(count)]

    def ends(node: int) -> set[int]:
        if tree.children_left[node] < 0:
            return {int(np.argmax(tree.value[node][0]))}
        return ends(tree.children_left[node]) | ends(tree.children_right[node])

    def walk(node: int, path: list[dict[str, Any]]) -> None:
        found = ends(node)
        if len(found) == 1:  # both ways lead to one cluster: a reader needs no question there
            paths[found.pop()].append({"all": path})
            return
        field, at = fields[tree.feature[node]], round(float(tree.threshold[node]), 4)
        walk(tree.children_left[node], [*path, {"field": field, "op": "<=", "value": at}])
        walk(tree.children_right[node], [*path, {"field": field, "op": ">", "value": at}])

    walk(0, [])
    return [{"any": path} for path in paths]
