"""Zhang San watches films more than others do, and lives where he agreed that we know it; Mrs Chen agreed to nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.errors import Invalid
from customers.activity.concluding import conclude
from customers.activity.operations import forget, take_newest
from customers.imports.models import ImportJob, RowError
from customers.imports.operations import take_in
from customers.insight.manual import remove_tag
from customers.models import Activity, Customer, TagAssignment, TagLog
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
HEAD = "number,day,kind,what,part,times"


def day(back: int) -> str:
    return (NOW.date() - timedelta(days=back)).isoformat()


def take(path: Path) -> ImportJob:
    return take_in(path=path, source="activity", kind="activity", actor="test", now=NOW)


def held(customer: Customer) -> dict[str, str]:
    return dict(TagAssignment.objects.filter(customer=customer).values_list("tag__key", "evidence"))


@pytest.fixture
def days(mrs_chen: Customer, zhang_san: Customer, people: People, tmp_path: Path) -> Path:
    people.consents(zhang_san, purpose="places", channel="any")
    san, chen = "13900139000", "13800138000"
    rows = [f"{san},{day(back)},content,film,,2" for back in (2, 9, 20)]
    rows += [f"{san},{day(3)},content,cooking,,9"]  # on one day only
    rows += [
        f"{chen},{day(back)},content,{what},,4" for back in (2, 9, 20) for what in ("short_video", "health:clinic")
    ]
    for who in (san, chen):
        rows += [f"{who},{day(back)},stay,440106,night,1" for back in range(1, 11)]
        rows += [f"{who},{day(back)},stay,310115,night,1" for back in range(11, 16)]
        rows += [f"{who},{day(back)},stay,440103,work,1" for back in range(1, 9)]
    rows += [
        f"13000000000,{day(1)},content,film,,1",
        f"{san},{day(200)},content,film,,1",
        f"{san},soon,content,film,,1",
    ]
    path = tmp_path / "days.csv"
    path.write_text("\n".join([HEAD, *rows]), "utf-8")
    return path


def test_use_and_stay_become_tags_with_evidence_only_where_allowed(
    days: Path, mrs_chen: Customer, zhang_san: Customer
) -> None:
    done = take(days)
    # health is not even stored; Mrs Chen's places are not either, and no file keeps them
    assert (done.refused, done.unplaced, done.withheld) == (5, 1, 23)
    assert done.checkpoint == done.stored + done.unplaced + done.withheld + done.refused
    assert not RowError.objects.filter(row__icontains="13800138000").exclude(row__icontains="health").exists()
    again = take(days)
    assert (again.stored, again.updated, again.same, again.withheld) == (0, 0, done.stored, 23)
    assert Activity.objects.count() == done.stored
    assert conclude(now=NOW) == (5, 0)
    found = held(zhang_san)
    assert found.pop("film_fan").endswith(" times=6 days=3")
    assert found == {"home:440106": "nights=10", "work:440103": "workdays=8", "roams_home": "elsewhere=5"}
    assert list(held(mrs_chen)) == ["likes:short_video"]
    assert conclude(now=NOW) == (0, 0)


def test_a_withdrawn_consent_takes_days_and_places_away_and_a_hand_keeps_a_tag_off(
    days: Path, people: People, zhang_san: Customer
) -> None:
    take(days)
    conclude(now=NOW)
    remove_tag(customer_id=zhang_san.pk, key="film_fan", why="gave it up", actor="user:1", now=NOW)
    zhang_san.consents.update(state="refused")
    assert forget(now=NOW) == 23
    assert conclude(now=NOW) == (0, 3)
    assert not held(zhang_san)
    removed = TagLog.objects.filter(customer=zhang_san, act="removed", origin="model")
    assert set(removed.values_list("tag__key", flat=True)) == {"home:440106", "work:440103", "roams_home"}


def test_the_folder_is_emptied_and_another_file_refused(days: Path, tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "activity").mkdir()
    days.rename(tmp_path / "activity" / "days.csv")
    assert take_newest(now=NOW) > 0
    assert take_newest(now=NOW) == 0
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(Invalid):
        take(other)
    (tmp_path / "activity" / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    assert take_newest(now=NOW) == 0  # and the night goes on
    assert [path.name for path in (tmp_path / "activity").iterdir()] == ["other.csv.refused"]
