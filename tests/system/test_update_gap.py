"""How long a computer is without a guard while another release takes over.  A bound in wall time: not beside other checks."""
from test_update import tls  # noqa: F401
from test_update_agent import LIFECYCLE, START, STOP, kind, next_version, site  # noqa: F401


def lifecycle(site, after):
    return [(e["activity_id"], e["time"]) for e in site.scene.agent.events(after) if kind(e, LIFECYCLE) and e["activity_id"] in (START, STOP)]


def test_a_release_is_taken_without_a_gap(site):
    version, before = next_version(site), site.scene.agent.status()["journal"]["last"]
    keeper = int((site.state / "lock").read_text())
    site.release(version)
    s = site.now()
    assert site.current() == version == site.answers() and s["agent"]["version"] == version and s["result"] == "applied"
    assert int((site.state / "lock").read_text()) == keeper, "the service's main process is the same"
    times = lifecycle(site, before)
    stop, start = (next(t for a, t in times if a == which) for which in (STOP, START))
    print(f"without a guard: {(start - stop) / 1000:.2f} s")
    assert 0 <= start - stop <= 2000
    assert [h["act"] for h in site.history() if h["kind"] == "agent"][-1] == "applied"
