"""The option of the picture is plain JSON that the chart library can draw: one name a node, no circle, true totals."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from callcenter.floor.charts import GREEN, PURPLE, VERMILLION, colour, sankey
from ivr.paths.store import CallRow
from tests.unit.ivr.test_counting import CALM, WALKS, unroll, walk


def option_of(walks: list[CallRow]) -> dict[str, Any]:
    places, ways = unroll(walks)
    option = sankey(
        places,
        ways,
        name=lambda node: "Menu",  # all alike: labels may repeat
        kind=lambda node: "menu",
        step="Step {0}",
        calls="{0} calls",
        description="Ways of 3 calls.",
    )
    back: dict[str, Any] = json.loads(json.dumps(option))
    return back


@CALM
@given(WALKS)
def test_names_are_unique_and_every_link_goes_one_step_on(walks: list[CallRow]) -> None:
    series = option_of(walks)["series"][0]

    names = [node["name"] for node in series["data"]]
    depth = {node["name"]: node["depth"] for node in series["data"]}
    assert len(names) == len(set(names))
    for link in series["links"]:
        assert depth[link["target"]] == depth[link["source"]] + 1
        assert link["value"] > 0


def test_a_path_that_runs_in_circles_is_drawn_as_a_row_of_steps() -> None:
    series = option_of([walk("mama")])["series"][0]

    assert [node["name"] for node in series["data"]] == ["1:m", "2:a", "3:m", "4:a", "5:~hangup"]
    assert series["data"][0]["tip"] == "Step 1 · Menu\n1 calls"


def test_tooltips_are_drawn_as_text_and_the_picture_is_told_to_those_who_do_not_see_it() -> None:
    option = option_of([walk("ma")])

    assert option["tooltip"]["renderMode"] == "richText"
    assert option["aria"]["label"]["description"] == "Ways of 3 calls."
    assert option["aria"]["decal"]["show"] is True


def test_ends_have_the_colours_of_what_they_mean() -> None:
    assert colour("~hangup", "") == VERMILLION
    assert colour("balance", "task") == colour("~task", "") == GREEN
    assert colour("queue_billing", "transfer") == colour("~agent", "") == PURPLE
