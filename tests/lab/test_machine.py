"""What the computers that boot are made from."""
import os
import threading

import machine as M


def test_two_that_want_the_same_image_make_it_once(tmp_path, monkeypatch):
    """Lanes that run beside each other begin with the same Debian: two debootstraps in one folder made neither."""
    made, meet = [], threading.Barrier(2)

    def make_image(path, tree, need, suite, more):
        made.append(path)
        os.mkdir(tree)  # another one at work there fails here
        threading.Event().wait(0.5)
        os.rmdir(tree)
        open(path, "w").close()

    def want():
        meet.wait()
        got.append(M.base_image([]))

    got = []
    monkeypatch.setattr(M, "CACHE", str(tmp_path / "nspawn"))
    monkeypatch.setattr(M, "make_image", make_image)
    both = [threading.Thread(target=want) for _ in range(2)]
    for t in both:
        t.start()
    for t in both:
        t.join()
    assert len(made) == 1 and got == made * 2
