"""How far a bad rule pack comes in a fleet of 1,000 (docs/release-desk.md, Health): a few hundred runs of tests/lab/fleet.c in
virtual time, with the decisions of the product.  Bounds leave room for chance: four deviations and more.

    /usr/bin/python3 -m pytest tests/lab/test_fleet.py         (B=build/NAME for another build; the whole table: make fleet)"""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build/" + os.environ.get("V", "release"))
PROGRAM = BUILD / "lab/fleet"
SLOW = BUILD.name in ("asan", "tsan", "debug", "cov")

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built: make lab")


def play(scenario, runs):
    out = subprocess.run([PROGRAM, "--json", "--only", scenario, "--runs", str(runs // 5 if SLOW else runs)], stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout
    return json.loads(out)


def test_a_pack_that_two_percent_go_back_from_does_not_leave_the_canary_ring():
    got = play("2", 250)
    assert got["halted"] == 1 and got["halted_in_canary"] > 0.95, got
    assert got["had_median"] < 250 and got["hours_median"] < 4, got


@pytest.mark.parametrize("scenario, had, hours", [("10", 250, 4), ("100", 120, 2), ("10-100", 100, 80)])
def test_a_worse_one_is_stopped_within_hours(scenario, had, hours):
    got = play(scenario, 60)
    assert got["halted_in_canary"] == 1 and got["had_max"] <= had and got["hours_max"] <= hours, got


def test_a_good_pack_reaches_everybody():
    got = play("good", 120)
    assert got["halted"] < 0.11 and got["waits"] == 0 and got["everywhere"] > 0.89, got
    assert 144 < got["hours_median"] < 9 * 24, "two holds of three days, and what people are away"
    got = play("clean", 60)
    assert got["halted"] < 0.07, got


def test_a_ring_that_is_too_small_proves_nothing_and_spreads_nothing():
    got = play("2-100", 150)
    assert got["left_canary"] == 0 and got["had_max"] == 100 and 0.45 < got["halted"] < 0.75, got
    got = play("good-100", 30)
    assert got["left_canary"] == 0 and got["waits"] > 0.85, got
    got = play("2-200", 120)
    assert got["left_canary"] < 0.07 and 0.7 < got["halted_in_canary"] < 0.97, got


def test_hosts_that_fall_silent():
    got = play("silent-100", 30)
    assert got["halted_in_canary"] == 1 and got["had_max"] == 400 and got["hours_max"] < 5 * 24, got
    got = play("silent-10", 60)
    assert got["halted"] > 0.9 and got["halted_in_canary"] > 0.82, got


def test_holidays_are_no_reason_to_halt():
    got = play("holiday", 60)
    assert got["halted"] < 0.13 and got["everywhere"] > 0.86, got
