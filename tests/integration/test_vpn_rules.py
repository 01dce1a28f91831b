"""The vpn family: recorded-style answers against the identification rules, versions against the advisories.

The patterns run in libyara itself; what is read out of an answer (version, model) runs in the agent: the
answers become samples of a pack that mimamorid --check-rules must accept.  tools/vpn-rules makes the
advisories of the tables, and a provider adds one in a minute."""
import base64
import glob
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "integration"), os.path.join(ROOT, "tests", "lab")]
import gateway_fixtures  # noqa: E402
import test_rules as R  # noqa: E402

VPN = os.path.join(R.RULES, "vpn")
TOOL = os.path.join(ROOT, "tools", "vpn-rules")
TABLES = os.path.join(ROOT, "tools", "vpn")
GENERAL = R.META
ADVISORY = GENERAL | {"cve", "product", "scheme", "fixed", "released"}
IDENTITY = GENERAL | {"product", "name", "scheme", "grade", "ask"}
SOURCES = ("https", "tls", "ssh", "ike", "snmp", "tcp")
# Recorded answers that no rule may stand on: why.
NOT_RECOGNISED = {
    ("watchguard", "ike-12.11.3"): "the form was never recorded on a real box",
    ("panos", "static-etag-2023"): "a site that answers every path would look the same",
}
# ... and what the rules read otherwise than the file says: why.
READ_OTHERWISE = {
    ("ivanti-ics", "hostchecker"): ("9.1R18.1", "SNMP tells build 9527 as 9.1R18.1"),
    ("fortios", "ike-5-build642"): ("", "a line and a build are no version"),
    ("cisco-ftd", "snmp-lina-9.16"): ("", "the version of the code inside is not that of FTD"),
}


def load_tool():
    loader = importlib.machinery.SourceFileLoader("vpn_rules_tool", TOOL)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("vpn_rules_tool", loader))
    loader.exec_module(module)
    return module


MAKER = load_tool()
RULES = R.rules_of("vpn")
SEEN = {n: r[1] for n, r in RULES.items() if "cve" not in r[1]}
JUDGES = {n: r[1] for n, r in RULES.items() if "cve" in r[1]}
PRODUCTS = {h[0]: b for _, h, b in MAKER.blocks(os.path.join(TABLES, "products.ini"))}
FIXTURES = gateway_fixtures.fixtures()
TOLD = [f for f in FIXTURES if f.expect()["product"] and (f.product, f.name) not in NOT_RECOGNISED]


@pytest.fixture(scope="module")
def engine():
    e = R.Engine("vpn")
    assert not e.messages, e.messages
    return e


@pytest.fixture(scope="module")
def checker():
    programs = sorted(glob.glob(os.path.join(ROOT, "build/*/bin/mimamorid")), key=os.path.getmtime)
    program = os.environ.get("MIMAMORID", programs[-1] if programs else "")
    assert program, "mimamorid is not built"
    return lambda folder: subprocess.run([program, "--check-rules", str(folder)], capture_output=True, text=True, timeout=120, check=False)


def facts_of(answer):
    facts = {"vpn_source": answer.source, "vpn_path": answer.path, "vpn_status": answer.status}
    return {k: v for k, v in facts.items() if v}


def recognised(engine, answer):
    return engine.run(facts_of(answer), answer.data)


def judged(engine, product, number, model=""):
    """CVE numbers whose ranges hold a version."""
    found = engine.run({"vpn_product": product, "vpn_version": number, "vpn_model": model}, b"")
    assert all(n in JUDGES for n in found), "a rule that recognises needs bytes"
    return {JUDGES[n]["cve"] for n in found}


def encoded(product, text):
    return MAKER.encode(PRODUCTS[product]["scheme"], text)


# ---- the rules as text --------------------------------------------------------------

def test_meta_of_both_kinds():
    names = {}
    for name, meta in SEEN.items():
        versions = {m for m in meta if re.match(r"(version|model)_", m)}
        assert set(meta) - versions - {"headers", "over"} == IDENTITY, name
        assert meta.get("over", meta["product"]) in PRODUCTS, name
        assert meta["severity"] == "info" and meta["response"] == "observe" and meta["grade"] in ("exact", "table", "product"), name
        assert names.setdefault(meta["product"], meta["name"]) == meta["name"], "two names of one product"
        assert meta["scheme"] == PRODUCTS[meta["product"]]["scheme"], name
        if meta["ask"] != "none":
            assert all(w.split(":")[0] in SOURCES for w in meta["ask"].split(" ")), name
    for name, meta in JUDGES.items():
        assert set(meta) - {"kev", "cvss"} == ADVISORY, name
        assert meta["scheme"] == PRODUCTS[meta["product"]]["scheme"], name
    for name, (_, meta, _) in RULES.items():
        assert re.search(r"[ぁ-んァ-ン一-龠]", meta["title_ja"]), name
        assert meta["reference"].startswith(("https://", "http://")), name


def test_names_are_no_other_familys():
    others = {n for family in R.FAMILIES for n in R.ALL[family]}
    assert not others & set(RULES)


def test_every_gateway_has_both_kinds():
    gateways = {p for p, b in PRODUCTS.items() if b["kind"] == "gateway"}
    assert {m["product"] for m in SEEN.values()} >= gateways
    assert {m["product"] for m in JUDGES.values()} >= gateways


def test_few_questions_to_a_gateway():
    """A gateway is asked what a browser and a client ask; every question goes to every gateway."""
    asks = {w for m in SEEN.values() for w in m["ask"].split(" ") if m["ask"] != "none"}
    assert len([a for a in asks if a.startswith("https:")]) <= 12 and len(asks) <= 24, sorted(asks)
    forbidden = ("url_admin", "/ztp/", "/clients/", "/__extraweb", "/api/", "client_sec", "home.tcl", "/tmui/", "/appGet")
    assert not [a for a in asks if any(f in a for f in forbidden) or ".." in a]


def test_samples_cover_every_rule_twice():
    kinds = {n: [] for n in RULES}
    for path in glob.glob(os.path.join(VPN, "samples/*.json")):
        with open(path, encoding="utf-8") as f:
            for s in json.load(f):
                kinds[s["rule"]].append(s["expect"])
                assert ("identity" in s) == (s["rule"] in SEEN and s["expect"] == "match"), path
    assert not [n for n, k in kinds.items() if k.count("match") < 1 or k.count("no-match") < 2]


# ---- recorded answers ------------------------------------------------------------------

@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f"{f.product}/{f.name}")
def test_product_of_an_answer(engine, fixture):
    found = {SEEN[n]["product"] for a in fixture.answers() for n in recognised(engine, a)}
    if fixture not in TOLD:
        assert not found
    elif fixture.name == "snmp-lina-9.16":
        assert found == {"cisco-ftd", "cisco-asa"}  # its SNMP speaks for the code inside; the certificate decides
    else:
        assert found == {fixture.product}


def wanted(fixture):
    """(version, model) that must be read; the version as a number, None: not told."""
    expect = fixture.expect()
    text = READ_OTHERWISE.get((fixture.product, fixture.name), (expect.get("version", ""),))[0]
    return text, expect.get("model", "")


def best_sample(engine, fixture):
    """The answer that tells most, as a sample with what must be read."""
    rank = {"exact": 3, "table": 2, "product": 1}
    answers = [(max(rank[SEEN[n]["grade"]] for n in names), a, names) for a in fixture.answers()
               for names in [[n for n in recognised(engine, a) if SEEN[n]["product"] == fixture.product]] if names]
    _, answer, names = max(answers, key=lambda x: x[0])
    name = max(names, key=lambda n: rank[SEEN[n]["grade"]])
    version, model = wanted(fixture)
    return {"rule": name, "expect": "match", "facts": facts_of(answer), "data_base64": base64.b64encode(answer.data).decode(),
            "identity": {"product": fixture.product, "version": version, "model": model}}


@pytest.mark.parametrize("fixture", TOLD, ids=lambda f: f"{f.product}/{f.name}")
def test_version_of_an_answer(engine, checker, tmp_path, fixture):
    """The agent itself reads the answer; spelled otherwise is the same when the numbers are."""
    sample = best_sample(engine, fixture)
    identity = sample["identity"]
    rules = tmp_path / "vpn"
    (rules / "samples").mkdir(parents=True)
    for path in glob.glob(os.path.join(VPN, "identify_*.yar")):
        shutil.copy(path, rules)
    for path in glob.glob(os.path.join(VPN, "samples/identify_*.json")):
        shutil.copy(path, rules / "samples")
    spelling = identity["version"]
    for _ in range(2):
        (rules / "samples" / "a_recorded.json").write_text(json.dumps(sample))
        subprocess.run([os.path.join(ROOT, "tools/rules-manifest"), str(tmp_path)], check=True, capture_output=True)
        done = checker(tmp_path)
        if done.returncode == 0:
            break
        read = re.search(r'version "(.*?)" and model "(.*?)" are read', done.stdout)
        assert read, done.stdout
        expect = fixture.expect()
        if "model" in expect:
            assert read.group(2) == expect["model"]
        assert bool(read.group(1)) == bool(spelling), done.stdout
        if spelling:
            build = expect.get("build", "")
            same = {spelling, spelling + " Build " + build, re.sub(r"-0\.0\.[0-9]+$", "", spelling), re.sub(r"[A-Z]$", "", spelling),
                    re.sub(r"R(\d+)$", r".\1." + build, spelling)}
            assert encoded(fixture.product, read.group(1)) in {encoded(fixture.product, t) for t in same if fits(fixture.product, t)}
        identity["version"], identity["model"] = read.group(1), read.group(2)
    assert done.returncode == 0, done.stdout


def fits(product, text):
    try:
        encoded(product, text)
    except MAKER.Trouble:
        return False
    return True


@pytest.mark.parametrize("fixture", [f for f in TOLD if f.expect().get("verdict") and f.expect()["version"]],
                         ids=lambda f: f"{f.product}/{f.name}")
def test_verdict_of_a_told_version(engine, fixture):
    expect = fixture.expect()
    version = re.sub(r"-0\.0\.[0-9]+$|(?<=\d)[A-Z]$", "", expect["version"])
    if fixture.product == "softether":
        version += " Build " + expect["build"]
    found = judged(engine, fixture.product, encoded(fixture.product, version), expect.get("model", ""))
    if expect["verdict"] == "vulnerable":
        assert found
    else:  # fixed against the advisory that the file was chosen for
        assert "CVE-2025-7775" not in found


def test_a_word_of_a_known_page_is_not_enough(engine):
    """Every answer's body, quoted on a page of somebody else, names nobody."""
    for f in TOLD:
        for a in f.answers():
            if a.source != "https":
                continue
            head, _, _ = a.data.partition(b"\r\n\r\n")
            quoted = head.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b"\r\n", b"<br>")
            page = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n\r\n<html><body><pre>" + quoted + b"</pre></body></html>"
            assert not engine.run({"vpn_source": "https", "vpn_path": "/", "vpn_status": 200}, page), f.name


def test_headers_do_not_count_in_the_body(engine):
    """A page that shows a whole head, line ends and all, is no answer of that gateway."""
    for f in TOLD:
        for a in f.answers():
            if a.source == "https" and not a.data.partition(b"\r\n\r\n")[2]:
                page = b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n" + a.data
                assert not engine.run({"vpn_source": "https", "vpn_path": "/", "vpn_status": 200}, page), f.name


# ---- advisories -----------------------------------------------------------------------------

@pytest.mark.parametrize("product,version,model,cve,held", [
    ("fortios", "7.2.4", "", "CVE-2023-27997", True), ("fortios", "7.2.5", "", "CVE-2023-27997", False),
    ("ivanti-ics", "22.7R2.4", "", "CVE-2025-0282", True), ("ivanti-ics", "22.7R2.5", "", "CVE-2025-0282", False),
    ("netscaler", "14.1-8.49", "", "CVE-2023-4966", True), ("netscaler", "14.1-8.50", "", "CVE-2023-4966", False),
    ("zyxel", "5.00", "USG FLEX 100", "CVE-2021-35029", True), ("zyxel", "5.00", "USG60", "CVE-2021-35029", False),
    ("zyxel", "5.00", "ATP100", "CVE-2021-35029", True), ("zyxel", "4.64", "USG60", "CVE-2021-35029", True),
    ("nec-ix", "Ver1.2.15", "IX-R2530", "CVE-2024-11013", True), ("nec-ix", "Ver10.8.27", "IX-R2530", "CVE-2024-11013", False),
    ("array-ag", "9.4.0.481", "", "CVE-2023-28461", True), ("array-ag", "9.4.0.482", "", "CVE-2023-28461", False)])
def test_known_edges(engine, product, version, model, cve, held):
    assert (cve in judged(engine, product, encoded(product, version), model)) == held


def test_rules_fit_the_tables():
    done = subprocess.run([TOOL, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"{len(JUDGES)} advisories, 0 files wrong"), done.stdout


def test_check_notices_a_change(tmp_path):
    shutil.copytree(VPN, tmp_path / "vpn")
    with open(tmp_path / "vpn" / "fortios.yar", "a", encoding="utf-8") as f:
        f.write("\n")
    done = subprocess.run([TOOL, "--check", TABLES, str(tmp_path / "vpn")], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "fortios.yar: does not fit" in done.stdout


def test_an_advisory_of_ones_own(tmp_path, checker):
    """A provider appends a block, runs two tools, and the new rule judges."""
    shutil.copytree(R.RULES, tmp_path / "rules")
    shutil.copytree(TABLES, tmp_path / "tables")
    with open(tmp_path / "tables" / "advisories.ini", "a", encoding="utf-8") as f:
        f.write("\n[CVE-2099-0001 yamaha-rtx]\ntitle_en = a test\naffected = RTX1300 Rev.23.00.01..<Rev.23.00.99\nfixed = Rev.23.00.99\n"
                "released = 2026-11-28\nkev = 2026-11-28\nreference = https://example.test/advisory\nsource = a test\n")
    subprocess.run([TOOL, str(tmp_path / "tables"), str(tmp_path / "rules" / "vpn")], check=True, capture_output=True)
    done = checker(tmp_path / "rules")
    assert done.returncode != 0 and "does not have this sha256" in done.stdout  # the seal is part of it
    subprocess.run([os.path.join(ROOT, "tools/rules-manifest"), str(tmp_path / "rules")], check=True, capture_output=True)
    done = checker(tmp_path / "rules")
    assert done.returncode == 0, done.stdout
    assert f"vpn {len(RULES) + 1}," in done.stdout
    e = R.Engine("vpn", sorted(glob.glob(str(tmp_path / "rules" / "vpn" / "*.yar"))))
    name = "cve_2099_0001_yamaha_rtx"
    facts = {"vpn_product": "yamaha-rtx", "vpn_version": encoded("yamaha-rtx", "Rev.23.00.98"), "vpn_model": "RTX1300"}
    assert name in e.run(facts, b"")
    assert name not in e.run({**facts, "vpn_version": encoded("yamaha-rtx", "Rev.23.00.99")}, b"")
    assert name not in e.run({**facts, "vpn_model": "RTX830"}, b"")


@pytest.mark.parametrize("block,why", [
    ("[CVE-2099-0001 nobody]", "no [nobody]"), ("[CVE-2099-0001 fortios]\ntitle_en = x", "no 'affected'"),
    ("[CVE-2099-0001 fortios]\ntitle_en = x\naffected = newest\nreleased = 2026-01-01\nreference = r\nsource = s", "newest: not a version")])
def test_a_wrong_block_is_named(tmp_path, block, why):
    shutil.copytree(TABLES, tmp_path / "tables")
    with open(tmp_path / "tables" / "advisories.ini", "a", encoding="utf-8") as f:
        f.write("\n" + block + "\n")
    done = subprocess.run([TOOL, str(tmp_path / "tables"), str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and why in done.stderr and "advisories.ini:" in done.stderr, done.stderr


def test_hostile_answers_never_stop_the_engine(engine):
    for unit in (b"Server: ", b"\r\n\r\n", b"\r\nLocation: https://", b"<title>", b"\x1f\x8b\x08\x08", b"OpenVPN 2.6", b"IX Series IX", b"SonicWALL ", b"7.2.4,build", b"\x00v9."):
        data = (unit * 65536)[:65536]
        for source in ("https", "snmp", "tls", "file"):
            assert "TOO_MANY_MATCHES" not in engine.run({"vpn_source": source, "vpn_path": "/"}, data), unit
