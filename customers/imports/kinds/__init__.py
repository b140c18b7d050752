"""What the rows of a file are: people, or facts of people who are known already. A kind is one module here."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter.foundation.errors import Invalid
from customers.imports.kinds import activity, contacts, holdings, transactions, usage
from customers.imports.kinds.base import WHO, Kind
from customers.imports.mapping import SYNONYMS, propose

__all__ = ["CODES", "FACTS", "PEOPLE", "WHO", "check", "field_names", "fields", "guessed", "names", "proposed"]
PEOPLE = "people"
FACTS: dict[str, Kind] = {
    one.code: one for one in (contacts.KIND, transactions.KIND, holdings.KIND, usage.KIND, activity.KIND)
}
CODES = (PEOPLE, *FACTS)


def check(code: str) -> str:
    """The kind, as it was told. Raises Invalid for one there is not."""
    if code not in CODES:
        raise Invalid(
            _("There is no kind of rows “%(kind)s”. Kinds are: %(kinds)s.")
            % {"kind": code[:40], "kinds": ", ".join(CODES)},
            field="/kind",
        )
    return code


def fields(code: str) -> tuple[str, ...]:
    """What a column can mean in a file of this kind."""
    return tuple(SYNONYMS) if code == PEOPLE else FACTS[code].fields


def proposed(code: str, header: list[str]) -> dict[str, str]:
    """Which column means what, by its name."""
    return propose(header) if code == PEOPLE else FACTS[code].propose(header)


def guessed(header: list[str]) -> str:
    """The kind whose fields all stand in these columns, else people: whoever is told by name is one."""
    if "name" in propose(header).values():
        return PEOPLE
    found = next((kind for kind in FACTS.values() if not kind.missing(kind.propose(header).values())), None)
    return found.code if found else PEOPLE


def names() -> dict[str, Any]:
    """What each kind is called, in the reader's language when it is shown."""
    return {PEOPLE: gettext_lazy("People"), **{one.code: one.name for one in FACTS.values()}}


def field_names() -> dict[str, Any]:
    """What the fields of facts are called, in the reader's language when they are shown."""
    return {field: name for kind in FACTS.values() for field, name in kind.names.items()}
