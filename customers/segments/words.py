"""Why a condition is refused, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REFUSED = {
    "too_many": _("A condition may have at most %(about)s parts."),
    "too_deep": _("Conditions may be nested at most %(about)s deep."),
    "no_condition": _("This is no condition: write all, any, not, field or count. %(about)s"),
    "no_list": _("A list of conditions belongs here."),
    "unknown_field": _("No fact is called “%(about)s”."),
    "unknown_op": _("“%(about)s” is no comparison for this fact."),
    "unknown_kind": _("The timeline has no kind “%(about)s”."),
    "unknown_relation": _("People are not related by “%(about)s”: write circle, household, campus or enterprise."),
    "relation_in_relation": _("A relation cannot stand inside a relation."),
    "unknown_key": _("“%(about)s” does not belong into this condition."),
    "no_number": _("Write a number here."),
    "no_pair": _("Write two numbers here: from and to."),
    "no_whole": _("Write a whole number here: %(about)s."),
    "no_bool": _("Write true or false here."),
    "no_text": _("Write at most 120 characters of text here."),
    "no_texts": _("Write a list of 1 to 500 texts here."),
}
