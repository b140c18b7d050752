"""What the wire means: SIP codes and Q.850 causes become one plain word each, and the evidence decides between them.

Sources: RFC 3261 (SIP), ITU-T Q.850, RFC 3398 (their mapping), RFC 8197 (607), RFC 8688 (608). A 480 alone means little:
gateways send it for "no answer" and for every unknown cause alike; what tells them apart is whether a phone rang (18x).
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LegEnd(StrEnum):
    """Why the agent's leg was never answered. Only `missed` is held against the agent."""

    MISSED = "missed"  # it rang and nobody took it
    DECLINED = "declined"  # the agent pressed reject
    BUSY = "busy"  # the phone was in use
    UNREACHABLE = "unreachable"  # no phone rang
    FAILED = "failed"  # the line, the codec or the configuration


@dataclass(frozen=True, kw_only=True)
class LegReport:
    """What the switch knows of a leg that came to nothing. All of it is optional: switches differ."""

    sip_code: int | None = None
    q850: int | None = None  # from the Reason header, else from the trunk
    heard_18x: bool = False  # a provisional answer said that the phone rang
    word: str = ""  # the switch's own conclusion, used only where no code stands


_Q850_DECLINED = frozenset({21})
_Q850_BUSY = frozenset({17})
_Q850_NO_ANSWER = frozenset({18, 19})
_Q850_FAILED = frozenset({34, 38, 41, 42, 44, 47, 65, 88})
_Q850_UNREACHABLE = frozenset({1, 3, 18, 20, 22, 27})
_Q850_NETWORK_LOST = frozenset({38, 41, 102})

_SIP_DECLINED = frozenset({603, 607, 608})
_SIP_BUSY = frozenset({486, 600})
_SIP_RANG_OUT = frozenset({408, 480, 487})  # missed if it rang, else nobody was there
_SIP_NOBODY = frozenset({404, 410, 604})


def why_the_leg_failed(report: LegReport) -> LegEnd:
    """The plain word for a leg that was not answered: cause before code, code before the switch's own word."""
    if (end := _by_cause(report)) is not None:
        return end
    if report.sip_code is not None:
        return _by_code(report.sip_code, heard_18x=report.heard_18x)
    if report.q850 is not None:
        return LegEnd.FAILED  # a cause we do not know; the raw one stands beside the word
    if report.word in set(LegEnd):
        return LegEnd(report.word)
    return LegEnd.MISSED if report.heard_18x else LegEnd.UNREACHABLE


def _by_cause(report: LegReport) -> LegEnd | None:
    if report.q850 in _Q850_DECLINED:
        return LegEnd.DECLINED
    if report.q850 in _Q850_BUSY:
        return LegEnd.BUSY
    if report.q850 in _Q850_FAILED:
        return LegEnd.FAILED
    if report.q850 in _Q850_NO_ANSWER and report.heard_18x:
        return LegEnd.MISSED
    if report.q850 == 19:  # "no answer" is itself the word of a network that heard it ring
        return LegEnd.MISSED
    if report.q850 in _Q850_UNREACHABLE and not report.heard_18x:
        return LegEnd.UNREACHABLE
    return None


def _by_code(code: int, *, heard_18x: bool) -> LegEnd:
    if code in _SIP_DECLINED:
        return LegEnd.DECLINED
    if code in _SIP_BUSY:
        return LegEnd.BUSY
    if code in _SIP_RANG_OUT:
        return LegEnd.MISSED if heard_18x else LegEnd.UNREACHABLE
    if code in _SIP_NOBODY:
        return LegEnd.UNREACHABLE
    return LegEnd.FAILED


def who_ended(*, by: str, sip_code: int | None, q850: int | None) -> str:
    """Who ended a talk: `caller`, `agent` or `network`. A lost line is nobody's doing, whichever leg reports it."""
    if q850 in _Q850_NETWORK_LOST or sip_code == 408:
        return "network"
    return by or "caller"
