"""`manage.py create_api_key` makes a key that works, or says in a sentence why not."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from callcenter.accounts.models import ApiKey
from tests.integration.telephony.conftest import Caller, Floor


def test_the_printed_key_works_and_only_its_hash_is_kept(floor: Floor) -> None:
    out = StringIO()
    call_command("create_api_key", "--name=pbx", "--scopes=agents:read", "--trunk=pbx-1", stdout=out)
    text = out.getvalue().strip()
    assert Caller(key=text, client=Client()).get("/agents").status_code == 200
    key = ApiKey.objects.get()
    assert (key.domain, key.trunk, key.scopes) == ("main", "pbx-1", ["agents:read"])
    assert text.rpartition("_")[2] not in str(vars(key))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--scopes=calls:shout", "--trunk=pbx-1"], "calls:shout"),
        (["--scopes=all"], "--domain"),
        (["--scopes=all", "--trunk=nobody"], "pbx-1"),
        (["--scopes=all", "--trunk=pbx-1", "--domain=south"], "main"),
        (["--scopes=all", "--trunk=pbx-1", "--days=400"], "365"),
    ],
)
def test_what_cannot_be_is_said(floor: Floor, options: list[str], word: str) -> None:
    with pytest.raises(CommandError, match=word):
        call_command("create_api_key", "--name=x", *options)
    assert not ApiKey.objects.exists()
