"""Identifiers and records name customers who are there: asked once a statement, as surely as by a foreign key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from customers.imports.models import SourceRecord
from customers.models import Customer, Identifier
from tests.integration.customers.conftest import NOW

Named = Callable[..., Model]
CHECK = "SET CONSTRAINTS ALL IMMEDIATE"


def customer() -> Customer:
    return Customer.objects.create(name="陈美", created_at=NOW)


def identifier(of: UUID, value: str = "+8613800138000") -> Identifier:
    return Identifier(customer_id=of, kind="phone", value=value)


def record(of: UUID, key: str = "1") -> SourceRecord:
    return SourceRecord(
        source="crm", key=key, customer_id=of, row_no=1, content_hash=b"1" * 16, observed_at=NOW, received_at=NOW
    )


@pytest.mark.django_db
@pytest.mark.parametrize("named", [identifier, record])
def test_nobody_is_named_who_is_not_there(named: Named) -> None:
    chen = customer()
    one = named(chen.pk)
    one.save()
    with pytest.raises(IntegrityError, match="not there"), transaction.atomic():
        named(uuid4(), "other").save()
    with pytest.raises(IntegrityError, match="not there"), transaction.atomic():
        _moved(one, uuid4())
    many = [named(chen.pk, f"x{n}") for n in range(5)] + [named(uuid4(), "y")]
    with pytest.raises(IntegrityError, match="not there"), transaction.atomic():
        type(one)._base_manager.bulk_create(many)
    _moved(one, customer().pk)


def _moved(one: Model, to: UUID) -> None:
    type(one)._base_manager.filter(pk=one.pk).update(customer_id=to)


@pytest.mark.django_db
@pytest.mark.parametrize("named", [identifier, record])
def test_who_is_named_stays_and_who_is_named_no_more_may_go(named: Named) -> None:
    chen = customer()
    one = named(chen.pk)
    one.save()
    with pytest.raises(IntegrityError, match="still name"), transaction.atomic():
        _goes(chen)
    with transaction.atomic():  # in either order, as long as it is right at the end
        _goes(chen, one)
    assert not Customer.objects.exists()


def _goes(customer: Customer, *named: Model) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [customer.pk])
        for one in named:
            one.delete()
        cursor.execute(CHECK)


@pytest.mark.django_db(transaction=True)
def test_who_goes_while_somebody_names_them_goes_or_is_named_but_not_both() -> None:
    chen = customer()
    said: list[str] = []

    def removes() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("DELETE FROM customers_customer WHERE id = %s", [chen.pk])
            said.append("gone")
        except IntegrityError:
            said.append("refused")
        finally:
            connection.close()

    other = threading.Thread(target=removes)
    with transaction.atomic():
        identifier(chen.pk).save()
        other.start()
        other.join(0.3)
        assert other.is_alive(), "it waits for whoever names the customer"
    other.join(20)
    assert said == ["refused"]
    assert Identifier.objects.filter(customer_id=chen.pk).exists() and Customer.objects.filter(pk=chen.pk).exists()
