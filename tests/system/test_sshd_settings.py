"""What the survey says of the SSH server's settings, against `sshd -T` of the real one (Debian's package, unpacked and never
installed, in a mount namespace)."""
import json
import os
import re

import pytest

import firewalls as F
import lab as L

NAMES = ("PasswordAuthentication", "KbdInteractiveAuthentication", "UsePAM", "PermitRootLogin", "PermitEmptyPasswords", "MaxAuthTries", "AuthenticationMethods")
DEBIAN = "Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem sftp /usr/lib/openssh/sftp-server\n"
# name: {file: text}; users of "Match User" are called matched
CONFIGS = {
    "defaults": {"sshd_config": ""},
    "as Debian ships it": {"sshd_config": DEBIAN},
    "snippets in order": {"sshd_config": DEBIAN + "PermitRootLogin yes\n", "sshd_config.d/50-b.conf": "PermitRootLogin yes\nMaxAuthTries 4\n",
                          "sshd_config.d/10-a.conf": "PermitRootLogin no\nPasswordAuthentication no\n", "sshd_config.d/z.conf.off": "MaxAuthTries 1\n",
                          "sshd_config.d/.a.conf": "MaxAuthTries 2\n"},
    "first wins": {"sshd_config": "MaxAuthTries 7\nMaxAuthTries 3\nPermitRootLogin without-password\nPermitRootLogin yes\n"},
    "an Include at the end": {"sshd_config": "PasswordAuthentication no\nInclude sshd_config.d/*.conf\n", "sshd_config.d/x.conf": "PasswordAuthentication yes\nUsePAM yes\n"},
    "case, equals, quotes, comments": {"sshd_config": "  passwordAUTHENTICATION=no # not now\nMaxAuthTries \"9\"\nPermitRootLogin = 'forced-commands-only'\n#PermitEmptyPasswords yes\nChallengeResponseAuthentication no\n"},
    "a Match": {"sshd_config": "PasswordAuthentication no\nMatch User matched\n  PasswordAuthentication yes\n  PermitRootLogin yes\n  MaxAuthTries 12\n"},
    "a Match that shuts": {"sshd_config": "Match User matched\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"},
    "Match all": {"sshd_config": "PasswordAuthentication yes\nMaxAuthTries 3\nMatch User matched\nMaxAuthTries 9\nMatch all\nPasswordAuthentication no\nMaxAuthTries 5\nPermitEmptyPasswords yes\n"},
    "a Match that ends with its file": {"sshd_config": "Include sshd_config.d/*.conf\nPasswordAuthentication no\nPermitRootLogin yes\n",
                                       "sshd_config.d/m.conf": "Match User matched\nPermitRootLogin no\n"},
    "an Include in a Match": {"sshd_config": "Match User matched\nInclude sshd_config.d/*.conf\nMatch all\nMaxAuthTries 2\n", "sshd_config.d/m.conf": "PasswordAuthentication no\nMaxAuthTries 8\n"},
    "methods": {"sshd_config": "AuthenticationMethods publickey,password publickey,keyboard-interactive\nPermitEmptyPasswords yes\n"},
    "empty passwords": {"sshd_config": "PermitEmptyPasswords yes\nUsePAM no\nPasswordAuthentication yes\n"},
    "several patterns": {"sshd_config": "Include sshd_config.d/b*.conf sshd_config.d/a*.conf sshd_config.d/none-*.conf\n", "sshd_config.d/a1.conf": "MaxAuthTries 5\nUsePAM yes\n",
                         "sshd_config.d/b2.conf": "PermitRootLogin no\n", "sshd_config.d/b1.conf": "PermitRootLogin yes\nMaxAuthTries 4\n"},
}


@pytest.fixture(scope="module")
def host():
    try:
        L.need("lab/survey_root")
    except L.LabError as e:
        pytest.skip(str(e))
    why = F.unpack()
    if why:
        pytest.skip(f"the packages are {why}")
    with F.Host(()) as h:
        yield h


def settings(text):
    """sshd -T prints "name value", names in lower case."""
    got = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    out = {n: got.get(n.lower(), "any") for n in NAMES}
    out["PermitRootLogin"] = out["PermitRootLogin"].replace("without-password", "prohibit-password")
    return out


def password(s):
    """A password alone is enough, by what sshd itself says."""
    asks = s["PasswordAuthentication"] == "yes" or (s["KbdInteractiveAuthentication"] == "yes" and s["UsePAM"] == "yes")
    lists = s["AuthenticationMethods"].split()
    return asks and any(all(m in ("any", "password", "keyboard-interactive") for m in x.split(",")) for x in lists)


@pytest.mark.parametrize("name", CONFIGS)
def test_as_sshd_takes_it(host, name):
    folder = os.path.join(host.dir, "ssh")
    for file, text in CONFIGS[name].items():
        os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
        with open(os.path.join(folder, file), "w") as f:
            f.write(text)
    said = host.sh(f"""grep -q ^sshd: /etc/passwd || echo sshd:x:65500:65534::/run/sshd:/usr/sbin/nologin >>/etc/passwd
        mkdir -p /run/sshd; rm -rf /etc/ssh; cp -r {folder} /etc/ssh; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
        /usr/sbin/sshd -T -C user=nobody,host=a.example,addr=198.51.100.1; echo ----
        /usr/sbin/sshd -T -C user=matched,host=a.example,addr=198.51.100.1; echo ----
        {os.path.join(L.BUILD, 'lab/survey_root')} / ssh""", True)
    L.run("rm", "-rf", folder)
    usual, matched, items = said.stdout.split("----\n")
    usual, matched = settings(usual), settings(matched)
    items = {i["check"]: i for i in map(json.loads, items.splitlines())}
    assert set(items) == {"ssh.password", "ssh.root", "ssh.empty", "ssh.attempts"}
    seen = {}
    for i in items.values():
        seen.update(re.findall(r"(?:: |, )([A-Z]\w+) (.+?)(?= \(|, [A-Z]|$)", i["evidence"]))
    for n in NAMES:
        assert seen[n] == usual[n], f"{n}: {seen[n]} is told, sshd takes {usual[n]}"
    state = {k: i["state"] for k, i in items.items()}
    assert state["ssh.password"] == ("unmet" if password(usual) else "partly" if password(matched) else "met")
    root = usual["PermitRootLogin"] == "yes"
    assert state["ssh.root"] == (("unmet" if password(usual) else "partly") if root else "partly" if matched["PermitRootLogin"] == "yes" else "met")
    tries = [int(s["MaxAuthTries"]) for s in (usual, matched)]
    assert state["ssh.attempts"] == ("unmet" if tries[0] > 10 else "partly" if max(tries) > 6 else "met")
    assert (state["ssh.empty"] == "met") == (usual["PermitEmptyPasswords"] == "no")
