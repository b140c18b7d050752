"""What each figure of these pages means: said on the page itself, below its tables. Definitions: docs/ivr-paths.md."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Meaning = tuple["str | Promise", "str | Promise"]

MEANINGS: dict[str, Meaning] = {
    "outcome": (
        _("How a call ended"),
        _(
            "One per call: it reached an agent; else a task was done in the menus; else the caller hung up; else the "
            "system ended it; else no end was received. They add up to all calls."
        ),
    ),
    "visits": (
        _("Visits, calls, reach"),
        _("Entries of a node; calls with at least one of them; these calls out of all calls."),
    ),
    "drop_off": (_("Drop-off"), _("Callers who hung up here without a task done, out of the visits.")),
    "zero_out": (
        _("Asked for a person"),
        _("Visits in which the caller pressed the key for a person or said so; the seconds are the median until then."),
    ),
    "errors": (
        _("No input, not understood, wrong key"),
        _("Visits with at least one of these; a wrong key is one that the node does not offer."),
    ),
    "times": (
        _("Seconds"),
        _("From the entry to the next step. The median and p95 come from a histogram and are right within 4.5 %."),
    ),
    "listening": (
        _("Listening, thinking, cut short"),
        _(
            "Seconds of the announcement heard; seconds from its end to the key; visits in which a key cut it short. "
            "Known only where the switch reports announcements."
        ),
    ),
    "loops": (
        _("Loops"),
        _("A node entered again with no task done in between: at once, by way of other nodes, or back at the start."),
    ),
    "misroute": (
        _("Chose one thing, wanted another"),
        _(
            "The last option chosen stands for another reason than the agent wrote down. The cost is the calls times the "
            "extra agent seconds against the same reason well routed (difference of medians); * marks the published "
            "180 s where fewer than 100 such calls are known."
        ),
    ),
    "contained": (
        _("Stayed in the menus, truly contained"),
        _(
            "Staying in the menus only means that no agent was reached. Truly contained: a task was done and the same "
            "caller did not ring again within 24 hours or 7 days; only calls whose time is over are judged."
        ),
    ),
    "repeats": (
        _("Rang again"),
        _(
            "Known callers whose next call began within the time after this one; calls whose time is not over yet are left "
            "out and counted beside. The estimate (Kaplan–Meier) uses them too and is provisional."
        ),
    ),
    "interval": (
        _("Interval"),
        _(
            "Where the true share lies in 95 of 100 such samples (Wilson). Fewer than 10 observations are not shown, fewer "
            "than 30 are grey."
        ),
    ),
    "difference": (
        _("Difference and its interval"),
        _(
            "B less A, in percentage points. Calls of one day have the day in common, so whole days are drawn 2,000 times; "
            "with fewer than ten days a side the interval is Newcombe's, widened by what days differ, and marked."
        ),
    ),
    "stands": (
        _("Bold"),
        _("The difference stands although so many were tested: at most one bold line in twenty is chance."),
    ),
    "bound": (
        _("Bound and gap"),
        _(
            "No menu of these announcements can lead callers to their option in fewer mean seconds than the bound; the gap "
            "is how far the proposal is above it."
        ),
    ),
    "saved": (
        _("What is saved"),
        _(
            "Predicted from the log: seconds to the right option, and how often callers ask for a person or hang up for each "
            "second heard. The intervals come from the days of the log. After publishing, the measured gain stands beside."
        ),
    ),
    "held_out": (
        _("Model misses the last days by"),
        _("The model is fitted without the last quarter of the days; a miss of more than 5 % and nothing is proposed."),
    ),
    "hours": (
        _("Hours a month"),
        _(
            "Agents' hours and what callers lost: a caller's second counts a fifth of an agent's, a call that gives up "
            "three minutes; scaled to thirty days."
        ),
    ),
    "log_loss": (
        _("Log loss"),
        _("How surprised the prediction was by the reason written down, in nats; less is better, 0 is certainty."),
    ),
    "calibration": (
        _("Calibration error"),
        _("How far the probabilities said are from how often they came true; .02 means two points."),
    ),
}
