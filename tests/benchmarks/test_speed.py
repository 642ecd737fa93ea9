"""The bars on speed, measured as the committed commands do. Ratios within one run, since machines are noisy."""

from __future__ import annotations

import pytest

import zoo
from studies.plugin_overhead import plugin_overhead
from studies.session_overhead import MOST_RATIO, MOST_US, session_overhead
from studies.startup import startup_ratios

ATTEMPTS = 3  # a neighbour's burst must not fail a build; a real regression fails every time


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_a_session_adds_next_to_nothing(runtime: str) -> None:
    pack = zoo.get_pack("lenet5.mnist")
    for _ in range(ATTEMPTS):
        bare, session = session_overhead(pack, runtime)
        if session - bare <= max(MOST_RATIO * bare, MOST_US):
            return
    pytest.fail(f"{runtime}: {session:.2f} us through the session, {bare:.2f} us bare")


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(600)
def test_commands_start_fast() -> None:
    for _ in range(ATTEMPTS):
        slow = [(command, ratio, bar) for command, _, ratio, bar in startup_ratios(repeats=5) if ratio > bar]
        if not slow:
            return
    pytest.fail(f"above the bar: {slow}")


@pytest.mark.slow
@pytest.mark.alone
def test_ten_plugins_cost_little_when_things_are_listed() -> None:
    ratios = []
    for _ in range(ATTEMPTS):
        without, with_plugins = plugin_overhead(repeats=7)
        ratios.append(with_plugins / without)
        if ratios[-1] <= 1.3:
            return
    pytest.fail(f"zoo list with ten plugins takes {ratios} times as long as without")
