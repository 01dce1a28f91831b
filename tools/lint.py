#!/usr/bin/python3
"""make lint: everything about the sources that a machine can check.

    tools/lint.py [--only CHECK,...] [--list] [PATH ...]

Each check looks at each file that concerns it; the last line is `N passed, N failed, N skipped`, counted by
check and file.  Exit 0 only when nothing failed and something ran.  All findings stand by area in
build/lint/report.txt.  What cppcheck and clang-tidy said about a file is kept below build/lint/cache, named by
the hash of the tool, its settings, the flags, the file and all headers of ours that it includes.

A size beyond the maximum can be excused in the file that needs it, in one line with a reason:
    /* lint: long-function NAME: reason */      /* lint: long-file: reason */
There is no other list of exceptions.
"""
import argparse
import collections
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(TREE, "build", "lint")
FOLDERS = ("lib", "agent", "console", "updater", "installer", "tests", "tools")
TEXTS = (".c", ".h", ".py", ".md", ".ini", ".yar", ".json", ".service", ".timer", ".html", ".js", ".css", ".sh", ".txt", "")
JOBS, LIMIT = 2, 240              # processes at a time; seconds that one tool may look at one file
FILE_MAX, HEADER_MAX, FUNCTION_MAX = 700, 250, 80
NO_ANSWER = "no answer: "
REASON = 12                       # a reason shorter than this is none

# ---- what is forbidden -------------------------------------------------------
# Exceptions: none.
BANNED = {
    "strcpy": "no bound", "strcat": "no bound", "stpcpy": "no bound", "wcscpy": "no bound", "wcscat": "no bound",
    "strncpy": "may leave no NUL: snprintf or memcpy with a checked length", "strncat": "its bound is not what it seems",
    "sprintf": "no bound: snprintf or buf_addf", "vsprintf": "no bound: vsnprintf", "gets": "no bound",
    "strtok": "hidden state: strtok_r or strcspn", "strdupa": "stack without a bound", "alloca": "stack without a bound",
    "system": "a shell: posix_spawn with an absolute path", "popen": "a shell: posix_spawn with an absolute path",
    "execlp": "searches PATH", "execvp": "searches PATH", "execvpe": "searches PATH", "posix_spawnp": "searches PATH",
    "mktemp": "a race: mkstemp", "tmpnam": "a race: mkstemp", "tempnam": "a race: mkstemp", "tmpfile": "in a folder of everybody",
    "atoi": "no error: strtol and its kin, checked", "atol": "no error", "atoll": "no error", "atof": "no error",
    "rand": "not random", "srand": "not random", "getwd": "no bound", "readdir_r": "broken by design", "vfork": "posix_spawn",
    "asctime": "hidden state", "ctime": "hidden state", "gmtime": "hidden state: gmtime_r", "localtime": "hidden state: localtime_r",
    "inet_ntoa": "hidden state: inet_ntop", "inet_addr": "no error: inet_pton", "gethostbyname": "hidden state: getaddrinfo",
    "setjmp": "unwinding is by goto to one tail", "longjmp": "unwinding is by goto to one tail",
}
SCANS = ("sscanf", "fscanf", "scanf", "vsscanf")

# ---- who may include whom ----------------------------------------------------
SHARED = ("agent/detect/facts.h", "agent/messages.h")  # and all of lib/, with lib/event.h
# Inside the agent the areas meet in SHARED and in roles/ only, but for these edges; each says why.
EDGES = {
    # the file guard answers openers itself: it must count a touch and store a pre-image before the answer
    ("agent/watch/files.h", "agent/detect/trees.h"),
    ("agent/watch/files.h", "agent/respond/vault.h"),
    # the freeze signals only members that the process table knows, and asks it again before each signal
    ("agent/respond/freeze.h", "agent/watch/procs.h"),
    # ... and looks into /proc with the table's own reader that cannot be held up
    ("agent/respond/linux/freeze.c", "agent/watch/procs_os.h"),
}
AREAS = ("watch", "detect", "respond", "report", "control")
LINUX_ONLY = re.compile(r"(linux|bpf|asm|asm-generic|systemd)/.*|seccomp\.h|sys/(fanotify|signalfd|epoll|eventfd|timerfd|inotify|prctl|"
                        r"capability|syscall|sendfile|vfs|xattr|personality|sysinfo|fsuid|pidfd|acl)\.h|sched_ext\.h|mntent\.h|sys/quota\.h")


class Source:
    """One text of ours: lines, and the code without comments and the insides of strings."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(TREE, path), encoding="utf-8", errors="replace") as f:
            self.text = f.read()
        self.lines = self.text.split("\n")
        if self.lines and self.lines[-1] == "":
            self.lines.pop()
        self.is_c = path.endswith((".c", ".h"))
        self._bare = None

    TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    @property
    def bare(self):
        """The code with comments blanked and strings emptied; lines stay where they are."""
        if self._bare is None:
            def blank(m):
                s = m.group(0)
                return s[0] + " " * (len(s) - 2) + s[-1] if s[0] in "\"'" else re.sub(r"[^\n]", " ", s)
            self._bare = self.TOKEN.sub(blank, self.text)
        return self._bare

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, name, quoted) of each include."""
        for n, line in enumerate(self.lines, 1):
            m = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if m:
                yield n, m.group(2), m.group(1) == '"'

    def excused(self, what):
        """The file says why this size is right: `lint: WHAT: reason`."""
        m = re.search(r"/\* lint: " + re.escape(what) + r": (.*?) ?\*/", self.text)
        return bool(m) and len(m.group(1)) >= REASON


class Tree:
    def __init__(self):
        self.sources = {}
        for folder in FOLDERS:
            for base, folders, files in os.walk(os.path.join(TREE, folder)):
                folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
                for f in sorted(files):
                    if f.endswith((".c", ".h")):
                        path = os.path.relpath(os.path.join(base, f), TREE)
                        try:
                            self.sources[path] = Source(path)
                        except FileNotFoundError:
                            pass  # renamed while we looked
        self.flags = compile_flags()

    def c_files(self):
        return [p for p in self.sources if p.endswith(".c")]

    def headers(self):
        return [p for p in self.sources if p.endswith(".h")]

    def closure(self, path):
        """The file and every header of ours that it includes, directly or not."""
        seen, todo = set(), [path]
        while todo:
            p = todo.pop()
            if p in seen or p not in self.sources:
                continue
            seen.add(p)
            for _, name, quoted in self.sources[p].includes():
                if quoted:
                    todo += [name, os.path.normpath(os.path.join(os.path.dirname(p), name))]
        return sorted(seen)

    def flags_of_header(self, path):
        """The flag sets that a header must compile with: neutral ones with both."""
        one = next((f for p, f in sorted(self.flags.items()) if not p.endswith(".bpf.c")), [])
        base = [f for f in one if not f.startswith(("-D_GNU_SOURCE", "-D_POSIX_C_SOURCE", "-D_DEFAULT_SOURCE", "-M", "-O", "-D_FORTIFY"))]
        gnu, posix = ["-D_GNU_SOURCE"], ["-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE"]
        return [base + gnu] if sees_gnu(path) else [base + posix, base + gnu]


def sees_gnu(path):
    """As the Makefile's gnu_flag: Linux and GNU interfaces are allowed there."""
    return "linux/" in path or path.startswith(("agent/roles/", "tests/")) or path == "agent/main.c"


def compile_flags():
    """Flags of each source as make would give them: {source: [flag, ...]}."""
    r = subprocess.run(["make", "-n", "-k", "-B", "--no-print-directory", "V=release", "B=build/lint/none", "programs", "units", "lab", "fuzzers"],
                       cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    flags = {}
    for line in r.stdout.split("\n"):
        m = re.match(r"(gcc|clang) (.*) -c (\S+\.c) -o \S+$", line)
        if m:
            flags[m.group(3)] = m.group(2).replace("'", "").split()
    return flags


# ---- checks of our own: each yields (line, message) ------------------------------
def check_banned(tree, s):
    for m in re.finditer(r"\b(" + "|".join(BANNED) + r")\s*\(", s.bare):
        if s.bare[:m.start()].rstrip(" ")[-2:] != "->" and s.bare[:m.start()][-1:] != ".":
            yield s.line_of(m.start()), f"{m.group(1)}(): {BANNED[m.group(1)]}"
    for m in re.finditer(r"\b(" + "|".join(SCANS) + r")\s*\(", s.bare):
        end = s.bare.find(";", m.start())
        for text in re.findall(r'"((?:\\.|[^"\\\n])*)"', s.text[m.start():end]):
            if re.search(r"%(?!%|\*|\d)(?:hh|h|ll|l|m)?[sS\[]", text.replace("%%", "")):
                yield s.line_of(m.start()), f"{m.group(1)}() stores a string without a width"


def check_header(tree, s):
    """Twice in one unit, and nothing before it: self-contained, guarded, in both flag sets."""
    if not s.path.endswith(".h"):
        return
    for flags in tree.flags_of_header(s.path):
        r = subprocess.run(["gcc", *flags, "-fsyntax-only", "-x", "c", "-"], cwd=TREE, text=True, capture_output=True,
                           input=f'#include "{s.path}"\n#include "{s.path}"\n', timeout=LIMIT)
        if r.returncode:
            first = next((x for x in r.stderr.split("\n") if "error" in x), r.stderr.strip().split("\n")[0])
            where = re.match(r"(.*?):(\d+)", first)
            line = int(where.group(2)) if where and where.group(1) == s.path else 1
            yield line, f"does not stand alone with {' '.join(f for f in flags if 'SOURCE' in f)}: {first}"
            return


def area_of(path):
    parts = path.split("/")
    if parts[0] == "agent" and len(parts) > 2:
        return "agent/" + parts[1]
    return path if parts[0] == "agent" else parts[0]


def may_include(path, name):
    """None, or why this include crosses a layer."""
    a, b = area_of(path), area_of(name)
    if path.startswith("tests/") or a == b or b == "lib" or (path, name) in EDGES:
        return None
    if a == "lib":
        return "lib includes nothing but lib"
    if not a.startswith("agent"):
        return f"{a} includes only itself and lib"
    if not b.startswith("agent"):
        return "the agent includes only itself and lib"
    if b == "agent/cli":
        return "agent/cli is a program of its own"
    if a == "agent/cli":
        return "agent/cli knows lib only"
    if name in SHARED:
        return None
    if path.count("/") == 1 and path.endswith(".h"):
        return "a shared header includes lib and other shared headers only"
    if path == "agent/main.c":
        return None if b == "agent/roles" else "the main file chooses a role; nothing else (see EDGES)"
    if b == "agent/roles":
        return "roles/ is included by the main file only"
    if a == "agent/roles" and b[len("agent/"):] in AREAS:
        return None
    return f"{a} and {b} meet only in the event and facts headers and in roles/ (see EDGES)"


def check_layers(tree, s):
    for n, name, quoted in s.includes():
        if not quoted:
            if LINUX_ONLY.fullmatch(name) and not sees_gnu(s.path):
                yield n, f"<{name}> is Linux's: behind a neutral header, in a linux/ folder"
            continue
        if name not in tree.sources and not name.endswith(".inc"):
            if not os.path.exists(os.path.join(TREE, name)):
                yield n, f'"{name}" is not a path from the top of the tree'
            continue
        why = may_include(s.path, name)
        if why:
            yield n, f'"{name}": {why}'
        if "/linux/" in name and not sees_gnu(s.path):
            yield n, f'"{name}": a linux/ header in neutral code'


def functions(s):
    """(name, first line, last line) of each function; the house style has both braces at the margin."""
    lines = s.bare.split("\n")
    start = None
    for i, line in enumerate(lines):
        if start is None and (line.rstrip() == "{" or re.match(r"[A-Za-z_].*\)\s*\{\s*$", line)):
            first = i
            while line.rstrip() == "{" and first > 0 and lines[first - 1].strip() and not re.match(r"[}#]|.*;\s*$", lines[first - 1]):
                first -= 1
                if re.match(r"[A-Za-z_]", lines[first]):
                    break
            head = " ".join(lines[first:i + 1])
            m = re.search(r"([A-Za-z_]\w*)\s*\(", head)
            if m:
                start = (m.group(1), first + 1)
        elif start is not None and line.startswith("}"):
            yield start[0], start[1], i + 1
            start = None


def check_size(tree, s):
    limit = HEADER_MAX if s.path.endswith(".h") else FILE_MAX
    if len(s.lines) > limit and not s.excused("long-file"):
        yield limit + 1, f"{len(s.lines)} lines, {limit} at most"
    for name, first, last in functions(s):
        if last - first + 1 > FUNCTION_MAX and not s.excused("long-function " + name):
            yield first, f"{name}() has {last - first + 1} lines, {FUNCTION_MAX} at most"


PROTOTYPE = re.compile(r"(?!typedef\b|#|static\b|return\b|\}|_Static_assert\b)[A-Za-z_][\w \t]*[\s*]+\*?(\w+)\s*\((?!\*)")


def check_documented(tree, s):
    """A prototype that another folder uses has a comment directly above it, or above the block of lines it stands in."""
    if not s.path.endswith(".h") or s.path not in tree.crossing:
        return
    bare, depth, covered, inside, statement = s.bare.split("\n"), 0, False, False, ""
    for i, line in enumerate(bare):
        raw = s.lines[i] if i < len(s.lines) else ""
        if not raw.strip():
            covered = False
        elif not line.strip():
            covered = True        # nothing but a comment
        elif depth == 0 and not inside:
            m = PROTOTYPE.match(line)
            end = next((k for k in range(i, min(i + 8, len(bare))) if bare[k].rstrip().endswith(";")), None)
            statement = " ".join(bare[i:end + 1]) if end is not None else ""
            if m and end is not None and "{" not in statement:
                if not covered and "/*" not in " ".join(s.lines[i:end + 1]):
                    yield i + 1, f"{m.group(1)}() crosses a folder and has no comment"
        depth += line.count("{") - line.count("}")
        inside = bool(line.strip()) and not line.rstrip().endswith((";", "{", "}")) and not line.lstrip().startswith("#")


def check_words(tree, s):
    for n, line in enumerate(s.lines, 1):
        m = re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
        if m:
            yield n, f"{m.group(1)}: done, or an issue"
    for m in re.finditer(r"NOLINT\w*(.*)|cppcheck-suppress(.*)", s.text):
        rest = m.group(1) if m.group(1) is not None else m.group(2)
        good = re.match(r"\([\w.,\-* ]+\): *(.*)", rest) if m.group(1) is not None else re.match(r" \[?[\w, ]+\]? *(?:;|//) *(.*)", rest)
        if rest is not None and m.group(0).startswith("NOLINTEND"):
            continue
        if not good or len(good.group(1).replace("*/", "").strip()) < REASON:
            yield s.line_of(m.start()), "a suppression names its check and says why: NOLINT(check): reason, cppcheck-suppress id ; reason"


def machine_paths():
    """Folders that exist on this machine only: the checkout and, unless it is a common one, the folder above."""
    above = os.path.dirname(TREE)
    common = ("/", "/home", "/root", "/tmp", "/opt", "/srv", "/usr/src", "/usr/local/src", "/var/tmp", "/mnt", "/build")
    return [re.compile(re.escape(p) + r"(?![\w.-])") for p in ([TREE] if above in common else [TREE, above])]


def check_paths(tree, s):
    for n, line in enumerate(s.lines, 1):
        if any(p.search(line) for p in tree.machine):
            yield n, "a path of one machine"


# ---- the two programs ------------------------------------------------------------
def cached(name, parts, run):
    """What `run` answers, kept under the hash of everything that it depends on."""
    h = hashlib.sha256()
    for p in parts:
        h.update(p.encode(errors="replace") + b"\0")
    path = os.path.join(OUT, "cache", name, h.hexdigest())
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        pass
    answer = run()
    if not any(message.startswith(NO_ANSWER) for _, _, message in answer):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.{os.getpid()}.new", "w") as f:
            json.dump(answer, f)
        os.rename(f"{path}.{os.getpid()}.new", path)
    return answer


def of_compiler(flags, *starts):
    return [f for f in flags if f.startswith(starts)]


def call(argv):
    try:
        return subprocess.run(argv, cwd=TREE, text=True, capture_output=True, timeout=LIMIT, errors="replace")
    except subprocess.TimeoutExpired:
        return None


CPPCHECK = ["cppcheck", "--enable=warning,portability,performance", "--inline-suppr", "--error-exitcode=3", "--quiet", "--std=c11",
            "--language=c", "--library=posix", "--template={file}:{line}: {id}: {message}",
            "--suppress=missingIncludeSystem",
            # readdir is safe for a stream of one's own, readdir_r is the broken one; users and groups are asked at start-up
            *(f"--suppress={f}Called" for f in ("readdir", "getpwnam", "getpwuid", "getpwent", "getgrnam")),
            # its notion of mmap: takes -1 for a wrong descriptor and each mapping for a leak; clang's unix.Malloc sees real leaks
            "--suppress=invalidFunctionArg", "--suppress=memleak",
            "-D__GNUC__=12", "-D__linux__=1", "-D__x86_64__=1", "--include=build/lint/macros.h"]
# macros of headers that cppcheck does not read, as it needs to see them
MACROS = """#define SEC(x)
#define json_array_foreach(a, i, v) for (i = 0; i < json_array_size(a) && (v = json_array_get(a, i)); i++)
#define json_object_foreach(o, k, v) for (k = json_first(o); k && (v = json_object_get(o, k)); k = json_next(o, k))
"""


def run_cppcheck(tree, path):
    argv = CPPCHECK + of_compiler(tree.flags[path], "-D", "-I") + [path]

    def run():
        r = call(argv)
        if r is None:
            return [[path, 1, f"{NO_ANSWER}not done within {LIMIT} s"]]
        found = [[m.group(1), int(m.group(2)), m.group(3)] for m in re.finditer(r"^(\S+?):(\d+): (.*)$", r.stderr + r.stdout, re.M)]
        return found if found or r.returncode == 0 else [[path, 1, f"{NO_ANSWER}exit status {r.returncode}: {(r.stderr + r.stdout).strip()[:200]}"]]
    return cached("cppcheck", [tree.version["cppcheck"], MACROS, *argv, *(p + tree.sources[p].text for p in tree.closure(path))], run)


def run_tidy(tree, path):
    flags = [f for f in tree.flags[path] if f not in ("-Werror", "-MMD", "-MP", "-g") and not f.startswith(("-O", "-D_FORTIFY"))]
    argv = ["clang-tidy", "--quiet", f"--config-file={tree.config[path]}", path, "--", *flags, "-Wno-unknown-warning-option"]

    def run():
        r = call(argv)
        if r is None:
            return [[path, 1, f"{NO_ANSWER}not done within {LIMIT} s"]]
        found = []
        for m in re.finditer(r"^(\S+?):(\d+):\d+: (?:error|warning): (.*)$", r.stdout, re.M):
            p = os.path.relpath(m.group(1), TREE) if os.path.isabs(m.group(1)) else os.path.normpath(m.group(1))
            found.append([p, int(m.group(2)), m.group(3).replace(",-warnings-as-errors", "")])
        return found if found or r.returncode == 0 else [[path, 1, f"{NO_ANSWER}exit status {r.returncode}: {r.stderr.strip()[:200]}"]]
    with open(tree.config[path]) as f:
        config = f.read()
    return cached("clang-tidy", [tree.version["clang-tidy"], config, *argv, *(p + tree.sources[p].text for p in tree.closure(path))], run)


def tidy_config(path):
    """The nearest .clang-tidy above the file."""
    at = os.path.dirname(os.path.join(TREE, path))
    while not os.path.exists(os.path.join(at, ".clang-tidy")):
        at = os.path.dirname(at)
    return os.path.relpath(os.path.join(at, ".clang-tidy"), TREE)


# ---- all together ------------------------------------------------------------------
OURS = {"banned": check_banned, "header": check_header, "layers": check_layers, "size": check_size,
        "documented": check_documented, "words": check_words, "paths": check_paths}
TOOLS = {"cppcheck": run_cppcheck, "clang-tidy": run_tidy}
ONLY_HEADERS = ("header", "documented")


class Result:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.found = collections.OrderedDict()  # (path, line, check, message) once, also when many units include a header

    def add(self, check, path, findings):
        if findings:
            self.failed += 1
        else:
            self.passed += 1
        for p, line, message in findings:
            self.found[(p, line, check, message)] = None

    def skip(self, what, why):
        self.skipped += 1
        print(f"SKIPPED {what}: {why}")


def other_texts():
    """Texts that are not C: only the paths are looked at."""
    for base, folders, files in os.walk(TREE):
        folders[:] = sorted(f for f in folders if not f.startswith(("__", ".git")) and f not in ("build", ".pytest_cache", "corpus"))
        for f in sorted(files):
            if os.path.splitext(f)[1] in TEXTS and not f.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(base, f), TREE)


def run_ours(tree, names, chosen, result):
    for name in names:
        paths = [p for p in chosen if name not in ONLY_HEADERS or p.endswith(".h")]
        check = OURS[name]
        if name == "paths":
            paths = paths + [p for p in other_texts()]
        with ThreadPoolExecutor(JOBS) as pool:
            def one(p):
                try:
                    s = tree.sources.get(p) or Source(p)
                except FileNotFoundError:
                    return []  # removed while we looked
                return [(p, n, m) for n, m in check(tree, s)]
            for p, found in zip(paths, pool.map(one, paths)):
                result.add(name, p, found)


def run_tools(tree, names, chosen, result):
    jobs = []
    for name in names:
        program = shutil.which(name)
        if program is None:
            result.skip(name, "is not installed (make deps)")
            continue
        tree.version[name] = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        jobs += [(name, p) for p in chosen if p.endswith(".c") and p in tree.flags]
    with ThreadPoolExecutor(JOBS) as pool:
        for (name, p), found in zip(jobs, pool.map(lambda j: TOOLS[j[0]](tree, j[1]), jobs)):
            result.add(name, p, [(a, b, c) for a, b, c in found])


def check_built(tree, chosen, result):
    """A source that no rule of the Makefile compiles is dead, or is not looked at."""
    for p in chosen:
        if p.endswith(".c"):
            result.add("built", p, [] if p in tree.flags else [(p, 1, "no rule of the Makefile compiles it")])


def write_report(result):
    os.makedirs(OUT, exist_ok=True)
    by = collections.defaultdict(list)
    for p, line, check, message in result.found:
        by["/".join(p.split("/")[:2]) if "/" in p and p.split("/")[0] in ("agent", "tests", "console") and p.count("/") > 1 else p.split("/")[0]
           ].append(f"{p}:{line}: {check}: {message}")
    with open(os.path.join(OUT, "report.txt"), "w") as f:
        for area in sorted(by):
            f.write(f"== {area}: {len(by[area])}\n" + "\n".join(sorted(by[area])) + "\n\n")
        f.write(f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped\n")


def main():
    a = argparse.ArgumentParser(description="Checks the sources.")
    a.add_argument("--only", help="checks, comma-separated: built," + ",".join([*OURS, *TOOLS]))
    a.add_argument("--list", action="store_true", help="print the findings sorted by place")
    a.add_argument("paths", nargs="*", help="files or folders; default: everything")
    o = a.parse_args()
    only = o.only.split(",") if o.only else ["built", *OURS, *TOOLS]
    wrong = [x for x in only if x not in ("built", *OURS, *TOOLS)]
    if wrong:
        a.error("no such check: " + ", ".join(wrong))
    tree, result = Tree(), Result()
    tree.version, tree.machine = {}, machine_paths()
    tree.config = {p: tidy_config(p) for p in tree.c_files()}
    tree.crossing = {name for p, s in tree.sources.items() for _, name, quoted in s.includes()
                     if quoted and os.path.dirname(name) != os.path.dirname(p) and not p.startswith("tests/")}
    wanted = [os.path.relpath(os.path.abspath(p), TREE) for p in o.paths]
    chosen = [p for p in sorted(tree.sources) if not wanted or any(p == w or p.startswith(w + "/") for w in wanted)]
    if not tree.flags:
        print("FAILED  make gives no compile command")
        return 1
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, "macros.h"), "w") as f:
        f.write(MACROS)
    if "built" in only:
        check_built(tree, chosen, result)
    run_ours(tree, [x for x in OURS if x in only], chosen, result)
    run_tools(tree, [x for x in TOOLS if x in only], chosen, result)
    for p, line, check, message in sorted(result.found) if o.list else result.found:
        print(f"{p}:{line}: {check}: {message}")
    write_report(result)
    print(f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped")
    return 0 if result.failed == 0 and result.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
