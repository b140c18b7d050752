"""What each figure of satisfaction means: said on the page itself. Formulas: docs/satisfaction.md."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Meaning = tuple["str | Promise", "str | Promise"]

MEANINGS: tuple[Meaning, ...] = (
    (
        _("Content, as answered"),
        _(
            "Answers in the top box of the first question (4–5 of 5) out of all answers to it, with Wilson's 95 % interval."
        ),
    ),
    (
        _("Weighted to all calls"),
        _(
            "Who answers is not like who called. Each answer counts for the calls of its kind that stayed silent (reason, "
            "wait, repeat, hour …); the number in brackets is how many plain answers that is worth."
        ),
    ),
    (
        _("Invitation, response and completion rate"),
        _("Invited out of calls that could be asked about; completed out of invited; completed out of begun."),
    ),
    (
        _("Net"),
        _("Share of good less share of bad answers, in points: another number than the share of content callers."),
    ),
    (
        _("Expected of such calls, case mix taken out"),
        _(
            "What callers with these reasons and waits say on average, and the score as if everybody had the same calls."
        ),
    ),
    (
        _("Drawn to peers"),
        _(
            "Few answers are drawn towards the mean of the peers, so that luck ranks nobody. Better or below is said only if "
            "the whole interval lies apart, after allowing for many agents; below 30 answers nobody is ranked."
        ),
    ),
    (
        _("What goes with it"),
        _(
            "How much of what differs between answers goes with each fact, averaged over all orders of taking them up (LMG), "
            "interval by days. It goes with it: that does not mean that it causes it."
        ),
    ),
    (
        _("The caller hung up first"),
        _(
            "An agent who stays on the line until the caller hangs up is never judged by keys; who does so more often than "
            "the peers is marked."
        ),
    ),
)
