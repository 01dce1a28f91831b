"""Whole-system tests: root, network namespaces, loop mounts.  Each module says why it cannot run."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab"))
import lab as L  # noqa: E402


def pytest_collection_modifyitems(items):
    why = L.can_run()
    built = why
    if why is None:
        try:
            L.need("bin/mimamorid", "bin/mimamori", "bin/mimamori-console", "lab/attack")
        except L.LabError as e:
            built = str(e)
    for item in items:
        reason = why if item.fspath.basename == "test_lab.py" else built
        if reason and "system" in str(item.fspath):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def guarded(scene):
    """The module's scene, its agent knowing nothing of what was done to it before."""
    if scene.used:
        scene.fresh_agent()
    scene.used = True
    return scene


@pytest.fixture(autouse=True, scope="session")
def swept():
    """What a run before us left must not stand in the way."""
    if os.geteuid() == 0:
        L.sweep()
    yield
