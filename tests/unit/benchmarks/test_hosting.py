"""What the host does to a measurement is seen, said, and not taken for ours."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from benchmarks import bench_sip, hosting
from benchmarks.hosting import Host


def test_a_time_in_which_nothing_ran_is_seen() -> None:
    with hosting.watched() as host:
        [watch] = [child for child in psutil.Process(os.getpid()).children() if "benchmarks.hosting" in child.cmdline()]
        watch.send_signal(signal.SIGSTOP)  # as a host does to all at once
        time.sleep(0.3)
        watch.send_signal(signal.SIGCONT)
        time.sleep(0.1)
    assert host.still_ms >= 250
    assert host.is_in_the_way
    assert 0 <= host.taken < 1


@pytest.mark.parametrize(
    ("host", "is_in_the_way"), [(Host(), False), (Host(taken=0.05), True), (Host(still_ms=100), True)]
)
def test_it_is_in_the_way_by_time_taken_or_by_standing_still(host: Host, is_in_the_way: bool) -> None:
    assert host.is_in_the_way is is_in_the_way


def _runs(monkeypatch: pytest.MonkeyPatch, hosts: dict[str, Host]) -> tuple[str, list[str]]:
    """The run that counts, and those set aside, where each next run meets the next host."""
    names, met = iter(hosts), iter(hosts.values())

    @contextlib.contextmanager
    def watched() -> Iterator[Host]:
        yield next(met)

    monkeypatch.setattr(hosting, "watched", watched)
    best, others = hosting.least_disturbed(lambda: next(names))
    return best.seen, [run.seen for run in others]


def test_a_run_in_the_hosts_way_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = {"first": Host(taken=0.3), "second": Host(taken=0.01), "never": Host()}
    assert _runs(monkeypatch, hosts) == ("second", ["first"])


def test_where_the_host_never_leaves_it_alone_the_least_disturbed_run_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = {
        "much": Host(taken=0.4),
        "least": Host(still_ms=150),
        "still": Host(taken=0.06, still_ms=300),
        "never": Host(),
    }
    assert _runs(monkeypatch, hosts) == ("least", ["much", "still"])


def test_what_was_set_aside_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rig: Any = object()
    of: dict[str, Any] = {name: [name] for name in ("first", "second")}
    first, second = (bench_sip._Run(seen=seen, cost=f"cost of {name}") for name, seen in of.items())
    runs = hosting.Run(seen=second, host=Host(taken=0.01)), [hosting.Run(seen=first, host=Host(taken=0.3))]
    monkeypatch.setattr(hosting, "least_disturbed", lambda *_, **__: runs)
    monkeypatch.setattr(bench_sip, "_times_ms", lambda _, seen: [700.0] if seen == ["first"] else [7.0])
    seen, set_aside, said = bench_sip._undisturbed(rig, count=1, rate=1)
    assert (seen, set_aside) == (of["second"], of["first"])
    assert said.startswith("cost of second; the host took 1%")
    assert "set aside: p99 700 ms while the host took 30%" in said
