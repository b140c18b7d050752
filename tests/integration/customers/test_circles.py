"""A file of calls puts customers into circles and proposes a changed number; nothing of it is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from customers.circles import nightly, queries
from customers.circles.operations import draw
from customers.insight.computing import compute
from customers.models import Circle, CircleMember, CircleRun, Facts, Proposal
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db


def test_customers_are_placed_and_a_changed_number_waits_for_review(
    people: People, tmp_path: Path, settings: Any
) -> None:
    numbers = [f"+861380000000{n}" for n in range(6)]
    friends = [people.customer(f"林{n}", number) for n, number in enumerate(numbers)]
    old, new = people.customer("陈美", "+8613900000001"), people.customer("陈女士", "+8613900000002")
    for friend in friends[:1]:
        people.consents(friend)
    compute(now=NOW)
    calls = ["From,To,At"]
    for day in range(20):
        at = (NOW - timedelta(days=20 - day)).isoformat()
        own = "13900000001" if day < 10 else "13900000002"
        calls += [f"{own},{number},{at}" for number in numbers]
        calls += [f"{numbers[n]},{numbers[(n + 1) % 6]},{at}" for n in range(6)]
    calls += ["nobody,13800000001,yesterday"]
    path = tmp_path / "calls.csv"
    path.write_text("\n".join(calls), "utf-8")
    done = draw(path=path, actor="user:1", now=NOW)
    assert (done.refused, done.circles, done.placed, done.proposed) == (1, 1, 8, 1)
    roles = dict(Facts.objects.exclude(circle=None).values_list("customer_id", "circle_role"))
    assert roles[friends[0].pk] == "seed"
    assert set(roles.values()) == {"seed", "key", "member"}
    proposal = Proposal.objects.get()
    assert {proposal.a_id, proposal.b_id} == {old.pk, new.pk}
    assert (proposal.why, proposal.state) == ("renumbered", "open")
    first = CircleMember.objects.values_list("circle", flat=True).distinct().get()
    assert [one.begins for one in queries.beginners()] == [1]
    assert CircleRun.objects.get().spread["greedy"] >= 1
    assert draw(path=path, actor="user:1", now=NOW).proposed == 0
    assert CircleMember.objects.values_list("circle", flat=True).distinct().get() == first  # it keeps its id
    place = queries.of(customer_id=friends[0].pk)
    assert place is not None and (place.role, place.circle.customers, place.neighbours >= 4) == ("seed", 8, True)
    people.consents(friends[1], purpose="profiling", state="refused")
    assert draw(path=path, actor="user:1", now=NOW).placed == 7  # who refused is a stranger from now on
    assert queries.of(customer_id=friends[1].pk) is None
    compute(now=NOW)
    assert Facts.objects.exclude(circle=None).count() == 7  # the nightly facts leave circles as they are


def test_it_can_be_switched_off_and_another_file_is_refused(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("who,whom\n1,2\n", "utf-8")
    with pytest.raises(Invalid):
        draw(path=path, actor="user:1", now=NOW)
    settings.CIRCLES_ENABLED = False
    with pytest.raises(Conflict):
        draw(path=path, actor="user:1", now=NOW)


def test_at_night_the_newest_file_is_read_once_and_no_call_is_kept(
    people: People, tmp_path: Path, settings: Any
) -> None:
    settings.VAR_DIR = tmp_path
    assert nightly.draw_newest(now=NOW) == 0
    numbers = [f"1380000000{n}" for n in range(4)]
    for number in numbers:
        people.customer("林", f"+86{number}")
    at = (NOW - timedelta(days=2)).isoformat()
    calls = [f"{one},{other},{at}" for one in numbers for other in numbers if one != other]
    hotline = [f"{one},4008001234,{at}" for one in numbers]
    nightly.folder().mkdir()
    (nightly.folder() / "calls.csv").write_text("\n".join(["from,to,at", *calls, *hotline]), "utf-8")
    assert nightly.draw_newest(now=NOW) == 4
    assert Circle.objects.get().numbers == 4  # the hotline belongs to nobody's circle
    assert list(nightly.folder().iterdir()) == []
    assert nightly.draw_newest(now=NOW) == 0
