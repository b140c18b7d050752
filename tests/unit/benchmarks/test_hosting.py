"""What the host does to a measurement is seen, said, and not taken for ours."""

from __future__ import annotations

import os
import signal
import time
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


def _undisturbed(rig: Any) -> tuple[Any, Any, str]:
    return bench_sip._undisturbed(rig, count=1, rate=1)


def test_a_run_in_the_hosts_way_is_set_aside_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = iter(
        bench_sip._Run(seen=[name], cost=f"cost of {name}", host=host)  # type: ignore[list-item]
        for name, host in (("first", Host(taken=0.3)), ("second", Host(taken=0.01)))
    )
    rig: Any = object()
    monkeypatch.setattr(bench_sip, "_weighed", lambda *_, **__: next(runs))
    monkeypatch.setattr(bench_sip, "_settle", lambda _: None)
    monkeypatch.setattr(bench_sip, "_times_ms", lambda _, seen: [700.0] if seen == ["first"] else [7.0])
    seen, set_aside, said = _undisturbed(rig)
    assert (seen, set_aside) == (["second"], ["first"])
    assert said.startswith("cost of second; the host took 1%")
    assert "set aside: p99 700 ms while the host took 30%" in said


def test_what_the_host_never_leaves_alone_counts_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rig: Any = object()
    run = bench_sip._Run(seen=["one"], cost="", host=Host(taken=0.4))  # type: ignore[list-item]
    monkeypatch.setattr(bench_sip, "_weighed", lambda *_, **__: run)
    monkeypatch.setattr(bench_sip, "_settle", lambda _: None)
    monkeypatch.setattr(bench_sip, "_times_ms", lambda *_: [900.0])
    seen, set_aside, said = _undisturbed(rig)
    assert (seen, set_aside) == (["one"], ["one", "one"])
    assert said.count("set aside") == 2
