"""The agent's roles and the lab's user enter the checkout under accounts of their own.  Below a folder that only
root may enter - /root itself - they could not: then the program that calls this is started once more where, in a
mount namespace of its own, the same tree lies at a place that everybody can reach."""
import os
import sys

PLACE = "/run/mimamori-lab-tree"
SCRIPT = 'mount --bind "$1" "$2" && cd "$3" && shift 3 && exec "$@"'


def hidden(tree):
    """Some folder on the way to `tree` may not be entered by everybody."""
    while tree != "/":
        if not os.stat(tree).st_mode & 1:
            return True
        tree = os.path.dirname(tree)
    return False


def make_reachable(tree):
    """Returns when the tree can be reached, or is nothing that we could change; else starts the program anew."""
    if os.geteuid() != 0 or not hidden(tree):
        return
    os.makedirs(PLACE, mode=0o755, exist_ok=True)
    program = os.path.join(PLACE, os.path.relpath(os.path.abspath(sys.argv[0]), tree))
    here = os.path.relpath(os.getcwd(), tree)
    cwd = PLACE if here.startswith("..") else os.path.normpath(os.path.join(PLACE, here))
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", SCRIPT, "sh", tree, PLACE, cwd,
                          sys.executable, program, *sys.argv[1:]])
