"""The customers room's tables, by sub-room."""

from customers.catalogue.models import Holding, Offering, UsageMonth, UsagePool
from customers.identity.models import Customer, Identifier, Relationship
from customers.insight.models import Tag, TagAssignment
from customers.offers.models import Consent, Contact, ContactRules, Decision, DoNotCall, Offer, Script, ScriptVersion
from customers.timeline.models import Interaction

__all__ = [
    "Consent",
    "Contact",
    "ContactRules",
    "Decision",
    "Customer",
    "DoNotCall",
    "Holding",
    "Identifier",
    "Interaction",
    "Offer",
    "Offering",
    "Relationship",
    "Script",
    "ScriptVersion",
    "Tag",
    "TagAssignment",
    "UsageMonth",
    "UsagePool",
]
