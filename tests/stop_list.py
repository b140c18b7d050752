"""The stop list as a new installation has it: tests that commit empty every table, what migrations filled too."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps

from customers.models import GenericIdentifier


def begun() -> None:
    """Inside the database of a test."""
    if not GenericIdentifier.objects.filter(actor="system").exists():
        import_module("customers.migrations.0048_generic_to_begin_with").begin(apps, None)
