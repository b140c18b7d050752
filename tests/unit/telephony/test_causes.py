"""What the wire means: the table of SIP codes, Q.850 causes and ringing evidence, cell by cell."""

from __future__ import annotations

import pytest

from callcenter.telephony.causes import LegEnd, LegReport, who_ended, why_the_leg_failed

RANG, SILENT, EITHER = (True,), (False,), (True, False)

TABLE: list[tuple[LegEnd, list[int | None], int | None, tuple[bool, ...]]] = [
    # our ring time was over, and a phone had rung
    (LegEnd.MISSED, [408, 480, 487], None, RANG),
    (LegEnd.MISSED, [None, 480], 19, RANG),
    (LegEnd.MISSED, [480], 20, RANG),
    # the agent pressed reject
    (LegEnd.DECLINED, [603, 607, 608], None, EITHER),
    (LegEnd.DECLINED, [None, 403, 480, 500], 21, EITHER),
    # the phone was in use
    (LegEnd.BUSY, [486, 600], None, EITHER),
    (LegEnd.BUSY, [None, 480, 503], 17, EITHER),
    # no phone rang
    (LegEnd.UNREACHABLE, [408, 480, 487, 404, 410, 604, None], None, SILENT),
    (LegEnd.UNREACHABLE, [404, 410, 604], None, RANG),
    *[(LegEnd.UNREACHABLE, [None, 480], cause, SILENT) for cause in (1, 3, 18, 20, 22, 27)],
    # line, media, configuration
    (LegEnd.FAILED, [500, 502, 503, 504, 513, 488, 606, 415, 401, 403, 407, 482, 483, 302, 305], None, EITHER),
    *[(LegEnd.FAILED, [None, 480, 503], cause, EITHER) for cause in (34, 38, 41, 42, 44, 47, 65, 88)],
    # what nobody knows
    (LegEnd.FAILED, [499, 555, 699], None, EITHER),
    (LegEnd.FAILED, [None], 111, EITHER),
]


@pytest.mark.parametrize(
    ("expected", "code", "cause", "heard"),
    [(end, code, cause, heard) for end, codes, cause, hearings in TABLE for code in codes for heard in hearings],
)
def test_each_cell_of_the_table(expected: LegEnd, code: int | None, cause: int | None, heard: bool) -> None:
    assert why_the_leg_failed(LegReport(sip_code=code, q850=cause, heard_18x=heard)) is expected


def test_the_cause_outranks_the_code() -> None:
    """Gateways turn every cause into 480; the Reason header is nearer to the truth."""
    assert why_the_leg_failed(LegReport(sip_code=480, q850=17, heard_18x=True)) is LegEnd.BUSY


def test_an_unknown_cause_leaves_the_word_to_the_code() -> None:
    assert why_the_leg_failed(LegReport(sip_code=486, q850=31)) is LegEnd.BUSY


def test_the_switchs_own_word_counts_only_without_codes() -> None:
    assert why_the_leg_failed(LegReport(word="declined")) is LegEnd.DECLINED
    assert why_the_leg_failed(LegReport(sip_code=486, word="missed")) is LegEnd.BUSY


def test_nothing_known_but_ringing_is_a_miss() -> None:
    assert why_the_leg_failed(LegReport(heard_18x=True)) is LegEnd.MISSED
    assert why_the_leg_failed(LegReport()) is LegEnd.UNREACHABLE


@pytest.mark.parametrize(
    ("by", "code", "cause", "expected"),
    [
        ("", None, 16, "caller"),
        ("caller", None, 31, "caller"),
        ("agent", None, 16, "agent"),
        ("agent", None, 102, "network"),
        ("caller", 408, None, "network"),
        ("", None, 41, "network"),
    ],
)
def test_who_ended_the_talk(by: str, code: int | None, cause: int | None, expected: str) -> None:
    assert who_ended(by=by, sip_code=code, q850=cause) == expected
