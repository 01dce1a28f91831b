"""Packs and releases as the provider's desk makes them, small ones: archives, and what metadata says about them."""
import hashlib
import io
import json
import subprocess
import tarfile

RULE = """rule {name}
{{
    meta:
        title_ja = "試験用の規則"
        title_en = "Rule of a test"
        severity = "low"
        response = "observe"
        attack = "T1059"
        reference = "https://attack.mitre.org/techniques/T1059/"
    strings:
        $a = "{word}"
    condition:
        $a
}}
"""


def sample(rule, word):
    facts = {"process_name": "true", "process_path": "/bin/true"}
    return json.dumps([{"rule": rule, "expect": "match", "facts": dict(facts, process_cmdline=f"/bin/true {word}")},
                       {"rule": rule, "expect": "no-match", "facts": dict(facts, process_cmdline="/bin/true")}])


def pack_files(version, minimum="0.1.0", more=None):
    """{path: bytes} of a rule pack with one rule, which is compiled in a blink."""
    word = f"mimamori-lab-{version}"
    files = {"process/lab.yar": RULE.format(name="lab_word", word=word).encode(), "process/samples/lab.json": sample("lab_word", word).encode()}
    files.update(more or {})
    manifest = {"name": "mimamori", "version": version, "minimum_agent": minimum, "files": [
        {"path": p, "sha256": hashlib.sha256(b).hexdigest(), "family": p.split("/")[0], "kind": "sample" if p.endswith(".json") else "source"} for p, b in sorted(files.items()) if "/" in p]}
    return {"manifest.json": json.dumps(manifest, indent=1).encode(), **files}


def tar(files, executable=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for path, content in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o755 if path in executable else 0o644
            t.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def custom(kind, version, content, **more):
    return {"kind": kind, "version": version, "content": {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}, **more}
