"""Mei of marketing looks at circles: whom to begin with, whom not to lose; names are masked, strangers are a number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.foundation.clock import db_now
from customers.circles.operations import draw_talks
from customers.circles.renumbering import Talk
from customers.insight.computing import compute
from customers.models import Circle, Consent, Customer, Identifier
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


def test_circles_are_shown_masked_with_seed_key_and_reasons() -> None:
    mei, now = client_of("marketing"), db_now()
    assert "No circle yet" in mei.get("/customers/circles/").content.decode()
    numbers = [f"+861380000000{n}" for n in range(5)]
    friends = [Customer.objects.create(name="陈美丽", created_at=now - timedelta(days=90)) for _number in numbers[:4]]
    for friend, number in zip(friends, numbers, strict=False):
        Identifier.objects.create(customer=friend, kind="phone", value=number)
    friend = friends[-1]
    Consent.objects.create(customer=friend, purpose="marketing", channel="voice", state="granted", at=now)
    compute(now=now)
    draw_talks(talks=[Talk(a=a, b=b, at=-1) for a in numbers for b in numbers if a != b], actor="test", now=now)
    page = mei.get("/customers/circles/").content.decode()
    assert "4 customers placed" in page
    assert "陈**" in page and "陈美丽" not in page
    ada = client_of("supervisor")
    opened = ada.get("/customers/circles/").content.decode()
    assert opened.count(f'href="/customers/{friend.pk}/"') >= 2, "with whom to begin, and the seed of the circle"
    assert "/customers/" + str(friend.pk) not in page
    circle = Circle.objects.get()
    shown = mei.get(f"/customers/circles/{circle.pk}/").content.decode()
    assert "and 1 other number, of whom nothing is kept" in shown
    assert "Seed" in shown and "Key person" in shown
    assert "+86138" not in shown and str(friend.pk) not in shown  # marketing opens nobody's page
    assert f"/customers/{friend.pk}/" in ada.get(f"/customers/circles/{circle.pk}/").content.decode()
    assert mei.get("/customers/circles/99999/").status_code == 404
    assert client_of("agent").get("/customers/circles/").status_code == 403
