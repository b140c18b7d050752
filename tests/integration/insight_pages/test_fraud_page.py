"""Ada reviews a case; Lin is told to verify and nothing more."""

from __future__ import annotations

import pytest

from callcenter.foundation.clock import db_now
from customers.fraud.operations import watch
from customers.identity.sealed import stored
from customers.models import Customer, FraudCase, Identifier
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


def test_cases_are_shown_with_their_signs_and_decided_with_a_reason() -> None:
    now = db_now()
    someone = Customer.objects.create(name="王五五", created_at=now, birth_year=1970)
    paper = stored("id_document", "440106198001010015")
    Identifier.objects.create(
        customer=someone, kind="id_document", value=paper.value, sealed=paper.sealed, born=paper.born
    )
    watch(now=now)
    case = FraudCase.objects.get()
    ada = client_of("supervisor")
    page = ada.get("/customers/fraud/").content.decode()
    assert "tells another year of birth" in page and "10 years apart" in page
    assert "王**" in page and "王五五" not in page
    assert "4401061980" not in page
    here = f"/customers/fraud/{case.pk}/"
    assert ada.post(here, {"verdict": "clear", "reason": ""}).status_code == 422
    assert ada.post(here, {"verdict": "clear", "reason": "typing error"}).status_code == 302
    page = ada.get("/customers/fraud/").content.decode()
    assert "typing error" in page and "stay silent until they grow stronger" in page
    assert ada.post(here, {"verdict": "clear", "reason": "again"}).status_code == 409
    assert client_of("marketing").get("/customers/fraud/").status_code == 403
