"""The contract of what queues are set to, of simulations and of the pairing record."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.lines import COMMANDS, EVERYWHERE, PLAIN_COMMANDS, READS, Json, Operation
from callcenter.telephony.shapes import Shape, moment, one_of, word


class ChangedShape(Shape):
    name = word("Of the setting.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class QueueSettingsAnswer(Shape):
    queue = word()
    settings = serializers.JSONField(help_text="Everything the queue is set to; members are not settings.")
    number = serializers.IntegerField(help_text="Of the version that holds; 0 = none is kept yet.")
    version = serializers.IntegerField(help_text="Made of the content: for If-Match.")


class VersionShape(Shape):
    number = serializers.IntegerField()
    at = moment(null=False)
    by = word()
    why = word()
    changed = ChangedShape(many=True)


class QueueVersionsAnswer(Shape):
    queue = word()
    versions = VersionShape(many=True)


class SegmentShape(Shape):
    name = word("`all`, `queue:KEY` or `type:NAME`.")
    now = serializers.DictField(help_text="As settings stand: offered, abandoned, mean_s, p50_s, p95_s, level_20.")
    then = serializers.DictField(help_text="As they would be.")


class SimulationShape(Shape):
    id = serializers.IntegerField()
    queue = word()
    state = one_of(("asked", "running", "done", "failed"))
    done = serializers.FloatField(help_text="0–1.")
    asked_at = moment(null=False)
    days = serializers.IntegerField()
    calls = serializers.IntegerField()
    trouble = word("Why it could not be played.")
    changed = ChangedShape(many=True)
    segments = SegmentShape(many=True)


class SimulationAnswer(Shape):
    simulation = SimulationShape()


class ProofShape(Shape):
    """On against off."""

    days = serializers.IntegerField()
    on = serializers.FloatField(allow_null=True)
    off = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    verdict = one_of(("more", "less", "not_yet"))


class DecidedShape(Shape):
    mode = word()
    fallback = word()
    count = serializers.IntegerField()


class PairingQueueShape(Shape):
    queue = word()
    on_now = serializers.BooleanField()
    trouble = word("Why it goes by rules just now.")
    breached = serializers.ListField(child=word(), help_text="Guardrails that are worse when on.")
    resolved = ProofShape()
    wait_s = ProofShape()
    left = ProofShape()
    complaints = ProofShape()
    unevenness = ProofShape()
    decided = DecidedShape(many=True)


class PairingReportAnswer(Shape):
    queues = PairingQueueShape(many=True)


class PairingCycleAnswer(Shape):
    block_min = serializers.IntegerField()
    queues = serializers.DictField(
        child=serializers.ListField(child=serializers.BooleanField()), help_text="Queue → on or off, block by block."
    )

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {"from": moment("Midnight of today, in the site's zone.", null=False)} | super().get_fields()


SETTINGS: Json = {
    "queue": "billing",
    "settings": {"required": {"any": [{"skill": "billing", "at_least": 3}, {"trait": "retention"}]}, "target_s": 20},
    "number": 4,
    "version": 37088179218565,
}
CHANGED: Json = {"name": "target_s", "before": 20, "after": 30}
FIGURES: Json = {
    "offered": 9120, "abandoned": 0.041, "mean_s": 38.2, "p50_s": 21.0, "p95_s": 141.0, "level_20": 0.71,
}  # fmt: skip
ASKED: Json = {
    "id": 12, "queue": "billing", "state": "asked", "done": 0.0, "asked_at": "2026-03-04T05:06:07.089Z", "days": 7,
    "calls": 0, "trouble": "", "changed": [CHANGED], "segments": [],
}  # fmt: skip
PROOF: Json = {
    "days": 12, "on": 0.742, "off": 0.731, "difference": 0.011, "low": -0.004, "high": 0.026, "verdict": "not_yet",
}  # fmt: skip
PAIRED: Json = {
    "queue": "billing", "on_now": True, "trouble": "", "breached": [], "resolved": PROOF, "wait_s": PROOF, "left": PROOF,
    "complaints": PROOF, "unevenness": PROOF, "decided": [{"mode": "paired", "fallback": "", "count": 410}],
}  # fmt: skip

QUEUES: dict[str, Operation] = {
    "queue_settings": Operation(
        tag="queues",
        summary="All a queue is set to",
        description=(
            "`required` and `preferred` are conditions: `{skill: least level}`, or a tree of `skill`, `trait`, `team`,"
            " `agent`, `all`, `any`, `not`. `hours` are `[weekday, opens, closes]`, Monday 0."
        ),
        answers={200: (QueueSettingsAnswer, SETTINGS)},
        problems=READS,
    ),
    "queue_settings_set": Operation(
        tag="queues",
        summary="Change what a queue is set to, whole or in part",
        description="Kept as a version with who and why; the next decision goes by it. Refused whole where one setting is.",
        answers={200: (QueueSettingsAnswer, SETTINGS)},
        problems=COMMANDS,
        example={"settings": {"target_s": 30}, "why": "Holiday season."},
        repeatable=True,
        conditional=True,
    ),
    "queue_versions": Operation(
        tag="queues",
        summary="What a queue was set to, newest first",
        answers={
            200: (
                QueueVersionsAnswer,
                {
                    "queue": "billing",
                    "versions": [
                        {
                            "number": 4,
                            "at": "2026-03-04T05:06:07.089Z",
                            "by": "user:3",
                            "why": "Holiday season.",
                            "changed": [CHANGED],
                        }
                    ],
                },
            )
        },
        problems=READS,
    ),
    "simulation_asked": Operation(
        tag="queues",
        summary="Have the last days played with other settings",
        description="Changes nothing. A worker plays them beside the settings that hold; ask for the result by its id.",
        answers={202: (SimulationAnswer, {"simulation": ASKED})},
        problems=PLAIN_COMMANDS,
        example={"queue": "billing", "settings": {"target_s": 30}, "days": 7},
        repeatable=True,
    ),
    "simulation": Operation(
        tag="queues",
        summary="How far a simulation is, and what came of it",
        answers={
            200: (
                SimulationAnswer,
                {
                    "simulation": ASKED
                    | {
                        "state": "done",
                        "done": 1.0,
                        "calls": 9120,
                        "segments": [{"name": "all", "now": FIGURES, "then": FIGURES | {"mean_s": 31.9}}],
                    }
                },
            )
        },
        problems=READS,
    ),
    "pairing_report": Operation(
        tag="queues",
        summary="What paired queues come to: on against off, with intervals and guardrails",
        answers={200: (PairingReportAnswer, {"queues": [PAIRED]})},
        problems=EVERYWHERE,
    ),
    "pairing_cycle": Operation(
        tag="queues",
        summary="Today's plan of pairing on and off, fixed in advance",
        answers={
            200: (
                PairingCycleAnswer,
                {
                    "from": "2026-03-03T16:00:00.000Z",
                    "block_min": 30,
                    "queues": {"billing": [True, False, False, True]},
                },
            )
        },
        problems=EVERYWHERE,
    ),
}
