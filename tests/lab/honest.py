"""Honest work with the real programs: what people and their machines do to documents every day.

Each workload is two shell scripts run as the documents' owner in the PC's namespace: `prepare` makes
what was there before (before the agent starts, or unwatched), `work` is what is timed and judged.  In
both, the current folder is the workload's own, $S the source material, $O a scratch folder outside.
"""
import os
import shutil

import docs
import lab as L

SAFE_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"  # the machine may have stand-ins elsewhere
POSTGRES = "/usr/lib/postgresql/15/bin"

# kinds: job = real jobs, churn = thousands of tiny files, opens = nothing but opens, other = judged, not timed
JOB, CHURN, OPENS, OTHER = "job", "churn", "opens", "other"


class Work:
    def __init__(self, name, kind, needs, prepare, work, last=False):
        self.name, self.kind, self.needs, self.prepare, self.work = name, kind, needs.split(), prepare, work
        self.last = last  # it removes or moves a lot: worth its own line in the report

    def missing(self):
        """None, or why it cannot run on this machine."""
        for program in self.needs:
            if shutil.which(program, path=SAFE_PATH + ":" + POSTGRES) is None:
                return f"{program} is not installed"
        return None


DOCS, TREE_, PHOTOS = "cp -a $S/docs .", "cp -a $S/tree .", "cp -a $S/photos ."
EDITOR = r"""/usr/bin/python3 - <<'E'
import os
for d, _, files in os.walk("docs"):
    for f in files:
        p = os.path.join(d, f)
        if p.endswith((".txt", ".csv")):
            data = open(p, "rb").read()
            with open(p + ".tmp~", "wb") as o:
                o.write(data + b"\n# edited\n")
                o.flush(); os.fsync(o.fileno())
            os.rename(p, p + "~"); os.rename(p + ".tmp~", p)
E"""
OFFICE = r"""/usr/bin/python3 - <<'E'
import os, zipfile
for d, _, files in os.walk("docs"):
    for f in files:
        p = os.path.join(d, f)
        if p.endswith((".docx", ".xlsx", ".odt")):
            with zipfile.ZipFile(p) as a, zipfile.ZipFile(p + ".lu", "w", zipfile.ZIP_DEFLATED) as b:
                for i in a.infolist():
                    data = a.read(i)
                    b.writestr(i, data.replace(b"2", b"3") if i.filename.endswith(".xml") and "Types" not in i.filename else data)
            os.replace(p + ".lu", p)
E"""


def office(folder, ending, most, to, into):
    """LibreOffice without a screen; it ends with 0 also when it could not read a file, so the work counts what came out."""
    return (f"find {folder} -name '*.{ending}' -size -60k -print0 | sort -z | head -z -n {most} | xargs -0 "
            f"soffice -env:UserInstallation=file://$O/lo --headless --convert-to {to} --outdir {into} > $O/lo.log 2>&1")


GPG = "gpg --homedir $O/gpg --batch --yes --pinentry-mode loopback --passphrase honest"
BORG = "BORG_BASE_DIR=$O/borg BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_PASSPHRASE=honest borg"
RESTIC = "RESTIC_PASSWORD=honest restic --no-cache -q -r backup"
ROTATE = r"""mkdir -p logs; for i in $(seq 12); do head -c 60000 $S/words > logs/app$i.log; done
printf '"%s/logs/*.log" {\n  copytruncate\n  compress\n  rotate 3\n  size 1\n  nomail\n}\n' "$PWD" > $O/rotate.conf; chmod 600 $O/rotate.conf"""
PG = f"export PATH=$PATH:{POSTGRES}; "
FIND_TEXT = r"find docs -name '*.txt' -o -name '*.csv'"

WORKLOADS = (
    Work("git", CHURN, "git", "true", "git clone -q $S/repo.git r && cd r && git checkout -q old && git checkout -q master && git gc -q && git status -s"),
    Work("untar", CHURN, "tar", "true", "tar xf $S/tree.tar"),
    Work("sed", CHURN, "sed", TREE_, "find tree -type f -print0 | xargs -0 sed -i 's/invoice/INVOICE/g'"),
    Work("zip-tree", CHURN, "zip", TREE_, "zip -qr tree.zip tree"),
    Work("cp", CHURN, "cp", TREE_, "cp -a tree copy"),
    Work("git-status", OPENS, "git", "git clone -q $S/repo.git r && cd r && touch $(git ls-files)", "cd r && git status -s"),
    Work("grep", OPENS, "grep", TREE_, "grep -r zzznothing tree || true"),
    Work("tar-read", OPENS, "tar", TREE_, "tar cf - tree | cat > /dev/null"),
    Work("build", JOB, "gcc make", "cp -a $S/program .", "make -s -C program -j2"),
    Work("zip-docs", JOB, "zip", DOCS, "zip -qr docs.zip docs"),
    Work("sqlite", JOB, "sqlite3", "true", "sqlite3 a.db < $S/insert.sql && sqlite3 a.db 'delete from t where a % 3 = 0; vacuum; pragma integrity_check'"),
    Work("mogrify", JOB, "mogrify", PHOTOS, "mogrify -resize 90% photos/*.jpg"),
    Work("libreoffice", JOB, "soffice", DOCS, office("docs", "docx", 8, "pdf", "pdf") + " && " + office("docs", "xlsx", 4, "ods", "ods") +
         " && test $(ls pdf ods | grep -cE 'pdf$|ods$') = 12"),
    Work("libreoffice-save", OTHER, "soffice", "mkdir save; find $S/docs -name '*.odt' -size -60k -exec cp -p -t save {} +; md5sum save/* > $O/before",
         office("save", "odt", 20, "odt", "save") + " && ! md5sum --quiet -c $O/before > $O/changed 2>&1 && ! grep -v FAILED $O/changed | grep -v WARNING"),
    Work("exiftool", OTHER, "exiftool", PHOTOS, "exiftool -q -overwrite_original -Artist=Yamada photos/*.jpg"),
    Work("tar", OTHER, "tar gzip", DOCS, "tar czf docs.tgz docs && mkdir out && tar xzf docs.tgz -C out && diff -r docs out/docs"),
    Work("unzip", OTHER, "zip unzip", f"{DOCS}; zip -qr docs.zip docs", "unzip -qo docs.zip && unzip -qo docs.zip -d again"),
    Work("7z", OTHER, "7z", DOCS, "7z a -bd -mx=1 docs.7z docs > /dev/null && 7z x -bd -oout docs.7z > /dev/null"),
    Work("7z-password", OTHER, "7z", DOCS, "7z a -bd -mx=1 -phonest -mhe=on docs.7z docs > /dev/null && 7z t -phonest docs.7z > /dev/null"),
    Work("zstd", OTHER, "zstd", TREE_, "zstd -q -r --rm tree && zstd -q -d -r --rm tree", last=True),
    Work("gzip", OTHER, "gzip", TREE_, "gzip -r tree", last=True),
    Work("gunzip", OTHER, "gzip", f"{TREE_}; gzip -r tree", "gunzip -r tree", last=True),
    Work("zip-move", OTHER, "zip", DOCS, "zip -qrm docs.zip docs", last=True),
    Work("tar-remove", OTHER, "tar gzip", DOCS, "tar czf docs.tgz --remove-files docs", last=True),
    Work("rsync", OTHER, "rsync", f"cp -a $S/docs there; cp -a $S/docs from; rm -rf from/経理; {FIND_TEXT.replace('docs', 'from', 1)} | head -20 | "
         "while read -r f; do echo more >> \"$f\"; done", "rsync -a --delete from/ there/ && rsync -a $S/docs/ there/"),
    Work("borg", OTHER, "borg", DOCS, f"{BORG} init -e repokey backup && {BORG} create backup::one docs && touch docs/new && "
         f"{BORG} create backup::two docs && {BORG} delete backup::one && {BORG} compact backup"),
    Work("restic", OTHER, "restic", DOCS, f"{RESTIC} init && {RESTIC} backup docs && echo x > docs/new && {RESTIC} backup docs && "
         f"{RESTIC} forget --keep-last 1 --prune && {RESTIC} check"),
    Work("ffmpeg", OTHER, "ffmpeg", "for i in 1 2 3 4; do cp $S/clip.mp4 clip$i.mp4; done", "for i in 1 2 3 4; do ffmpeg -v error -y -i clip$i.mp4 "
         "-c:v libx264 -preset ultrafast -crf 35 new$i.mp4 && mv new$i.mp4 clip$i.mp4; done"),
    Work("gpg", OTHER, "gpg", f"{DOCS}; mkdir -p -m 700 $O/gpg", f"find docs -name '*.pdf' | head -3 | while read -r f; do {GPG} -c \"$f\"; done; "
         f"find docs -name '*.xlsx' | head -2 | while read -r f; do {GPG} -c \"$f\" && rm \"$f\"; done; gpgconf --homedir $O/gpg --kill all"),
    Work("postgres", OTHER, "initdb pg_ctl pgbench", "true", PG + "initdb -D pg -A trust --no-sync > /dev/null && pg_ctl -s -D pg -o \"-k $O -h ''\" -l $O/pg.log "
         "start && pgbench -h $O -q -i -s 2 postgres 2> /dev/null && pgbench -h $O -t 200 -c 2 postgres > /dev/null 2>&1 && psql -q -h $O postgres -c "
         "'update pgbench_accounts set abalance = 1' -c 'vacuum full' && pg_ctl -s -D pg -m fast stop"),
    Work("dpkg-deb", OTHER, "dpkg-deb", "dpkg-deb -x $S/tool_1.deb root", "dpkg-deb -x $S/tool_2.deb root && dpkg-deb -x $S/tool_2.deb again"),
    Work("compileall", OTHER, "python3", "cp -a $S/python .", "/usr/bin/python3 -m compileall -q python && /usr/bin/python3 -m compileall -q -f python"),
    Work("rm", OTHER, "rm", f"{TREE_}; {DOCS}", "rm -rf tree", last=True),
    Work("logrotate", OTHER, "logrotate", ROTATE, "logrotate -f -s $O/rotate.state $O/rotate.conf && head -c 60000 $S/words > logs/app1.log && "
         "logrotate -f -s $O/rotate.state $O/rotate.conf"),
    Work("vim", OTHER, "vim", DOCS, FIND_TEXT + " | head -25 | while read -r f; do vim -u NONE -es -c 'set backupcopy=no' -c '$s/$/ edited/' -c 'wq' \"$f\" "
         "< /dev/null || true; done; grep -rq ' edited' docs"),
    Work("editor", OTHER, "python3", DOCS, EDITOR),
    Work("office-save", OTHER, "python3", DOCS, OFFICE),
    Work("iconv", OTHER, "iconv", DOCS, FIND_TEXT + " | while read -r f; do iconv -c -f utf-8 -t utf-16 \"$f\" > \"$f.new\" && mv \"$f.new\" \"$f\"; done"),
    Work("mv", OTHER, "mv", DOCS, "mkdir 2022 && mv docs/* 2022/ && mv 2022 保管 && find 保管 -name '*.jpg' | while read -r f; do mv \"$f\" \"${f%.jpg}.jpeg\"; done"),
)

MATERIAL = r"""set -e
export LC_ALL=C.UTF-8 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
/usr/bin/python3 - <<'E'
import os, random
r = random.Random(7)
w = "invoice order delivery customer supplier contract meeting minutes budget forecast the of and for with from".split()
text = lambda n: " ".join(r.choice(w) + (";\n" if r.random() < .1 else "") for _ in range(n))
for i in range(1600):
    d = f"tree/module{i % 60:02d}"; os.makedirs(d, exist_ok=True)
    open(f"{d}/part{i}.txt", "w").write(text(r.randint(100, 900)))
open("words", "w").write(text(20000))
os.makedirs("program")
for i in range(70):
    body = "".join(f"int f{i}_{k}(int a, char *b) {{ for (int i = 0; i < a; i++) b[i] = (char)(b[i] * {k} + i); return printf(\"%s\", b) + a * {k}; }}\n" for k in range(40))
    open(f"program/p{i}.c", "w").write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" + body)
open("program/main.c", "w").write("int main(void) { return 0; }\n")
open("program/Makefile", "w").write("S := $(wildcard *.c)\nprog: $(S:.c=.o)\n\tgcc -o $@ $^\n%.o: %.c\n\tgcc -O1 -c $< -o $@\n")
with open("insert.sql", "w") as f:
    f.write("pragma journal_mode=wal; create table t(a integer primary key, b text, c real);\n")
    for k in range(60):
        f.write("begin;\n" + "".join(f"insert into t(b, c) values('{text(6)}', {r.random()});\n" for _ in range(400)).replace("\n;", ";") + "commit;\n")
os.makedirs("python")
for i in range(150):
    open(f"python/m{i}.py", "w").write("".join(f"def f{k}(a, b={k}):\n    return [a + b * x for x in range({k})]\n" for k in range(60)))
for v in 1, 2:
    for i in range(120):
        d = f"deb{v}/usr/share/tool/{i % 9}"; os.makedirs(d, exist_ok=True)
        open(f"{d}/{i}.dat", "w").write(text(300) + str(v))
    os.makedirs(f"deb{v}/DEBIAN")
    open(f"deb{v}/DEBIAN/control", "w").write(f"Package: tool\nVersion: {v}\nArchitecture: all\nMaintainer: a <a@example.com>\nDescription: tool\n")
E
tar cf tree.tar tree
for v in 1 2; do dpkg-deb -b deb$v tool_$v.deb > /dev/null; done
git init -q -b master repo && cp -a tree repo/ && cd repo && git add -A && git commit -q -m one && git branch old
find tree -name '*[05].txt' -print0 | xargs -0 sed -i 's/order/ORDER/g' && git add -A && git commit -q -m two && cd .. && git clone -q --bare repo repo.git && rm -rf repo
if [ -x /usr/bin/ffmpeg ]; then ffmpeg -v error -f lavfi -i testsrc=duration=4:size=480x360:rate=25 -c:v libx264 -preset ultrafast clip.mp4; fi
"""


class Honest:
    """The source material of one lab, and runs of workloads below a folder."""

    def __init__(self, lab):
        self.lab = lab
        self.mounts = None  # pid whose mount namespace the work runs in
        self.source = os.path.join(lab.work, "source")
        self.scratch = os.path.join(lab.work, "scratch")
        for d in (self.source, self.scratch):
            os.makedirs(d, exist_ok=True)
            os.chown(d, lab.uid, lab.gid)
        manifest = docs.make(os.path.join(self.source, "docs"), 220, seed=11, uid=lab.uid, gid=lab.gid)
        os.unlink(os.path.join(self.source, "docs", docs.MARKER))  # honest work is no attack's target
        photos = os.path.join(self.source, "photos")
        os.makedirs(photos)
        maker = docs.Maker(5)
        for i in range(24):
            with open(os.path.join(photos, f"DSC_{i:04d}.jpg"), "wb") as f:
                f.write(maker.jpeg(500_000))
        for d, _, files in os.walk(photos):
            for x in [d] + [os.path.join(d, f) for f in files]:
                os.chown(x, lab.uid, lab.gid)
        self.documents = len(manifest)
        self._shell("source", MATERIAL, self.source)

    def _shell(self, what, script, cwd, timeout=300, give_up=None):
        scratch = os.path.join(self.scratch, what.replace("/", "_"))
        os.makedirs(scratch, exist_ok=True)
        os.chown(scratch, self.lab.uid, self.lab.gid)
        env = {"S": self.source, "O": scratch, "PATH": SAFE_PATH, "TMPDIR": scratch, "GIT_CONFIG_NOSYSTEM": "1"}
        full = f"set -e; A=$EPOCHREALTIME\n{script}\nB=$EPOCHREALTIME; echo; echo SECONDS $(( ${{B/./}} - ${{A/./}} ))"
        path = os.path.join(scratch, "script")  # a file, as people keep scripts: the command line stays theirs
        with open(path, "w", encoding="utf-8") as f:
            f.write(full)
        status, out = self.lab.call("pc", "/bin/bash", path, user=True, cwd=cwd, env=env, timeout=timeout, give_up=give_up,
                                    mounts=self.mounts)
        mark = out.rfind("SECONDS ")
        seconds = int(out[mark + 8:].split()[0]) / 1e6 if mark >= 0 else None
        return {"status": status, "seconds": seconds, "output": out[:mark if mark >= 0 else None].strip()}

    def prepare(self, work, base, tag=""):
        """The workload's folder below `base`, as it is before."""
        folder = os.path.join(base, work.name + tag)
        os.makedirs(folder)
        os.chown(folder, self.lab.uid, self.lab.gid)
        got = self._shell(work.name + tag, work.prepare, folder)
        if got["status"] != 0:
            raise L.LabError(f"honest {work.name}: prepare: {got['output'][-500:]}")
        return folder

    def run(self, work, folder, tag="", timeout=300, give_up=None):
        return self._shell(work.name + tag, work.work, folder, timeout, give_up)

    def clean(self, work, folder, tag=""):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(os.path.join(self.scratch, work.name + tag), ignore_errors=True)
