"""The processes of a demo, in the order of their start. Stopped in reverse: traffic first, web last."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from callcenter.demo.processes import Child

WEB_WORKERS = 2


def children(*, port: int, addresses: Mapping[str, str], traffic: bool) -> list[Child]:
    """What a call needs. `addresses` is laid over the environment of each: DATABASE_URL, CELERY_BROKER_URL."""
    manage = [sys.executable, "manage.py"]
    # A worker that streams to a browser must not keep the others waiting for ever at a stop.
    web = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        str(WEB_WORKERS),
        "--timeout-graceful-shutdown",
        "3",
        "--no-proxy-headers",  # nobody stands in front: a header must not choose the address that lock-out counts
    ]
    quiet = ["--no-access-log", "--lifespan", "off"]
    listed = [
        _child("web", "web", [sys.executable, "-m", "uvicorn", "callcenter.asgi:application", *web, *quiet], addresses),
        _child("route", "route", [*manage, "route"], addresses),
        _child("relay", "relay", [*manage, "relay"], addresses),
    ]
    if traffic:
        url = ["--url", f"http://127.0.0.1:{port}"]
        listed.append(_child("traffic", "command", [*manage, "live_traffic", *url], addresses))
    return listed


def helpers(*, var: Path, addresses: Mapping[str, str]) -> list[Child]:
    """What works behind the scenes and may start a moment later: no call waits for it."""
    return [
        _child(
            "worker",
            "work",
            [*_celery("worker"), "--concurrency", "1", "--without-gossip", "--without-mingle"],
            addresses,
        ),
        _child("beat", "work", [*_celery("beat"), "--schedule", str(var / "celerybeat-schedule")], addresses),
    ]


def _celery(part: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "callcenter.celery", "--quiet", part, "--loglevel", "WARNING"]


def _child(name: str, kind: str, command: list[str], addresses: Mapping[str, str]) -> Child:
    return Child(name=name, command=command, environment={**addresses, "ZHIYIN_PROCESS": kind})
