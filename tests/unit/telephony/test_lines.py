"""A switch's clock against ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from callcenter.telephony.pages.lines import skew_s

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def _heard(*delays_s: float, behind_s: float = 0.0) -> list[tuple[datetime, dict[str, str]]]:
    return [
        (NOON, {"at": (NOON - timedelta(seconds=delay + behind_s)).isoformat()}) for delay in delays_s
    ]  # fmt: skip


def test_late_events_say_nothing_of_the_clock() -> None:
    assert skew_s(_heard(900, 0.2, 40)) == 0.2
    assert skew_s(_heard(900, 0.2, 40, behind_s=3600)) == 3600.2
    assert skew_s(_heard(0.1, 5, behind_s=-3600)) == -3599.9


def test_what_states_no_time_is_left_out() -> None:
    assert skew_s([]) is None
    assert skew_s([(NOON, {}), (NOON, {"at": "noon"}), (NOON, {"at": "2026-03-04T12:00:00"})]) is None
    assert skew_s([(NOON, {"at": "0001-01-01T00:00:00+14:00"}), (NOON, {"at": "9999-12-31T23:59:59-23:59"})]) is None
    assert skew_s([(NOON, {"at": {"x": 1}}), (NOON, {"at": 7}), (NOON, {"at_stated": []})]) is None
    assert skew_s([(NOON, {"at": "2026-03-04t11:59:59z"})]) == 1.0


def test_the_clock_as_stated_counts_not_as_it_was_put_right() -> None:
    """Dated days ahead, an event counts as of now; its own word stands beside."""
    put_right = {"at": NOON.isoformat(), "at_stated": (NOON + timedelta(days=400)).isoformat()}
    assert skew_s([(NOON, put_right)]) == -400 * 86_400
