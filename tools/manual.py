#!/usr/bin/python3
"""Manual pages and completions for bash, from what the built programs say of themselves.

    tools/manual.py BIN OUT        OUT/man/manN/PAGE.N and OUT/bash-completion/PROGRAM

Commands, options, keys and exit codes come from --help and --dump-config, which the programs print from their own tables; only
what a table cannot say (what a program is for, its files) stands here.  The same programs give the same bytes.
"""
import os
import re
import subprocess
import sys
import tempfile

CONFIG = ("/etc/mimamori/agent.ini", "settings of this computer, agent.ini(5)")
STATE = ("/var/lib/mimamori", "journal, keys, kept orders")
RELEASES = ("/opt/mimamori", "releases of the agent, and the link current to the one that runs")
# page: (section, what it is, paragraphs, files, see also)
PAGES = {
    "mimamori": (1, "look at and act on the guard of this computer",
                 ["Asks the agent of this computer, which is mimamorid(8), over its local socket. status is for everybody, the rest for root and "
                  "for members of the group mimamori. Texts are in Japanese or English, by the locale or by --lang."],
                 [("/run/mimamori/control.sock", "where the agent listens"), CONFIG], ["mimamorid(8)", "mimamori-update(8)", "agent.ini(5)"]),
    "mimamorid": (8, "endpoint guard against ransomware",
                  ["Watches processes and the opening and changing of documents, stops a program that begins to destroy them, puts every original "
                   "back, cuts the computer off the network when it must, and reports to the console of the security provider. The service "
                   "manager starts it; mimamori-setup(8) installs it."],
                  [CONFIG, ("/usr/share/mimamori/rules", "rules as they were installed"), STATE, RELEASES], ["mimamori(1)", "mimamori-setup(8)", "mimamori-update(8)", "agent.ini(5)"]),
    "mimamori-update": (8, "bring rules and releases of the agent from the provider",
                        ["Takes signed rules and releases from the repository of the provider, checks them, puts them in use, and goes back when they "
                         "do not work. A timer starts it; it works when the agent does not."],
                        [CONFIG, ("/var/lib/mimamori/updates", "what is trusted, what is in use and what was before"), RELEASES], ["mimamorid(8)", "agent.ini(5)"]),
    "mimamori-setup": (8, "install and remove the guard of this computer",
                       ["Makes accounts, settings, identity and service of the agent. A run that was cut off anywhere is gone on with, or taken back, by "
                        "the next one."],
                       [CONFIG, STATE, RELEASES], ["mimamorid(8)", "agent.ini(5)"]),
    "mimamori-console": (1, "console of a security provider",
                         ["The server that agents report to, and the commands of its desk. DIR holds all that it keeps; the service uses "
                          "/var/lib/mimamori-console."],
                         [("DIR/console.ini", "settings of the console")], ["mimamori-publish(1)", "mimamorid(8)"]),
    "mimamori-publish": (1, "sign rules and releases for the agents",
                         ["The desk of a security provider: makes the repository that mimamori-update(8) reads, by the specification of TUF, with keys "
                          "that can stay offline."],
                         [], ["mimamori-console(1)", "mimamori-update(8)"]),
}
OPTION = re.compile(r"(--[a-z][a-z-]*)(?:[ =]([^\s\[\]|-][^\s\[\]]*))?")
WORDS = re.compile(r"[:(] ?([a-z]+(?: [a-z]+)+)\)?$")  # at the end of what is said of an option with a value WORD


def ask(program, *argv):
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    return subprocess.run([program, *argv], env=env, check=True, capture_output=True, text=True, encoding="utf-8").stdout


class Help:
    """What --help says: usage lines, rows below titles, paragraphs."""

    def __init__(self, text):
        self.usage, self.rows, self.paragraphs = [], [], []
        title, open_paragraph = "", False
        for line in text.rstrip("\n").split("\n"):
            where = len(line) - len(line.lstrip())
            word = line.strip()
            usage = re.match(r"(?:[Uu]sage: | {7})(mimamori\S*.*)", line)
            if usage:
                self.usage.append(tuple(re.split(r"\s{2,}", usage[1].strip(), maxsplit=1)) + ("",))
            elif where == 2:
                head, _, rest = re.sub(r" {2,}", "\t", word, count=1).partition("\t")
                self.rows.append([title, f"{head} {rest}", ""] if rest.startswith("[") else [title, head, rest])
            elif where > 2:
                last = self.rows[-1]
                at = 1 if word.startswith("[") and not last[2] else 2  # the usage of a command may go on
                last[at] = (last[at] + " " + word).strip()
            elif word.endswith(":") and " " not in word:
                title = word[:-1]
            elif word and not open_paragraph:
                self.paragraphs.append(word)
            elif word:
                self.paragraphs[-1] += " " + word
            open_paragraph = bool(word) and where == 0 and not usage and not word.endswith((":", "."))

    def verbs(self):
        return [r for r in self.rows if not r[1].startswith("-")]

    def options(self):
        return [r for r in self.rows if r[1].startswith("-")]


# ---- manual pages ----------------------------------------------------------------------------

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def entries(rows):
    return "".join(f".TP\n.B {roff(head)}\n{roff(rest)}\n" for head, rest in rows)


def page(name, section, what, body, version):
    return f'.\\" made by tools/manual.py from the program itself\n.TH {roff(name).upper()} {section} "" "Mimamori {version}"\n.SH NAME\n{roff(name)} \\- {roff(what)}\n{body}'


def described(paragraphs):
    return ".SH DESCRIPTION\n" + ".PP\n".join(roff(p) + "\n" for p in paragraphs)


def see(also):
    links = [".BR " + roff(a).replace("(", " (") for a in also]
    return ".SH SEE ALSO\n" + " ,\n".join(links) + "\n"


def manual(name, h, version):
    section, what, paragraphs, files, also = PAGES[name]
    text = [p for p in h.paragraphs if not p.lower().startswith("exit codes")]
    codes = [p.partition(":")[2].strip() for p in h.paragraphs if p.lower().startswith("exit codes")]
    forms = [(u[0], u[1]) for u in h.usage if u[1]] if not h.rows else []
    body = ".SH SYNOPSIS\n" + ".br\n".join(f".B {roff(u[0])}\n" for u in h.usage)
    body += described(paragraphs + (text if text and not text[0].startswith("Mimamori - ") else text[1:]))
    if forms:
        body += ".SH COMMANDS\n" + entries(forms)
    if h.verbs():
        body += ".SH COMMANDS\n" + entries((r[1], r[2]) for r in h.verbs())
    if h.options():
        body += ".SH OPTIONS\n" + entries((r[1], r[2]) for r in h.options())
    if codes:
        body += ".SH EXIT STATUS\n" + "".join(entries([tuple(c.strip().split(" ", 1))]) for c in re.split(r",\s+(?=\d)", codes[0].rstrip(".")))
    if files:
        body += ".SH FILES\n" + entries(files)
    return page(name, section, what, body + see(also), version)


def settings(dump, version):
    """agent.ini(5): every key with its meaning and its value when nothing is set."""
    body, meaning = described(["Sections in square brackets, key=value below them, comments behind #. What is not there has the value shown here; a key that is "
                               "not known is an error. mimamorid --check-config tells of one; mimamorid --dump-config prints all keys with their values."]), ""
    for line in dump.split("\n"):
        if line.startswith("["):
            body += f".SH {roff(line)}\n"
        elif line.startswith("#"):
            meaning += " " + line[1:].strip()
        elif "=" in line:
            key, value = line.split("=", 1)
            body += f".TP\n.BI {roff(key)}= {roff(value) or chr(92) + '&'}\n{roff(meaning.strip())}\n"
            meaning = ""
    return page("agent.ini", 5, "settings of the Mimamori agent", body + ".SH FILES\n" + entries([CONFIG]) + see(["mimamorid(8)", "mimamori(1)"]), version)


# ---- completion ----------------------------------------------------------------------------------

def values(kind, text):
    """What may follow an option: words, or "FILE"; "" when nobody can say."""
    listed = WORDS.search(text)
    if kind and re.fullmatch(r"[a-z0-9.-]+(\|[a-z0-9.-]+)+", kind):
        return kind.replace("|", " ")
    if kind == "WORD" and listed:
        return listed[1]
    return "FILE" if kind and re.search("FILE|DIR|FOLDER|PATH|BUNDLE|OLD", kind) else "-" if kind else ""


def completion(name, h):
    commands, of_command, follow = {}, {}, {}

    def learn(text, explained=""):
        for option, kind in OPTION.findall(text):
            if values(kind, explained):
                follow.setdefault(option, values(kind, explained))
        return {o for o, _ in OPTION.findall(text)}

    everywhere = set()
    for usage in h.usage:
        everywhere |= learn(usage[0])
    for text in h.paragraphs:
        everywhere |= learn(re.sub(r"(--[a-z-]+)[.,:]", r"\1 ", text).replace(" FILE,", " FILE"))
    for _, head, text in h.options():
        everywhere |= learn(head, text)
    for _, head, _ in h.verbs():
        words = head.split()
        commands.setdefault(words[0], set())
        if len(words) > 1 and re.fullmatch(r"[a-z]+(\|[a-z]+)*", words[1]):
            commands[words[0]] |= set(words[1].split("|"))
        of_command.setdefault(words[0], set()).update(learn(head))
    everywhere |= {"--help", "--version"}
    called = "_" + name.replace("-", "_")
    out = [f"# completion of {name} for bash, made by tools/manual.py from the program itself", f"{called}()", "{",
           '    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} first="" second="" i', "    COMPREPLY=()", "    case $before in"]
    for kind in sorted(set(follow.values())):
        options = "|".join(sorted(o for o in follow if follow[o] == kind))
        act = 'COMPREPLY=($(compgen -f -- "$word"))' if kind == "FILE" else ":" if kind == "-" else f'COMPREPLY=($(compgen -W "{kind}" -- "$word"))'
        out.append(f"    {options}) {act}; return ;;")
    takes = "|".join(sorted(follow))
    out += ["    esac", "    for ((i = 1; i < COMP_CWORD; i++)); do", "        case ${COMP_WORDS[i]} in", *([f"        {takes}) ((i++)) ;;"] if takes else []), "        -*) ;;",
            "        *) if [[ -z $first ]]; then first=${COMP_WORDS[i]}; else second=${COMP_WORDS[i]}; fi ;;", "        esac", "    done",
            "    if [[ $word == -* ]]; then", f'        local options="{" ".join(sorted(everywhere))}"', "        case $first in"]
    out += [f'        {c}) options+=" {" ".join(sorted(o - everywhere))}" ;;' for c, o in sorted(of_command.items()) if o - everywhere]
    out += ["        esac", '        COMPREPLY=($(compgen -W "$options" -- "$word"))']
    if commands:
        out += ["    elif [[ -z $first ]]; then", f'        COMPREPLY=($(compgen -W "{" ".join(sorted(commands))}" -- "$word"))']
    out += [f'    elif [[ $first == {c} && -z $second ]]; then\n        COMPREPLY=($(compgen -W "{" ".join(sorted(w))}" -- "$word"))' for c, w in sorted(commands.items()) if w]
    out += ["    fi", "}", f"complete -o default -F {called} {name}"]
    return "\n".join(out) + "\n"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    bin_dir, out = sys.argv[1:]
    version = ask(os.path.join(bin_dir, "mimamorid"), "--version").split()[1]
    for name, (section, *_) in PAGES.items():
        h = Help(ask(os.path.join(bin_dir, name), "--help"))
        write(f"{out}/man/man{section}/{name}.{section}", manual(name, h, version))
        write(f"{out}/bash-completion/{name}", completion(name, h))
    with tempfile.NamedTemporaryFile() as empty:  # not what this machine has
        dump = ask(os.path.join(bin_dir, "mimamorid"), "--config", empty.name, "--dump-config")
    write(f"{out}/man/man5/agent.ini.5", settings(dump, version))


if __name__ == "__main__":
    main()
