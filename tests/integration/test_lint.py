"""The lint finds what it is for: a small tree with one planted fault each, and one without any."""
import os
import shutil
import subprocess
import sys

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAKEFILE = """
%.o:
\tgcc -std=c11 -I. $(FLAGS_$*) -c $*.c -o $@
all programs units lab fuzzers: lib/a.o agent/detect/d.o agent/watch/linux/w.o agent/cli/c.o
lib/a.o: FLAGS = -D_POSIX_C_SOURCE=200809L
"""
GOOD = {
    "Makefile": MAKEFILE,
    "lib/a.h": "#ifndef A_H\n#define A_H\n\n/* The answer. */\nint a_answer(int of);\n\n#endif\n",
    "lib/a.c": '#include "lib/a.h"\n\nint a_answer(int of)\n{\n    return of + 1; /* strcpy(a, b) in words; "gets(" too */\n}\n',
    "agent/detect/facts.h": "#ifndef F_H\n#define F_H\nstruct facts { int n; };\n#endif\n",
    "agent/detect/d.c": '#include "agent/detect/facts.h"\n#include "lib/a.h"\n\nint d(struct facts *f);\nint d(struct facts *f)\n{\n    return a_answer(f->n);\n}\n',
    "agent/watch/linux/w.c": '#include <sys/signalfd.h>\n\n#include "agent/detect/facts.h"\n\nint w(const char *s);\nint w(const char *s)\n{\n    return s != 0;\n}\n',
    "agent/cli/c.c": '#include "lib/a.h"\n\nint c(void);\nint c(void)\n{\n    return a_answer(1);\n}\n',
}
LONG = "int l(int x);\nint l(int x)\n{\n" + "    x++;\n" * 90 + "    return x;\n}\n"
# what is planted: (file, text that replaces the file or, with +, is added, check, words of the finding)
FAULTS = [
    ("lib/a.c", "+void x(char *d);\nvoid x(char *d)\n{\n    strcpy(d, \"b\");\n}\n", "banned", "strcpy"),
    ("lib/a.c", "+void x(void);\nvoid x(void)\n{\n    system(\"ls\");\n}\n", "banned", "system"),
    ("lib/a.c", "+#include <stdio.h>\nint x(const char *s, char *d);\nint x(const char *s, char *d)\n{\n    return sscanf(s, \"%d %s\", (int *)0, d);\n}\n",
     "banned", "without a width"),
    ("lib/a.h", "#ifndef A_H\n#define A_H\n/* The answer. */\nint a_answer(uint32_t of);\n#endif\n", "header", "does not stand alone"),
    ("lib/a.h", "/* The answer. */\nint a_answer(int of);\nstruct twice { int n; };\n", "header", "does not stand alone"),
    ("agent/detect/facts.h", "#ifndef F_H\n#define F_H\n#include <stdio.h>\nstruct facts { int n; cookie_io_functions_t gnu; };\n#endif\n", "header", "POSIX"),
    ("lib/a.c", '+#include "agent/detect/facts.h"\n', "layers", "lib includes nothing but lib"),
    ("agent/cli/c.c", '+#include "agent/detect/facts.h"\n', "layers", "agent/cli"),
    ("agent/detect/d.c", '+#include "agent/watch/linux/w.h"\n', "layers", "meet only"),
    ("agent/detect/d.c", "+#include <sys/fanotify.h>\n", "layers", "Linux"),
    ("agent/detect/d.c", "+#include <linux/types.h>\n", "layers", "Linux"),
    ("lib/a.c", "+" + LONG, "size", "lines, 80 at most"),
    ("lib/a.c", "+/* lint: long-function l: short */\n" + LONG, "size", "lines, 80 at most"),
    ("lib/a.c", "+" + "\n" * 700, "size", "700 at most"),
    ("lib/a.h", "#ifndef A_H\n#define A_H\n\nint a_answer(int of);\n\n#endif\n", "documented", "a_answer"),
    ("lib/a.c", "+/* TODO more */\n", "words", "TODO"),
    ("lib/a.c", "+int y; // NOLINT\n", "words", "suppression"),
    ("lib/a.c", "+/* cppcheck-suppress memleak */\n", "words", "suppression"),
    ("lib/b.c", "int b;\n", "built", "no rule"),
]


def lint(top, files, *args):
    for name, text in {"agent/watch/linux/w.h": "#ifndef W_H\n#define W_H\n#endif\n", **files}.items():
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    os.makedirs(os.path.join(top, "tools"), exist_ok=True)
    shutil.copy(os.path.join(TREE, "tools", "lint.py"), os.path.join(top, "tools"))
    shutil.copy(os.path.join(TREE, ".clang-tidy"), top)
    return subprocess.run([sys.executable, os.path.join(top, "tools", "lint.py"), *args], stdout=subprocess.PIPE, text=True, timeout=120)


OWN = "built,banned,header,layers,size,documented,words,paths"


def test_good_tree_passes(tmp_path):
    r = lint(tmp_path, GOOD, "--only", OWN)
    assert r.returncode == 0 and ", 0 failed, 0 skipped" in r.stdout, r.stdout


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f[2]}-{f[0]}-{f[3]}")
def test_fault_is_found(tmp_path, fault):
    name, text, check, words = fault
    old = GOOD.get(name, "")
    r = lint(tmp_path, {**GOOD, name: old + text[1:] if text[0] == "+" else text}, "--only", check)
    assert r.returncode == 1, r.stdout
    assert any(x.startswith(name + ":") and f": {check}: " in x and words in x for x in r.stdout.split("\n")), r.stdout


def test_path_of_this_machine_is_found(tmp_path):
    r = lint(tmp_path, {**GOOD, "README.md": f"see {tmp_path}/x\n"}, "--only", "paths")
    assert r.returncode == 1 and "README.md:1: paths" in r.stdout


def test_reasoned_size_is_excused(tmp_path):
    text = GOOD["lib/a.c"] + "/* lint: long-function l: one table, one row for each call of the kernel */\n" + LONG
    assert lint(tmp_path, {**GOOD, "lib/a.c": text}, "--only", "size").returncode == 0


@pytest.mark.parametrize("tool, body, words", [
    ("cppcheck", "    char b[4];\n\n    b[7] = (char)of;\n    return b[0];\n", "arrayIndexOutOfBounds"),
    ("clang-tidy", "    int *p = 0;\n\n    return of ? *p : 0;\n", "NullDereference"),
])
def test_the_analysers_are_asked_and_a_header_outdates_what_they_said(tmp_path, tool, body, words):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    assert lint(tmp_path, GOOD, "--only", tool).returncode == 0
    r = lint(tmp_path, {**GOOD, "lib/a.c": '#include "lib/a.h"\n\nint a_answer(int of)\n{\n' + body + "}\n"}, "--only", tool)
    assert r.returncode == 1 and words in r.stdout, r.stdout
    kept = len(os.listdir(tmp_path / "build" / "lint" / "cache" / tool))
    lint(tmp_path, {}, "--only", tool)
    assert len(os.listdir(tmp_path / "build" / "lint" / "cache" / tool)) == kept
    lint(tmp_path, {"lib/a.h": GOOD["lib/a.h"] + "/* more */\n"}, "--only", tool)
    assert len(os.listdir(tmp_path / "build" / "lint" / "cache" / tool)) == kept + 3
