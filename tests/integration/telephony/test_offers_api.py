"""An app asks what suits Mrs Chen and says what became of it; a dialler asks the contact policy first."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from customers.models import Consent, Customer, Identifier, Offer, Offering, Tag, TagAssignment, WaitingOffer
from customers.offers import experience
from tests.integration.customers.conftest import offering
from tests.integration.telephony.conftest import Caller, Floor

pytestmark = pytest.mark.django_db
TMF = "/tmf-api"
ADVICE = "/tmf-api/recommendationManagement/v4/queryProductRecommendation"
OUTCOME = "/tmf-api/partyInteractionManagement/v4/partyInteraction"
LEAD = "/tmf-api/salesManagement/v4/salesLead"


@pytest.fixture
def app(floor: Floor) -> Caller:
    experience.forget()
    return floor.caller("catalogue:read", "offers:read", "offers:write", "contact:read", "contact:write")


@pytest.fixture
def fan(db: None) -> Customer:
    now = db_now()
    chen = Customer.objects.create(name="陈美", created_at=now, birth_year=1980, region="广东")
    Identifier.objects.create(customer=chen, kind="phone", value="+8613800138000")
    Consent.objects.create(customer=chen, purpose="marketing", channel="any", state="granted", at=now)
    tag = Tag.objects.create(key="reader", name_en="Reader", name_zh="阅读", layer="hobby")
    TagAssignment.objects.create(customer=chen, tag=tag, origin="manual", at=now)
    offering("reading", "content", "content", 30, suits=["reader"])
    return chen


def sent(app: Caller, method: str, path: str, body: Any = None) -> Any:
    if not path.startswith(TMF):
        return app.ask(method, path, body)
    raw = b"" if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {app.key}"}
    return app.client.generic(method, f"/api{path}", raw, content_type="application/json", headers=headers)


def ask(app: Caller, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = sent(app, method, path, body)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_recommended_refused_and_kept_for_later(app: Caller, fan: Customer) -> None:
    party = [{"id": str(fan.pk)}]
    found = ask(app, "POST", ADVICE, {"relatedParty": party, "reason": "services"})
    assert not Offer.objects.exists()  # asking shows nothing to anybody
    (item,) = found["recommendationItem"]
    assert (item["productOffering"]["id"], item["rule"]) == ("reading", "content")
    outcome = {"relatedParty": party, "recommendation": found["id"], "reason": "services"}
    later = outcome | {"interactionItem": [{"item": {"id": "reading"}, "resolution": "later"}]}
    ask(app, "POST", OUTCOME, later, 201)
    (lead,) = ask(app, "GET", f"{LEAD}?relatedParty.id={fan.pk}")
    assert (lead["status"], lead["productOffering"]["id"]) == ("waiting", "reading")
    no = {"item": {"id": "reading"}, "resolution": "declined"}
    ask(app, "POST", OUTCOME, outcome | {"interactionItem": [no]}, 422)
    ask(app, "POST", OUTCOME, outcome | {"interactionItem": [no | {"reason": "no_need"}]}, 201)
    assert WaitingOffer.objects.get().state == "refused"
    yes = {"item": {"id": "reading"}, "resolution": "accepted"}
    assert ask(app, "POST", OUTCOME, outcome | {"interactionItem": [yes]}, 409)["code"] == "illegal_transition"
    ask(app, "POST", OUTCOME, outcome | {"interactionItem": [yes | {"item": {"id": "plan-1"}}]}, 404)


def test_the_shelf_and_who_qualifies(app: Caller, fan: Customer) -> None:
    shelf = f"{TMF}/productCatalogManagement/v4/productOffering"
    (one,) = ask(app, "GET", shelf)
    assert one == ask(app, "GET", f"{shelf}/reading") and one["productOfferingPrice"][0]["price"]["value"] == "30.00"
    ask(app, "GET", f"{shelf}/nothing", status=404)
    Offering.objects.update(not_for=["reader"])
    items = [{"id": str(n), "productOffering": {"id": code}} for n, code in enumerate(("reading", "gone"))]
    body = {"relatedParty": [{"id": str(fan.pk)}], "productOfferingQualificationItem": items}
    found = ask(app, "POST", f"{TMF}/productOfferingQualification/v4/productOfferingQualification", body)
    assert found["qualificationResult"] == "unqualified"
    reasons = [item["eligibilityUnavailabilityReason"][0]["code"] for item in found["productOfferingQualificationItem"]]
    assert reasons == ["not_against_them", "on_sale"]


def test_an_outage_by_api_closes_the_way_until_it_is_over(app: Caller, fan: Customer) -> None:
    question = {"number": "13800138000", "channel": "WECHAT", "purpose": "MARKETING"}

    def allowed() -> bool:
        return bool(ask(app, "POST", "/contact-checks", {"questions": [question]})["verdicts"][0]["allowed"])

    assert allowed()
    outage = {
        "kind": "outage",
        "region": "广东",
        "source": "nms",
        "external_id": "F-7",
        "expires_at": "2099-01-01T00:00:00Z",
    }
    assert ask(app, "POST", "/circumstances", outage, 422)["code"] == "invalid_field"  # for ever is too long
    outage["expires_at"] = (db_now() + timedelta(days=1)).isoformat()
    made = ask(app, "POST", "/circumstances", outage, 201)["id"]
    assert not allowed()
    ask(app, "POST", f"/circumstances/{made}/end", {})
    assert allowed()


def test_scopes(floor: Floor, fan: Customer) -> None:
    reader = floor.caller("offers:read")
    assert sent(reader, "POST", LEAD, {}).status_code == 403
    assert sent(reader, "GET", f"{TMF}/productCatalogManagement/v4/productOffering").status_code == 403
    assert sent(reader, "GET", f"{LEAD}?relatedParty.id=x").status_code == 422
    assert (
        sent(reader, "POST", ADVICE, {"relatedParty": [{"id": "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f405"}]}).status_code
        == 404
    )
