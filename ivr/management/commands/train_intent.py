"""manage.py train_intent [--card FILE]: learn the reasons of calls from those written down."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from callcenter.foundation.clock import db_now
from ivr.intent.operations import UnableToLearn, train


class Command(BaseCommand):
    help = "Learn the reasons of calls; the model is used if it beats every baseline on calls it has not seen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--card", default="", help="write how good it is into this file, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number, card = train(now=db_now())
        except UnableToLearn as refused:
            raise CommandError(refused.sentence) from refused
        if options["card"]:
            Path(options["card"]).write_text(json.dumps(card.as_json(), indent=1) + "\n", "utf-8")
        verdict = "in use from now on" if card.beats_baselines else "not used: a plain baseline is as good"
        self.stdout.write(
            f"Model {number}: log loss {card.log_loss:.3f} (constant {card.constant:.3f}, own history"
            f" {card.own_history:.3f}, option {card.rule:.3f}); {verdict}."
        )
