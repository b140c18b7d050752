"""manage.py publish_survey_form FILE: make a survey form, written as JSON, what is asked from now on."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from callcenter.foundation.clock import db_now
from ivr.surveys.operations import FormInvalid, publish_form


class Command(BaseCommand):
    help = "Publish a survey form. Versions never change; the same form again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="JSON in UTF-8: see docs/satisfaction.md")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            definition = json.loads(Path(options["file"]).read_text("utf-8"))
            form = publish_form(definition=definition, by="command", now=db_now())
        except (OSError, ValueError) as why:
            raise CommandError(f"{options['file']} cannot be read as JSON: {why}") from why
        except FormInvalid as refused:
            raise CommandError("\n".join(refused.facts["faults"])) from refused
        self.stdout.write(f"{form.key}/{form.number} is asked from now on.")
