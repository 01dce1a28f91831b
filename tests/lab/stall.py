"""How long the machine itself stood still while something was timed: a bound in wall time allows for that and no more."""
import threading
import time

STEP = 0.01  # s


class Stall:
    """`with Stall() as s: ...`; then s.ms is the longest time by which a sleep of 10 ms was late."""

    def __init__(self):
        self.ms, self._end = 0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._end.is_set():
            before = time.monotonic()
            time.sleep(STEP)
            self.ms = max(self.ms, int((time.monotonic() - before - STEP) * 1000))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
