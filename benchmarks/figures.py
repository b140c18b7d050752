"""The stable names that `make bench` prints, each with its unit and target. Names stay; new ones may be added."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a figure is measured in and what it must reach."""

    unit: str
    at_most: float | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        bounds = ((self.at_most, "≤"), (self.at_least, "≥"))
        return ", ".join(f"{sign} {bound:g}" for bound, sign in bounds if bound is not None)

    def met_by(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report."""

    name: str
    value: float | None  # None: not run
    unit: str
    target: str
    ok: bool | None  # None: not run
    scale: str  # at what size it ran, and how much smaller than named that is; or "not run: why"


TARGETS: dict[str, Target] = {
    # HTTP API, 500 agents, 20 calls/s
    "routing.arrival_to_reservation_ms.p50": Target(unit="ms", at_most=10),
    "routing.arrival_to_reservation_ms.p99": Target(unit="ms", at_most=50),
    # the cheapest useful request of the same server in the same run: one agent's state, read with a key; a yardstick
    "routing.bare_request_ms.p50": Target(unit="ms"),
    # one decision is read, match and commit; 500 agents, 200 waiting
    "routing.decision_ms.p99": Target(unit="ms", at_most=50),
    "routing.dispatch_ratio_to_pgbench": Target(unit="ratio", at_least=0.8),
    "routing.cost_growth_1e5_1e7": Target(unit="ratio", at_most=1.2),
    # dispatchers and writers race while processes are killed and frozen
    "routing.racing_calls": Target(unit="count", at_least=100_000),
    "routing.racing_lost": Target(unit="count", at_most=0),
    "routing.racing_doubled": Target(unit="count", at_most=0),
    "routing.racing_locks_s": Target(unit="s", at_most=2.5),
    # simulated floor of 40 agents; shares of the gain that the fluid bound leaves over longest idle
    "routing.pairing_share_load85": Target(unit="share", at_least=0.65),
    "routing.pairing_share_load85_free": Target(unit="share", at_least=0.58),
    "routing.pairing_share_learned": Target(unit="share", at_least=0.55),
    "routing.occupancy_cv_load85": Target(unit="CV", at_most=0.06),
    "routing.p95_wait_ratio_load85": Target(unit="ratio", at_most=1.1),
    "routing.p95_wait_ratio_load95": Target(unit="ratio", at_most=1.2),
    # the bank's months through the simulator, constants from January alone; worst month
    "routing.simulator_wait_error": Target(unit="share", at_most=0.20),
    "routing.simulator_abandonment_error": Target(unit="points", at_most=2),
    "routing.simulator_correlation": Target(unit="r", at_least=0.9),
    # service level at 20/60 s, mean wait, share who left: how many are worse beyond their interval
    "routing.replay_worse_than_fifo": Target(unit="count", at_most=0),
    "routing.erlang_a_error": Target(unit="points", at_most=5),
    # in Chromium
    "desk.reservation_to_paint_ms.p95": Target(unit="ms", at_most=300),
    # server side, 200,000 customers, 2M timeline rows
    "desk.screen_pop_ms.p99": Target(unit="ms", at_most=50),
    # busiest January day, speed 60
    "replay.calls_lost": Target(unit="count", at_most=0),
    "replay.calls_doubled": Target(unit="count", at_most=0),
    "replay.calls_unexplained": Target(unit="count", at_most=0),
    # pairwise F1 on clusters, the same model and threshold everywhere
    "customers.identity_febrl3_f1": Target(unit="F1", at_least=0.9995),
    "customers.identity_febrl4_f1": Target(unit="F1", at_least=1.0),
    "customers.identity_cn_f1": Target(unit="F1", at_least=0.915),
    "customers.identity_cn_f1_undeclared": Target(unit="F1", at_least=0.90),
    # all that the customer's page reads, 1M customers with 50M contacts; pages at ten or a hundred times the customers
    "customers.view_ms.p99": Target(unit="ms", at_most=50),
    "customers.lookup_ms.p99": Target(unit="ms", at_most=5),
    "customers.view_growth_1e5_1e7": Target(unit="ratio", at_most=1.2),
    # 8 conditions over 1M customers, beside a bare DuckDB table with the same rows in the same run
    "customers.segment_ms": Target(unit="ms", at_most=100),
    "customers.segment_ratio_to_duckdb": Target(unit="ratio", at_most=3),
    # facts, RFM, levels and rule tags of 1M customers
    "customers.insight_s": Target(unit="s", at_most=60),
    "customers.insight_night_s": Target(unit="s"),  # with all else that a night computes
    # 1M nodes, 4M edges, graph build included
    "customers.circles_s": Target(unit="s", at_most=10),
    # VAST 2008 calls: key people who changed their numbers
    "customers.number_change_found": Target(unit="of 5", at_least=4),
    "customers.number_change_false": Target(unit="count", at_most=0),
    # 1M rows end to end: read, normalise, check, store
    "customers.import_rows_per_s": Target(unit="rows/s", at_least=20_000),
    "customers.import_peak_mb": Target(unit="MB", at_most=300),
    # rows of a bad file of which the report says otherwise than the rows are
    "customers.import_bad_rows_off": Target(unit="count", at_most=0),
    "customers.import_bad_peak_mb": Target(unit="MB", at_most=300),
    "customers.import_ratio_to_copy": Target(unit="ratio", at_most=40),
    # 1M customers × 100 plans, beside plain numpy with the same arithmetic
    "offers.bulk_rating_ratio_to_numpy": Target(unit="ratio", at_least=1.5),
    "offers.bulk_rating_ratio_to_numpy_full": Target(unit="ratio", at_least=0.8),
    # claims judged on the month that followed; learned from earlier months of other users alone
    "offers.megaline_dearer_share": Target(unit="share", at_most=0.05),
    "offers.megaline_realised_share": Target(unit="share", at_least=0.8),
    "offers.megaline_speaking_share": Target(unit="share", at_least=0.07),
    # 2M entries of nodes; edges, times and variants from the store and from unsorted events
    "ivr.paths_speedup_vs_pm4py": Target(unit="ratio", at_least=50),
    "ivr.paths_speedup_unsorted": Target(unit="ratio", at_least=4),
    "ivr.filter_ms": Target(unit="ms", at_most=300),
    "ivr.bytes_per_event": Target(unit="bytes", at_most=20),
    "ivr.growth_2m_10m": Target(unit="ratio", at_most=6),
    # a file of events; batches of 50 by the API; commit to live page at 100 events/s
    "ivr.intake_bulk_events_per_s": Target(unit="events/s", at_least=20_000),
    "ivr.intake_api_events_per_s": Target(unit="events/s", at_least=500),
    "ivr.live_lag_s.p99": Target(unit="s", at_most=5),
    # eight kinds of planted faults in generated logs: among the first five findings, with its node and kind; false alarms
    "ivr.planted_fault_recall": Target(unit="share", at_least=0.9),
    "ivr.planted_fault_named": Target(unit="share", at_least=0.9),
    "ivr.false_findings_per_clean_log": Target(unit="count", at_most=1),
    # policy, facts, engine and arbitration for one caller out of 200 products, 20 calls/s, server side
    "offers.suggest_ms.p99": Target(unit="ms", at_most=50),
    # real calls in time order, refitted each 1,000, the last 30 % scored, mean of five offsets
    "offers.bank_auc": Target(unit="share", at_least=0.619),
    "offers.bank_lift10": Target(unit="ratio", at_least=2.2),
    # random questions, beside a slow policy written apart
    # the last rows; a bound above nothing, or the module says no
    "offers.bundle_hit3_minus_popularity": Target(unit="share", at_least=0),
    # visits per head: value of the learned policy, its standard error, the best constant; printed together, no target
    "offers.hillstrom_dr_value": Target(unit="share"),
    "offers.hillstrom_dr_value_se": Target(unit="share"),
    "offers.hillstrom_dr_value_best_constant": Target(unit="share"),
    "offers.policy_mismatches": Target(unit="count", at_most=0),
    # free trees: seconds off the printed optimum, share above it by the search alone; predicted beside simulated seconds
    "ivr.optimiser_gap_to_optimum": Target(unit="s", at_most=0.001),
    "ivr.local_search_gap": Target(unit="share", at_most=0.01),
    "ivr.optimiser_prediction_error": Target(unit="share", at_most=0.02),
    # the bank log, trained on January, judged on February
    "ivr.intent_log_loss": Target(unit="nats", at_most=0.28),
    "ivr.intent_calibration_error": Target(unit="share", at_most=0.02),
    # points between the weighted score and the truth: 20,000 calls, those who answer 8 points more content
    "ivr.survey_bias_left": Target(unit="points", at_most=2),
    # Kamailio and SIPp on loopback; a free agent at 10 calls/s, then 40 calls/s with 30 agents
    "telephony.sip_invite_to_agent_ms.p50": Target(unit="ms", at_most=15),
    "telephony.sip_invite_to_agent_ms.p99": Target(unit="ms", at_most=60),
    "telephony.sip_invite_to_agent_load_ms.p99": Target(unit="ms", at_most=250),
    "telephony.sip_calls_lost": Target(unit="calls", at_most=0),
    "telephony.sip_state_mismatches": Target(unit="calls", at_most=0),
    # 50 requests/s with 500 agents; web killed, 5,000 streams come back at once
    "telephony.api_ms.p99": Target(unit="ms", at_most=50),
    "telephony.sse_reconnect_s": Target(unit="s", at_most=30),
    "telephony.sse_missed": Target(unit="events", at_most=0),
    # a receiver away for four simulated hours; its largest share of the courier's slots
    "telephony.webhooks_lost": Target(unit="events", at_most=0),
    "telephony.webhook_slot_share": Target(unit="share", at_most=0.1),
    # fresh clone, empty environment
    "demo.first_call_s": Target(unit="s", at_most=240),
    "demo.second_start_s": Target(unit="s", at_most=15),
}


def measured(name: str, value: float, *, scale: str) -> Figure:
    """A figure with its verdict. Raises KeyError for a name that TARGETS does not know: a typo must not pass."""
    target = TARGETS[name]
    return Figure(
        name=name, value=value, unit=target.unit, target=str(target), ok=target.met_by(value), scale=scale
    )  # fmt: skip


def not_run(name: str, reason: str) -> Figure:
    target = TARGETS[name]
    return Figure(
        name=name, value=None, unit=target.unit, target=str(target), ok=None, scale=f"not run: {reason}"
    )  # fmt: skip


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile, a value that was really measured; `share` is .99 for p99; values are not empty."""
    # Rounded first: .07 * 100 is a hair above 7 in floating point, and its ceiling one rank too high.
    rank = math.ceil(round(share * len(values), 6))
    return sorted(values)[max(1, rank) - 1]
