"""Which server a domain lives on, as the environment says it."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from callcenter import env
from callcenter.foundation.domains import lives_here, own_domain

NORTH, SOUTH = "postgresql://db1/zhiyin", "postgresql://db2/zhiyin"


def test_pairs_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAIN_DATABASES", f" north={NORTH}?host=/run  south={SOUTH} ")
    assert env.pairs("DOMAIN_DATABASES") == {"north": f"{NORTH}?host=/run", "south": SOUTH}
    monkeypatch.delenv("DOMAIN_DATABASES")
    assert env.pairs("DOMAIN_DATABASES") == {}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("north", "'north' without a value"),
        ("north= south=x", "'north' without a value"),
        ("=x", "'' without a value"),
        ("north=a north=b", "'north' twice"),
    ],
)
def test_what_cannot_be_read_says_what_fits(monkeypatch: pytest.MonkeyPatch, written: str, sentence: str) -> None:
    monkeypatch.setenv("DOMAIN_DATABASES", written)
    with pytest.raises(env.WrongSetting, match=sentence):
        env.pairs("DOMAIN_DATABASES")


@pytest.mark.parametrize(
    ("own", "domain", "here"),
    [
        ("north", "north", True),
        ("north", "east", True),  # on the same server
        ("north", "south", False),
        ("north", "main", False),  # on DATABASE_URL
        ("", "main", True),
        ("", "north", False),
        ("west", "main", True),  # neither is named: both on DATABASE_URL
    ],
)
def test_who_lives_here(settings: Settings, own: str, domain: str, here: bool) -> None:
    settings.ROUTING_DOMAIN = own
    settings.DOMAIN_DATABASES = {"north": NORTH, "east": NORTH, "south": SOUTH}
    assert lives_here(domain) is here
    assert own_domain() == (own or "main")
