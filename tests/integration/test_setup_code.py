"""`mimamori-setup --code -`: the code by standard input.  By `doctor`, which changes nothing; what follows is in tests/system/nspawn/test_install.py."""
import os
import pty
import subprocess

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TREE, os.environ.get("B", "build/" + os.environ.get("V", "release")), "bin/mimamori-setup")
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: mimamori-setup is for root")
BAD, NO_CODE = 3, "not an enrolment code"
WRONG = "MM1-PMRHK-IR2EJ"


def doctor(said, *more):
    return subprocess.run([PROGRAM, "--lang", "en", "doctor", "--code", "-", *more], input=said, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("said, words", [
    ("", NO_CODE), ("\n", NO_CODE), ("hello\n", NO_CODE), (f"\n{WRONG}\n", NO_CODE), ("M" * 5000, NO_CODE), ("MM1-\0", NO_CODE), ("-\n", NO_CODE)])
def test_what_is_no_code(said, words):
    p = doctor(said)
    assert p.returncode == BAD and words in p.stdout and not p.stderr, p


def test_what_comes_is_the_code():
    """The same answer as to the code on the command line; blanks, and what follows the line, do not count."""
    on_line = subprocess.run([PROGRAM, "--lang", "en", "doctor", "--code", WRONG], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20)
    assert on_line.returncode == BAD and on_line.stdout
    for said in (WRONG, f"{WRONG}\n", f"  {WRONG} \r\n", f"{WRONG}\nmore\n"):
        p = doctor(said)
        assert (p.returncode, p.stdout, p.stderr) == (BAD, on_line.stdout, ""), said


@pytest.mark.parametrize("lang, verb, words", [("en", "doctor", "Type the enrolment code"), ("ja", "doctor", "登録コードを入力して")])
def test_a_terminal_is_asked(lang, verb, words):
    """On standard error: standard output may be for a program."""
    leader, terminal = pty.openpty()
    p = subprocess.Popen([PROGRAM, "--lang", lang, verb, "--code", "-", "--json"], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(terminal)
    assert words in p.stderr.read(len(words.encode()) + 3).decode(errors="ignore")
    os.write(leader, b"hello\n")
    out, _ = p.communicate(timeout=20)
    os.close(leader)
    assert p.returncode == BAD and words not in out.decode()
