"""What codes of the customers room are called on these pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from callcenter.backoffice.insight_words import INSIGHT_WORDS

WORDS: dict[str, Any] = {
    **INSIGHT_WORDS,
    # fields of a person
    "name": pgettext_lazy("person", "Name"), "title": _("Form of address"), "language": _("Language"), "region": _("Region"),
    "city": _("Region"), "birth": _("Birth date"), "birth_year": _("Year of birth"),
    "since": pgettext_lazy("customer", "Customer since"), "document": _("Id document"),
    "id_document": _("Id document"), "phone": _("Telephone"), "landline": _("Landline"), "email": _("E-mail"),
    "address": pgettext_lazy("field", "Address"),
    "wechat": _("WeChat"), "qq": _("QQ"), "weibo": _("Weibo"), "member": _("Member number"),
    "web": _("Web account"), "openid": _("WeChat openid"), "openid_app": _("App of the openid"), "wecom": _("WeCom"),
    "corp_id": _("Corporation of the WeCom id"), "app": _("App installation"), "app_id": _("App"), "device": _("Device"),
    "broadband": _("Broadband"), "credit_code": _("Credit code"), "kind": _("Kind of customer"),
    "role": _("Role on number and account"), "account": _("Account"), "subscription": _("Subscription"),
    # how two values agree
    "same": _("the same"), "same_shared": _("the same, and shared by many"), "same_sound": _("sounds the same"),
    "surname_and_title": _("surname and title fit"), "surname_sound": _("surname sounds alike"),
    "part_same": _("a part is the same"), "alike": _("a little similar"), "postcode": _("Postcode"),
    "similar": _("similar"), "one_slip": _("one slip of the pen apart"), "differs": _("differs"),
    # why a person must look
    "band": _("The evidence is nearly enough"), "one_per_source": _("Both stand in one source"),
    "ids_differ": _("Two valid id documents differ"), "worst_pair": _("Other records of the two speak against it"),
    "kinds": _("Two kinds of customer"), "size": _("Too many records for one person"), "apart": _("Declared not the same"),
    "renumbered": _("Talks with the same people as an older number"), "same_contacts": _("the same contacts"),
    # what stands for nobody
    "service_number": _("Service number"), "filler": _("Fills a field, says nothing"),
    "machine_address": _("A machine’s address"),
    # money
    "purchase": _("Purchase"), "top_up": _("Top-up"), "payment": _("Payment"), "refund": _("Refund"),
    # imports
    "ready": _("Ready"), "running": _("Running"), "done": _("Done"), "failed": _("Failed"),
    # kinds, states, lifecycle
    "individual": _("Person"), "household": _("Household"), "campus": _("Campus"), "enterprise": _("Enterprise"),
    "active": pgettext_lazy("customer", "Active"), "provisional": _("Provisional"), "restricted": _("Restricted"),
    "granted": _("Granted"), "refused": _("Refused"), "unknown": _("Not known"), "merged": _("Merged"),
    "not_same": _("Not the same"), "later": _("Later"), "gone": _("No longer a pair"),
    "any": pgettext_lazy("channel", "any channel"),
    # how to address somebody, and in which language
    "mr": pgettext_lazy("address", "Mr"), "ms": pgettext_lazy("address", "Ms"), "zh": _("Chinese"), "en": _("English"),
}  # fmt: skip

# Where facts come from, and which job of ours did something.
SOURCES = {
    "crm": _("CRM"), "shop": pgettext_lazy("source", "Shop system"), "billing": pgettext_lazy("source", "Billing"),
    "call": pgettext_lazy("source", "A call"), "person": pgettext_lazy("source", "The person"),
    "web": pgettext_lazy("source", "Web"), "app": pgettext_lazy("source", "App"), "demo": pgettext_lazy("source", "Demo"),
}  # fmt: skip
WORKERS = {
    "system": pgettext_lazy("actor", "As it comes"),
    "rules": pgettext_lazy("actor", "Rules"), "models": pgettext_lazy("actor", "Models"),
    "insight": pgettext_lazy("actor", "Nightly insight"), "nightly": pgettext_lazy("actor", "Nightly run"),
    "linking": pgettext_lazy("actor", "Nightly linking"), "command": pgettext_lazy("actor", "Command line"),
    "folder": pgettext_lazy("actor", "Watched folder"), "pull": pgettext_lazy("actor", "Read-only query"),
}  # fmt: skip
# What facts are counted in.
UNITS = {
    "yuan": _("yuan"), "days": _("days"), "years": pgettext_lazy("unit", "years"), "minutes": _("minutes"),
    "min": _("minutes"), "GB": "GB", "months": _("months"),
}  # fmt: skip

# What the limits of a rule of quality say.
LIMITS = {
    "least": pgettext_lazy("limit", "At least"), "most": pgettext_lazy("limit", "At most"),
    "years": pgettext_lazy("limit", "Years at most"), "days": pgettext_lazy("limit", "Days at most"),
}  # fmt: skip

# What somebody may agree to.
PURPOSES = {
    "marketing": pgettext_lazy("purpose", "Marketing"), "retention": pgettext_lazy("purpose", "Offers to stay"),
    "service": pgettext_lazy("purpose", "Service"), "profiling": pgettext_lazy("purpose", "Conclusions drawn"),
    "places": pgettext_lazy("purpose", "Places"), "circles": pgettext_lazy("purpose", "Circles"),
}  # fmt: skip

# Roles of parties, as the one whose page it is stands to the other, and the other way round.
TIES = {
    "holder": _("Holds the contract of"), "payer": _("Pays for"), "user": _("Uses what is held by"),
    "contact": _("Contact of"), "decision_maker": _("Decides for"), "head": _("Head of"), "member": _("Member of"),
    "student": _("Student at"), "employee": _("Employee of"),
}  # fmt: skip
TIED = {
    "holder": _("Contract held by"), "payer": _("Paid for by"), "user": _("Used by"), "contact": _("Contact"),
    "decision_maker": _("Decided by"), "head": _("Head"), "member": _("Member"), "student": _("Student"),
    "employee": _("Employee"),
}  # fmt: skip

# What a subscription is of, and what somebody is to an account or a subscription.
LINES = {
    "mobile": pgettext_lazy("subscription", "Mobile"), "landline": _("Landline"), "broadband": _("Broadband"),
    "tv": pgettext_lazy("subscription", "Television"), "iot": pgettext_lazy("subscription", "Things"),
}  # fmt: skip
PARTIES = {"holder": _("Holds"), "payer": _("Pays"), "user": _("Uses")}

# What people of a group share.
SHARES = {
    "payer": _("one payer"), "broadband": _("one broadband access"), "landline": _("one landline"),
    "mobile": _("one mobile number"), "address": _("one address"), "surname_address": _("surname and address"),
    "school": _("one school, of its age"), "credit_code": _("one credit code"),
}  # fmt: skip

SEVERITIES = {
    "block": pgettext_lazy("severity", "must be mended"), "warn": pgettext_lazy("severity", "should be looked at"),
    "info": pgettext_lazy("severity", "good to know"),
}  # fmt: skip

GOLDEN = {
    "trusted": _("the most trusted source"), "newest": _("the newest word"), "most_frequent": _("what most sources say"),
    "pinned": _("pinned by hand"), "survivor": _("the one that stays says so"),
    "filled": _("only the other one says anything"), "earliest": _("the earlier day"),
}  # fmt: skip
