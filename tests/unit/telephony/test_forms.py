"""What is taken at once is what DRF would have taken, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from callcenter.telephony import batches, fields, requests, surveys, wire

FORMS = (wire.ReportForm, batches.StepForm, surveys.AnswerForm, requests.ArrivalForm, requests.TransferForm)
RIGHT: dict[type[fields.Form], dict[str, Any]] = {
    wire.ReportForm: {
        "type": "hangup", "at": "2026-11-23T10:00:00.123Z", "external_id": "1-22@10.0.0.7", "seq": 4, "by": "caller",
        "sip_code": 200, "boot": "b1", "heard_18x": True, "reservation": None, "calls": ["a", "b"],
    },
    batches.StepForm: {"t": "2026-11-23T10:00:00Z", "kind": "key", "node": "", "key": "1", "seq": None, "detail": {"a": 1}},
    requests.ArrivalForm: {"external_id": "1-22@10.0.0.7", "from": "+8613800000000", "to": "10000", "queue": None},
    requests.TransferForm: {"queue": "care"},
}  # fmt: skip


def _by_drf(form: type[fields.Form], item: Any) -> tuple[str, Any]:
    return _outcome(lambda: serializers.Serializer.run_validation(fields.form_of(form), item))


def _outcome(judge: Any) -> tuple[str, Any]:
    try:
        return "taken", dict(judge())
    except serializers.ValidationError as wrong:
        return "refused", wrong.detail


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 700), st.just(2**63), st.floats(allow_nan=False), st.text(max_size=6),
    st.sampled_from(
        ["", " ", "x ", " x", "a\nb", "\x00", "\ud800", "\u3000", "x" * 200, "hangup", "voice", "in", "caller", "out", "200",
         "2026-11-23T10:00:00Z", "2026-02-30T10:00:00Z", "2026-11-23T10:00:00", "9999-12-31T23:59:59-23:59"]
    ),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_at_once_or_not_the_outcome_is_the_same(form: type[fields.Form], data: st.DataObject) -> None:
    names = [*fields.form_of(form).fields, "unheard_of"]
    item = {**RIGHT.get(form, {}), **data.draw(st.dictionaries(st.sampled_from(names), _VALUES, max_size=5))}
    for name in data.draw(st.sets(st.sampled_from(names), max_size=2)):
        item.pop(name, None)
    assert _outcome(lambda: fields.form_of(form).run_validation(item)) == _by_drf(form, item)


@pytest.mark.parametrize(("form", "item"), RIGHT.items())
def test_what_plainly_is_right_is_taken_at_once(form: type[fields.Form], item: dict[str, Any]) -> None:
    taken = fields.form_of(form)._taken_at_once(item)
    assert taken.items() >= {name: taken[name] for name in item}.items()
    assert ("taken", dict(taken)) == _by_drf(form, item)


def test_each_item_has_defaults_of_its_own() -> None:
    form, item = fields.form_of(requests.ArrivalForm), {"external_id": "a"}
    assert form.run_validation(item)["attributes"] is not form.run_validation(item)["attributes"]


@pytest.mark.parametrize("item", [None, [], "x", 7])
def test_what_is_no_object_is_refused_in_drfs_words(item: Any) -> None:
    assert _outcome(lambda: fields.form_of(wire.ReportForm).run_validation(item)) == _by_drf(wire.ReportForm, item)


def test_a_form_that_judges_a_field_by_itself_leaves_all_to_drf() -> None:
    class Judging(fields.Request):
        name = fields.Word(max_length=5)

        def validate_name(self, name: str) -> str:
            return name.upper()

    form = fields.form_of(Judging)
    with pytest.raises(fields._NotPlain):
        form._taken_at_once({"name": "abc"})
    assert form.run_validation({"name": "abc"}) == {"name": "ABC"}
