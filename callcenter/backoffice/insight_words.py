"""What codes of insight and segments are called on these pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

INSIGHT_WORDS = {
    # RFM
    "champion": pgettext_lazy("rfm", "Valued"), "developing": pgettext_lazy("rfm", "Valued, to develop"),
    "keep": pgettext_lazy("rfm", "Valued, to keep"), "win_back": pgettext_lazy("rfm", "Valued, to win back"),
    "regular": pgettext_lazy("rfm", "Regular"), "fresh": pgettext_lazy("rfm", "To develop"),
    "fading": pgettext_lazy("rfm", "Fading"), "low": pgettext_lazy("rfm", "Seldom and little"),
    # lifecycle
    "prospect": _("Prospect"), "new": pgettext_lazy("lifecycle", "New"), "growing": _("Growing"),
    "mature": _("Mature"), "declining": _("Declining"), "dormant": _("Dormant"), "lost": _("Lost"),
    "won_back": _("Won back"),
    # levels
    "diamond": _("Diamond"), "gold": _("Gold"), "silver": _("Silver"), "standard": _("Standard"),
    # motives and scenarios
    "price": pgettext_lazy("motive", "Price"), "novelty": _("Novelty"), "comparison": _("Comparison"),
    "gift": _("Gifts"), "mixed": _("Mixed"), "contract_ends": _("Contract ends soon"),
    "overage": _("Above the allowance"), "roaming": _("Roaming"), "moving": _("Moving"),
    "new_device": _("New device"), "campus_season": _("Campus season"), "arrears": _("Arrears"),
    # channels
    "voice": _("Telephone call"), "sms": _("Text message"), "app": _("App"), "shop": _("Shop"), "ivr": _("Voice menu"),
    "mail": _("Mail"), "web": pgettext_lazy("source", "Web"),
    # how a tag came
    "rule": pgettext_lazy("tag", "by rule"), "manual": pgettext_lazy("tag", "by hand"),
    "model": pgettext_lazy("tag", "by model"), "import": pgettext_lazy("tag", "imported"),
    "added": pgettext_lazy("tag", "put on"), "removed": pgettext_lazy("tag", "taken off"),
    "locked": pgettext_lazy("tag", "put on and locked"), "unlocked": pgettext_lazy("tag", "unlocked"),
    # movements of points, and how a level came
    "earn": pgettext_lazy("points", "Earned"), "redeem": pgettext_lazy("points", "Spent"),
    "expire": pgettext_lazy("points", "Ran out"), "adjust": pgettext_lazy("points", "Corrected"),
    "unmerge_split": pgettext_lazy("points", "shared when a merge was taken apart"),
    "unmerge_short": pgettext_lazy("points", "covered when a merge was taken apart"),
    "reverse": pgettext_lazy("points", "Taken back"), "expired": pgettext_lazy("points", "too old"),
    "reached": pgettext_lazy("level", "reached"), "renewed": pgettext_lazy("level", "kept for another term"),
    "missed": pgettext_lazy("level", "points missed at the end of the term"), "given": pgettext_lazy("level", "given"),
    # roles in a circle
    "seed": pgettext_lazy("circle", "Seed"), "key": pgettext_lazy("circle", "Key person"),
    "member_of_circle": pgettext_lazy("circle", "Member"),
}  # fmt: skip

# What the timeline can be counted for.
COUNTED_WORDS = {
    "call": pgettext_lazy("counted", "Calls"), "path": pgettext_lazy("counted", "Visits to the menus"),
    "ticket": pgettext_lazy("counted", "Tickets"), "order": pgettext_lazy("counted", "Orders"),
    "message": pgettext_lazy("counted", "Messages"), "offer": pgettext_lazy("counted", "Offers"),
    "complaint": pgettext_lazy("counted", "Complaints"), "bill": pgettext_lazy("counted", "Bills"),
    "note": pgettext_lazy("counted", "Notes"), "purchase": pgettext_lazy("counted", "Purchases"),
    "top_up": pgettext_lazy("counted", "Top-ups"), "refund": pgettext_lazy("counted", "Refunds"),
    "contract": pgettext_lazy("counted", "Products taken"),
}  # fmt: skip

# Somebody else, by what is shared with them: as a condition begins, and as the builder offers it.
RELATED_WORDS = {
    "household": _("somebody else in the household for whom"), "circle": _("somebody else in the circle for whom"),
    "campus": _("somebody else on the campus for whom"), "enterprise": _("somebody else in the enterprise for whom"),
}  # fmt: skip

# How a fact is compared.
COMPARED = {
    ">=": "≥", "<=": "≤", "!=": "≠", "has": _("has"), "has_any": _("has any of"), "has_all": _("has all of"),
    "has_none": _("has none of"), "in": _("is one of"), "not_in": _("is none of"), "between": _("between"),
}  # fmt: skip

# Evidence that computations write as key=value.
EVIDENCE = {
    "lift": _("%s times the usual share"), "times": _("used %s times"), "days": _("on %s days"),
    "nights": _("%s of 30 nights"), "workdays": _("%s of 30 days, working hours"),
    "abroad": _("%s of 30 nights abroad"), "elsewhere": _("%s of 30 nights in another province"),
}  # fmt: skip

# What a tag speaks of.
LAYERS = {
    "document": pgettext_lazy("tag layer", "Person"), "behaviour": pgettext_lazy("tag layer", "Behaviour"),
    "hobby": pgettext_lazy("tag layer", "Interests"), "derived": pgettext_lazy("tag layer", "Concluded"),
    "place": pgettext_lazy("tag layer", "Places"),
}  # fmt: skip

WEEKDAYS = {
    1: _("Mon"), 2: _("Tue"), 3: _("Wed"), 4: _("Thu"), 5: _("Fri"), 6: _("Sat"), 7: _("Sun"),
}  # fmt: skip

# What people may enter into the ledger of points.
MOVES = {
    "earn": pgettext_lazy("points", "Give"), "redeem": pgettext_lazy("points", "Spend"),
    "more": pgettext_lazy("points", "Put right: more"), "less": pgettext_lazy("points", "Put right: fewer"),
}  # fmt: skip
