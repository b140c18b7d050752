"""The page's tables as rows for files: the same numbers, hidden where the page hides them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from django.utils.translation import gettext as _

from callcenter.floor.templatetags.floor import label
from callcenter.satisfaction.words import DRIVERS, REASONS, VERDICTS
from ivr.paths.statistics import Share
from ivr.surveys.board import DIMENSIONS, Board
from ivr.surveys.scores import Net

Rows = tuple[Sequence[str], list[Sequence[object]]]


def _share(of: Share) -> tuple[object, object, object, object]:
    """n, value, low, high; hidden below ten."""
    return (of.n, None, None, None) if of.hidden else (of.n, of.value, of.low, of.high)


def _net(of: Net) -> tuple[object, object, object]:
    return (None, None, None) if of.hidden else (of.value, of.low, of.high)


def _score_header(name: str) -> tuple[str, str, str, str]:
    return "n", name, _("95 % from"), _("95 % to")


def summary(board: Board) -> Rows:
    one = board.score
    hidden = one.raw.hidden
    return (
        (_("What"), _("Value")),
        [
            (_("Calls that could be asked about"), board.funnel.eligible),
            (_("Invited"), board.funnel.invited),
            (_("Answered at least one question"), board.funnel.started),
            (_("Answered every question"), board.funnel.complete),
            (_("With a score"), one.raw.n),
            (_("Content, as answered"), None if hidden else one.raw.value),
            (_("95 % from"), None if hidden else one.raw.low),
            (_("95 % to"), None if hidden else one.raw.high),
            (_("Content, weighted to all calls"), one.value),
            (_("Weighted, 95 % from"), None if one.value is None else one.low),
            (_("Weighted, 95 % to"), None if one.value is None else one.high),
            (_("Design effect"), one.design_effect),
            (_("Effective answers"), one.effective_n),
            (_("If nobody silent were content"), None if hidden else one.worst),
            (_("If everybody silent were content"), None if hidden else one.best),
        ],
    )


def questions(board: Board) -> Rows:
    header = (_("Form"), _("Question"), *_score_header(_("Satisfied")), _("Net"), _("95 % from"), _("95 % to"))
    return header, [
        (line.form, label(line.question.text), *_share(line.share), *_net(line.net)) for line in board.questions
    ]


def groups(board: Board, dimension: str) -> Rows:
    header = (
        _("Value"), _("Calls that could be asked about"), _("Invited"), _("Answered every question"),
        *_score_header(_("Satisfied")),
    )  # fmt: skip
    return header, [
        (line.value, line.funnel.eligible, line.funnel.invited, line.funnel.complete, *_share(line.score))
        for line in board.groups[dimension]
    ]


def ranking(board: Board) -> Rows:
    header = (
        _("Agent"), "n", _("Satisfied"), _("Expected of such calls"), _("Case mix taken out"), _("Drawn to peers"),
        _("95 % from"), _("95 % to"), _("Verdict"),
    )  # fmt: skip
    return header, [
        (
            one.name,
            one.raw.n,
            one.raw.value,
            one.expected,
            one.adjusted,
            one.value,
            one.low,
            one.high,
            VERDICTS[one.verdict],
        )
        if one.ranked
        else (one.name, one.raw.n, None, None, None, None, None, None, VERDICTS[one.verdict])
        for one in board.agents
    ]


def drivers(board: Board) -> Rows:
    lines = board.drivers.lines if board.drivers else ()
    return (_("Goes with"), _("Share of what is explained"), _("95 % from"), _("95 % to")), [
        (DRIVERS[one.name], one.share, one.low, one.high) for one in lines
    ]


def audit(board: Board) -> Rows:
    header = (
        _("Agent"), _("Calls that could be asked about"), _("Invited, share"), _("The caller hung up first, share"),
        _("More often than peers"),
    )  # fmt: skip
    return header, [
        (
            one.agent,
            one.eligible,
            None if one.invited.hidden else one.invited.value,
            None if one.caller_left.hidden else one.caller_left.value,
            int(one.stands_out),
        )
        for one in board.audit
    ]


def not_invited(board: Board) -> Rows:
    return (_("Why not"), _("Calls")), [(REASONS.get(code, code), calls) for code, calls in board.not_invited]


_PLAIN: dict[str, Callable[[Board], Rows]] = {
    "summary": summary,
    "questions": questions,
    "ranking": ranking,
    "drivers": drivers,
    "audit": audit,
    "not-invited": not_invited,
}
_SPLIT: dict[str, Callable[[Board], Rows]] = {f"by-{name}": partial(groups, dimension=name) for name in DIMENSIONS}
TABLES = _PLAIN | _SPLIT
