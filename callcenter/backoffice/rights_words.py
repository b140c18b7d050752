"""What rights, grounds and classes of kept data are called on these pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

RIGHTS: dict[str, Any] = {
    "export": pgettext_lazy("right", "Handed out"), "erase": pgettext_lazy("right", "Erased"),
    "restrict": pgettext_lazy("right", "Restricted"), "lift": pgettext_lazy("right", "Restriction lifted"),
    "correct": pgettext_lazy("right", "Corrected"), "explain": pgettext_lazy("right", "Explained"),
    "object": pgettext_lazy("right", "Refused conclusions"), "open": pgettext_lazy("right", "Looked at while restricted"),
}  # fmt: skip
GROUNDS: dict[str, Any] = {
    "accuracy": _("The person says that it is wrong"), "unlawful": _("Held without right; the person wants it kept, unused"),
    "claims": _("Needed for a legal claim"), "objection": _("An objection is being weighed"),
    "law": _("The law wants it kept"),
}  # fmt: skip
KEPT: dict[str, Any] = {
    "interactions": _("Contacts"), "usage": _("Use and bills by month"), "tag_log": _("What happened to tags"),
    "activity": _("Content used and places stayed at"), "circles": _("Places in circles"),
    "refused_rows": _("Rows that imports refused"), "provisional": _("Callers whom nobody could name"),
    "files": _("Files as they were delivered"), "handouts": _("What was handed out, as a file"),
    "record_versions": _("Earlier versions of records"), "import_notes": _("What stood before an import, to take it back"),
}  # fmt: skip
ASKED: dict[str, Any] = {
    "export": pgettext_lazy("request", "Hand out everything we hold"), "erase": pgettext_lazy("request", "Erase a person"),
}  # fmt: skip
STATES: dict[str, Any] = {
    "asked": pgettext_lazy("request", "Waiting"), "running": pgettext_lazy("request", "Being done"),
    "done": pgettext_lazy("request", "Done"), "failed": pgettext_lazy("request", "Not done"),
}  # fmt: skip
TROUBLES: dict[str, Any] = {
    "erased": _("This customer has been erased already."), "not_found": _("There is no such customer."),
    "gave_up": _(
        "It was begun three times and never came to its end. Nothing was changed; the worker’s log says why. Ask again."
    ),
}  # fmt: skip

# What stands in a table, in the words of whoever asked for it; the first line whose beginning fits.
_DATA: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Name and facts of the person"), ("customers_customer",)),
    (_("Numbers and whatever else leads to the person"), ("customers_identifier",)),
    (_("Household, company and other ties"), ("customers_relationship", "customers_group")),
    (_("Accounts and subscriptions"), ("customers_account", "customers_subscription", "customers_partyrole")),
    (_("Products held"), ("customers_holding",)),
    (_("Use and bills by month"), ("customers_usage",)),
    (_("Purchases and payments"), ("customers_transaction",)),
    (_("Points, levels and benefits"), ("customers_pointsentry", "customers_levelterm", "customers_benefituse")),
    (_("Contacts and notes"), ("customers_interaction", "console_notedraft")),
    (_("Tags"), ("customers_tag",)),
    (_("Conclusions and scores"), ("customers_facts", "customers_circle", "customers_cluster", "customers_fraud",
                                   "customers_activity", "customers_segment")),
    (_("Offers and what became of them"), ("customers_offer", "customers_arbitration", "customers_saidline",
                                           "customers_waitingoffer", "customers_campaign", "customers_contact",
                                           "customers_gifttrial")),
    (_("Consents and wishes not to be called"), ("customers_consent", "customers_donotcall")),
    (_("What each source said"), ("customers_sourcerecord", "customers_recordversion", "customers_field",
                                  "customers_rowerror", "customers_factnote", "customers_importjob", "customers_erasedkey")),
    (_("Who is who: merges and doubtful pairs"), ("customers_decision", "customers_moved", "customers_proposal",
                                                 "customers_mergeaudit")),
    (_("What was asked of us about the person"), ("customers_privacyrequest", "customers_handout", "customers_restriction")),
    (_("Promised callbacks"), ("routing_callback",)),
    (_("Calls and what happened in them"), ("routing_", "telephony_inboundevent", "telephony_awaitedcaller",
                                            "telephony_voiceline", "event_log")),
    (_("Surveys and answers"), ("ivr_survey",)),
    (_("Paths through the menus"), ("ivr_",)),
    (_("Who looked, and what was done"), ("foundation_auditentry", "accounts_reveal")),
    (_("Exchange with other systems"), ("telephony_", "foundation_idempotencykey")),
    (_("People of ours who dealt with it"), ("accounts_", "console_")),
    (_("Settings and knowledge of the house"), ("customers_", "foundation_", "django_")),
)  # fmt: skip


def kind_of_data(table: str) -> str:
    """What stands in a table, in words; the table's own name where nobody has said."""
    return next((str(word) for word, beginnings in _DATA if table.startswith(beginnings)), table)


def kinds_of_data(rows: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts by table as counts by what stands there, in the order of the page of a customer."""
    order = [str(word) for word, _beginnings in _DATA]
    told: dict[str, int] = {}
    for table, count in rows.items():
        word = kind_of_data(table)
        told[word] = told.get(word, 0) + count
    return sorted(told.items(), key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[0]))
