"""What the menus and surveys keep of calls whose caller asked to be erased: the work, and nothing of the person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from ivr.models import (
    CallFacts,
    IntentPrediction,
    PathEvent,
    QuarantinedEvent,
    SurveyAnswer,
    SurveyInvitation,
    SurveyTask,
)


def forget(*, calls: Collection[UUID]) -> dict[str, int]:
    """Words, numbers typed, what was concluded of the caller and what tells their calls as one person's; rows by table."""
    words = SurveyAnswer.objects.filter(invitation__call__in=calls).exclude(text="").delete()[0]
    surveys = SurveyInvitation.objects.filter(call__in=calls).update(comment="", caller=None)
    SurveyTask.objects.filter(invitation__call__in=calls).exclude(note="").update(note="–")
    # what was typed may be an account number; a single key is a choice, and the way through the menus stays
    typed = PathEvent.objects.filter(session__in=calls).exclude(key__regex="^.?$").update(key="")
    details = PathEvent.objects.filter(session__in=calls).exclude(detail={}).update(detail={})
    counts = {
        "ivr_surveyanswer": words,
        "ivr_surveyinvitation": surveys,
        "ivr_pathevent": typed + details,
        "ivr_callfacts": CallFacts.objects.filter(call__in=calls).update(caller=None, tags=[]),
        "ivr_intentprediction": IntentPrediction.objects.filter(call__in=calls).delete()[0],
        "ivr_quarantinedevent": QuarantinedEvent.objects.filter(call__in=calls).delete()[0],
    }
    return {table: count for table, count in counts.items() if count}
