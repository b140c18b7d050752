"""`python -m tests.sip.desk CALL`: the agent who serves this Call-ID ends the talk at the desk."""

from __future__ import annotations

import sys

import django


def main() -> None:
    django.setup()
    import routing.queries
    from callcenter import hall
    from callcenter.foundation.clock import db_now

    call = routing.queries.call_by_external(source="pbx", external_id=sys.argv[1])
    assert call is not None
    hall.talk.agent_leg_ended(
        call_id=call.id, reservation_id=None, by="agent", actor="user:1", now=db_now(), on_purpose=True
    )


if __name__ == "__main__":
    main()
