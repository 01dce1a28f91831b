"""The `mimamori` program against a control server made here: every output in both
languages, exit codes, hostile strings, dead and slow agents.

Run: B=build/release /usr/bin/python3 -m pytest tests/integration/test_cli.py
"""
import copy
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unicodedata

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, os.environ.get("B", "build/" + os.environ.get("V", "release")), "bin", "mimamori")
INCIDENT = "1b4e28ba-2fa1-4d2f-883f-0016d3cca427"
EVENT = "6fa459ea-ee8a-4ca4-894e-db77e160355e"

HEALTHY = {
    "overall": "guarded", "reasons": [], "version": "0.2.0", "agent_id": "", "customer": "株式会社みどり商会",
    "guard": {"answers": True, "state_age_ms": 300}, "mode": "quarantine",
    "quarantine": {"state": "no", "since": None, "by": None}, "incident": None, "frozen_trees": 0,
    "sensors": [
        {"name": "files", "state": "working", "method": "fanotify", "reason": ""},
        {"name": "preimage", "state": "working", "method": "reflink", "reason": ""},
        {"name": "exec", "state": "working", "method": "bpf", "reason": ""},
        {"name": "exec_judge", "state": "working", "method": "fanotify", "reason": ""},
        {"name": "scan", "state": "working", "method": "", "reason": ""},
        {"name": "rules", "state": "working", "method": "", "reason": ""},
        {"name": "network", "state": "working", "method": "nft", "reason": ""}],
    "folders": [{"path": "/home/hanako/書類", "state": "guarded", "files": 12345, "method": "reflink", "reason": ""}],
    "folders_total": 1,
    "rules": {"version": "2026.11.1", "file": 10, "process": 20, "burst": 12, "vpn": 0},
    "counters": {k: 0 for k in ("lost_opens", "lost_events", "lost_execs", "late_verdicts", "scan_restarts",
                                "guard_restarts", "vault_evicted")},
    "console": {"configured": True, "connected": True, "last_contact": "2026-11-22T04:30:31Z", "queue": 0, "error": "",
                "certificate_until": None},
    "journal": {"first": 1, "last": 120, "sent": 120, "lost": 0, "bytes": 1, "limit": 2, "error": None},
    "contact": {"provider": "みまもりセキュリティ", "phone": "03-0000-0000"}}


def changed(**changes):
    status = copy.deepcopy(HEALTHY)
    for key, value in changes.items():
        status[key] = value
    return status


ATTACK = changed(
    overall="quarantined", reasons=["incident", "frozen"], frozen_trees=1,
    quarantine={"state": "yes", "since": "2026-11-22T04:31:00Z", "by": "rule burst_inplace"},
    incident={"id": INCIDENT, "title_ja": "文書ファイルが次々に暗号化されています",
              "title_en": "Documents are being encrypted", "process": "invoice.exe", "severity": "critical",
              "since": "2026-11-22T04:30:31Z", "files_touched": 5, "files_destroyed": 4, "files_restored": 4,
              "files_failed": 0, "frozen": True})

HOSTILE = "evil\x1b]0;owned\x07\u202egpj.exe\u009b31m"
BURST = {
    "class_uid": 2004, "severity_id": 5, "time": 1795321831000, "message": "文書ファイルが次々に暗号化されています",
    "metadata": {"uid": EVENT, "correlation_uid": INCIDENT, "sequence": 7},
    "finding_info": {"uid": INCIDENT, "title": "x"},
    "evidences": [{"process": {"pid": 4242, "name": "invoice.exe", "path": "/tmp/invoice.exe",
                               "cmd_line": "/tmp/invoice.exe --all " + HOSTILE,
                               "user": {"name": "hanako"}, "parent_process": {"name": "bash"}},
                   "file": {"path": "/home/hanako/書類/見積書.xlsx"}}],
    "unmapped": {"title_en": "Documents are being encrypted", "rule": "burst_inplace", "attack": "T1486",
                 "response": "freeze", "files_touched": 5, "files_destroyed": 4, "detail": "gate 3"}}
FREEZE = {
    "class_uid": 7003, "severity_id": 4, "time": 1795321832000, "message": "プログラムを停止しました（2 個のプロセス）",
    "metadata": {"uid": EVENT, "correlation_uid": INCIDENT, "sequence": 8}, "process": {"pid": 4242, "name": "invoice.exe"},
    "unmapped": {"title_en": "The suspicious program was stopped (processes: 2)", "rule": "burst_inplace", "processes": 2, "actor": "rule",
                 "rule_title_ja": "文書ファイルが次々に暗号化されています", "rule_title_en": "Documents are being encrypted"}}
START = {"class_uid": 6002, "severity_id": 1, "time": 1795321000000, "message": "見守りを開始しました",
         "metadata": {"uid": "00000000-1111-4222-8333-444444444444", "sequence": 1},
         "unmapped": {"title_en": "The guard started"}}


class Agent:
    """A control server whose answers a test chooses: verb -> answer, callable or raw bytes."""

    def __init__(self, run):
        self.run, self.answers, self.asked = run, {}, []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(os.path.join(run, "control.sock"))
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def read(self, client, n):
        data = b""
        while len(data) < n:
            part = client.recv(n - len(data))
            if not part:
                return None
            data += part
        return data

    def serve(self, client):
        with client:
            while True:
                head = self.read(client, 4)
                if head is None:
                    return
                request = json.loads(self.read(client, struct.unpack(">I", head)[0]))
                self.asked.append(request)
                answer = self.answers.get(request["verb"], {"v": 1, "ok": False, "error": "failed", "message": ""})
                if callable(answer):
                    answer(client)
                    return
                client.sendall(answer if isinstance(answer, bytes) else frame(answer))

    def close(self):
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
        self.listener.close()


def frame(answer):
    body = json.dumps(answer, ensure_ascii=False).encode()
    return struct.pack(">I", len(body)) + body


def good(result):
    return {"v": 1, "ok": True, "result": result}


@pytest.fixture
def agent():
    with tempfile.TemporaryDirectory() as run:
        with open(os.path.join(run, "agent.ini"), "w", encoding="utf-8") as f:
            f.write(f"[paths]\nrun={run}\n[customer]\nprovider=みまもりセキュリティ\nphone=03-0000-0000\n")
        a = Agent(run)
        yield a
        a.close()


def mimamori(agent, *args, lang="ja", columns="80", timeout=30):
    env = {"PATH": "/usr/bin:/bin", "TZ": "Asia/Tokyo", "COLUMNS": columns, "LANG": "C.UTF-8",
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    config = os.path.join(agent.run, "agent.ini")
    return subprocess.run([PROGRAM, "--config", config, "--lang", lang, *args], env=env, timeout=timeout,
                          capture_output=True, text=True, check=False)


def columns(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def harmless(output):
    """No byte that a terminal obeys, nothing that turns the reading direction."""
    bad = [c for c in output if (ord(c) < 32 and c != "\n") or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u202d\u2066\u200b"]
    assert not bad, repr(bad)
    return True


# ---- status ---------------------------------------------------------------------------

@pytest.mark.parametrize("lang,first", [("ja", "守られています"), ("en", "Guarded")])
def test_healthy(agent, lang, first):
    agent.answers["status"] = good(HEALTHY)
    p = mimamori(agent, "status", lang=lang)
    assert p.returncode == 0, p.stderr
    assert p.stdout.splitlines()[0] == first
    assert "/home/hanako/書類" in p.stdout and "12,345" in p.stdout and "2026.11.1" in p.stdout
    assert ("ありません。" if lang == "ja" else "Nothing.") in p.stdout
    # even a healthy host says what is never covered
    assert ("管理者の権限を奪う攻撃" if lang == "ja" else "administrator rights") in p.stdout
    assert "2026-11-22 13:30:31" in p.stdout, "local time of the last contact"
    assert "\033" not in p.stdout, "no colour without a terminal"
    assert max(columns(line) for line in p.stdout.splitlines()) <= 80


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_quarantine_and_notice(agent, lang):
    agent.answers["status"] = good(ATTACK)
    p = mimamori(agent, "status", lang=lang)
    assert p.returncode == 2
    lines = p.stdout.splitlines()
    assert lines[0] == ("隔離中です" if lang == "ja" else "In quarantine")
    ja = ["緊急のお知らせ", "何が起きたか", "どのくらい重大か", "電源を切らないでください", "連絡先", "文書ファイルが次々に暗号化されています"]
    en = ["Urgent notice", "What happened", "How bad it is", "Do not switch the power off", "Whom to call",
          "Documents are being encrypted"]
    for words in ja if lang == "ja" else en:
        assert words in p.stdout, p.stdout
    assert "みまもりセキュリティ" in p.stdout and "03-0000-0000" in p.stdout
    notice = p.stdout.index((ja if lang == "ja" else en)[0])
    guarded = p.stdout.index("見守っているもの" if lang == "ja" else "\nGuarded")
    assert notice < guarded, "what to do comes before the details"
    assert max(columns(line) for line in lines) <= 80


def test_no_jargon_in_japanese_status(agent):
    agent.answers["status"] = good(ATTACK)
    out = mimamori(agent, "status").stdout
    words = set(re.findall(r"[A-Za-z]{4,}", out))
    assert words <= {"hanako", "home", "invoice", "burst", "inplace", "reflink", "fanotify"}, words


def test_attention_lists_what_is_not_guarded(agent):
    status = changed(overall="attention", reasons=["folders", "sensor:scan", "console"], folders_total=40)
    status["folders"] += [
        {"path": "/mnt/usb", "state": "not", "files": 0, "method": "", "reason": "a reason that nobody translated"},
        {"path": "/srv/" + "長い名前" * 12 + "/終わり", "state": "partly", "files": 3, "method": "copy+links", "reason": ""}]
    status["sensors"][4] = {"name": "scan", "state": "degraded", "method": "", "reason": "the scan process does not run"}
    status["counters"]["lost_opens"] = 1234
    status["journal"]["lost"] = 5
    status["console"] = {"configured": True, "connected": False, "last_contact": "2026-11-21T04:30:31Z", "queue": 77,
                         "error": "timed out"}
    agent.answers["status"] = good(status)
    p = mimamori(agent, "status")
    assert p.returncode == 1
    assert p.stdout.splitlines()[0] == "注意が必要です"
    assert "見守れていないフォルダーがあります" in p.stdout
    not_guarded = p.stdout.split("見守れていないもの")[1].split("取りこぼしたもの")[0]
    assert "/mnt/usb" in not_guarded and "a reason that nobody" in not_guarded
    assert "中身を調べる部分が動いていません" in re.sub(r"\s+", "", not_guarded), "known reasons are translated"
    assert "終わり" in not_guarded and "一部だけ" in not_guarded, "a long path keeps its end"
    assert "ほかに 37 個" in not_guarded and "256 MB" in not_guarded
    lost = p.stdout.split("取りこぼしたもの")[1]
    assert "1,234  元の内容を控えられないまま" in lost and "5  失われたできごと" in lost
    assert "送信待ち77件" in re.sub(r"\s+", "", lost)
    assert max(columns(line) for line in p.stdout.splitlines()) <= 80
    # columns stand under each other, whatever the width of the characters
    starts = {columns(line[:m.start()]) for line in not_guarded.splitlines()
              if (m := re.search(r"守られていません|一部だけ", line))}
    assert starts == {40}, starts


UPDATES = {"configured": True, "ring": "early", "checked": "2026-11-22T04:30:31Z", "verified": "2026-11-22T04:30:31Z", "result": "current", "cause": "",
           "detail": "", "rules": {"version": "2026.11.1", "since": None, "made": "2020-01-01T00:00:00Z", "before": ""}, "agent": {}}


def test_updates_in_plain_words(agent):
    def shown(lang, **more):
        agent.answers["status"] = good(changed(updates={**UPDATES, **more}))
        return re.sub(r"\s+", " ", mimamori(agent, "status", lang=lang).stdout)

    assert "Updates not configured" in shown("en", configured=False) and "設定されていません" in shown("ja", configured=False)
    assert "Updates never checked yet" in shown("en", checked=None, verified=None)
    assert re.search(r"Updates up to date\. Last known to be current: 2026-11-2\d .*\. Ring: early", shown("en"))
    assert re.search(r"Rule pack 2026\.11\.1, made [\d,]+ days ago", shown("en")) and "日前に作られたもの" in shown("ja")
    assert ", made " not in shown("en", rules={"version": "1.0.0", "made": "2020-01-01T00:00:00Z"}), "another pack than the one that judges"
    used = shown("en", rules={"version": "2026.11.1", "since": "2026-11-20T00:00:00Z", "made": None})
    assert re.search(r"Rule pack 2026\.11\.1, in use since 2026-11-\d\d", used)
    refused = {"result": "refused", "cause": "rollback"}
    assert "the update was refused (why: older than what was seen before)" in shown("en", **refused)
    assert "古いものに戻そうとしています" in shown("ja", **refused).replace(" ", "")
    odd = {"result": "x", "cause": "\x1b[2J", "ring": 7, "verified": "never"}
    assert "\x1b" not in shown("en", **odd) and "result not known" in shown("en", **odd)
    assert "2日" not in shown("ja", rules=[1])
    agent.answers["status"] = good(changed(overall="attention", reasons=["updates_old", "updates_refused"], updates=UPDATES))
    p = mimamori(agent, "status", lang="ja")
    assert p.returncode == 1 and "3日以上" in p.stdout and "確かめられなかった" in "".join(p.stdout.split())


def test_observe_mode_says_that_nothing_is_stopped(agent):
    agent.answers["status"] = good(changed(overall="attention", reasons=["mode"], mode="observe"))
    p = mimamori(agent, "status")
    assert p.returncode == 1 and "見つけても止めない" in p.stdout


@pytest.mark.parametrize("lang,words", [("ja", "見守りの本体が応答していません"), ("en", "does not answer")])
def test_stale_guard_never_looks_healthy(agent, lang, words):
    status = changed(overall="silent", reasons=["guard_silent"], guard={"answers": False, "state_age_ms": 7400})
    agent.answers["status"] = good(status)
    p = mimamori(agent, "status", lang=lang)
    assert p.returncode == 3
    assert words in p.stdout and "守られています" not in p.stdout and not p.stdout.startswith("Guarded")
    assert "7" in p.stdout.split("見守りの状態" if lang == "ja" else "\nState")[1].splitlines()[1]


def test_unknown_overall_word_is_not_healthy(agent):
    agent.answers["status"] = good(changed(overall="splendid"))
    p = mimamori(agent, "status")
    assert p.returncode == 3 and p.stdout.splitlines()[0] == "見守りが応答していません"


def test_status_json(agent):
    agent.answers["status"] = good(ATTACK)
    p = mimamori(agent, "--json", "status")
    assert p.returncode == 2 and json.loads(p.stdout) == ATTACK


def test_hostile_strings_are_escaped(agent):
    status = copy.deepcopy(ATTACK)
    status["incident"]["process"] = HOSTILE
    status["folders"][0]["path"] = "/home/" + HOSTILE
    status["folders"][0]["state"], status["folders"][0]["reason"] = "not", HOSTILE
    status["quarantine"]["by"] = status["console"]["error"] = status["contact"]["provider"] = HOSTILE
    status["rules"]["version"] = HOSTILE
    status["journal"]["error"] = HOSTILE
    status["sensors"][0]["method"] = HOSTILE
    status["version"] = HOSTILE
    agent.answers["status"] = good(status)
    for lang in ("ja", "en"):
        p = mimamori(agent, "status", lang=lang)
        assert harmless(p.stdout) and "\\x1b" in p.stdout and "\\u{202e}" in p.stdout


def test_wrong_types_do_not_crash(agent):
    for broken in ({}, {"overall": 3, "reasons": "x", "folders": {"a": 1}, "sensors": [1, None, "x"]},
                   {"overall": "guarded", "incident": {}, "quarantine": {"state": "yes"}, "counters": {"lost_opens": "a"}}):
        agent.answers["status"] = good(broken)
        p = mimamori(agent, "status")
        assert p.returncode in (0, 3) and p.stdout and "Sanitizer" not in p.stderr


@pytest.mark.parametrize("width", ["40", "80", "120"])
def test_width(agent, width):
    agent.answers["status"] = good(ATTACK)
    for lang in ("ja", "en"):
        p = mimamori(agent, "status", lang=lang, columns=width)
        assert max(columns(line) for line in p.stdout.splitlines()) <= max(int(width), 50)


def test_status_watch_repeats(agent):
    agent.answers["status"] = good(HEALTHY)
    with pytest.raises(subprocess.TimeoutExpired) as e:
        mimamori(agent, "status", "--watch", timeout=3.5)
    assert e.value.stdout.decode().count("守られています") >= 2


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_status_what_is_off_is_not_guarded(agent, lang):
    status = copy.deepcopy(HEALTHY)
    judge, = [s for s in status["sensors"] if s["name"] == "exec_judge"]
    judge.update(state="off", method="off", reason="not asked for: [watch] judge= is empty")
    agent.answers["status"] = good(status)
    p = mimamori(agent, "status", lang=lang)
    guarded, rest = p.stdout.split("見守れていないもの" if lang == "ja" else "Not guarded", 1)
    name = "起動前のプログラム検査" if lang == "ja" else "checking programs before they start"
    assert p.returncode == 0 and name not in guarded
    assert (name in rest) and (("使っていません: 設定で" if lang == "ja" else "switched off: not asked for") in rest), rest


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("mode", ["alert", "observe", "freeze"])
def test_notice_says_what_was_not_stopped(agent, mode, lang):
    agent.answers["status"] = good(changed(overall="attention", reasons=["incident"], mode=mode, incident=dict(ATTACK["incident"], frozen=False)))
    said = re.sub(r"\s+", "", mimamori(agent, "status", lang=lang).stdout)
    assert (("プログラムは止めていません" if lang == "ja" else "wasNOTstopped") in said) == (mode != "freeze"), said


# ---- events and why --------------------------------------------------------------------------

@pytest.mark.parametrize("lang", ["ja", "en"])
def test_events(agent, lang):
    agent.answers["events"] = good({"next": 7, "more": False, "events": [START, BURST]})
    p = mimamori(agent, "events", "--severity", "low", "--limit", "20", lang=lang)
    assert p.returncode == 0, p.stderr
    assert agent.asked[-1]["args"] == {"limit": 20, "severity": 2, "newest": True}
    head, first, second = p.stdout.splitlines()[:3]
    assert "(invoice.exe)" in re.sub(r"\n +", "", p.stdout) or "(invoice.exe)" in re.sub(r"\n +", " ", p.stdout)
    assert "6fa459ea" in second and "13:30:31" in second
    assert ("文書ファイルが次々に" if lang == "ja" else "Documents are being encrypted") in second
    what = ("内容", "見守りを開始", "文書ファイル") if lang == "ja" else ("what", "The guard", "Documents")
    starts = {columns(line[:line.index(w)]) for line, w in zip((head, first, second), what)}
    assert len(starts) == 1, "the last column stands under its head"
    assert max(columns(line) for line in p.stdout.splitlines()) <= 80 and harmless(p.stdout)


def test_events_json_is_one_event_per_line(agent):
    agent.answers["events"] = good({"next": 7, "more": True, "events": [START, BURST]})
    p = mimamori(agent, "events", "--json", "--after", "3")
    assert [json.loads(line) for line in p.stdout.splitlines()] == [START, BURST]
    assert agent.asked[-1]["args"]["after"] == 3 and "newest" not in agent.asked[-1]["args"]


def test_events_page_tells_how_to_go_on(agent):
    agent.answers["events"] = good({"next": 7, "more": True, "events": [BURST]})
    assert "--after 7" in mimamori(agent, "events", "--after", "0").stdout
    agent.answers["events"] = good({"next": 0, "more": False, "events": []})
    assert "できごとはありません" in mimamori(agent, "events").stdout


def test_events_watch(agent):
    def stream(client):
        client.sendall(frame(good({"watching": True})))
        time.sleep(0.5)
        for sequence in (7, 8):
            client.sendall(frame(good({"sequence": sequence, "missed": 2 if sequence == 8 else 0, "event": BURST})))
        time.sleep(0.3)
    agent.answers["watch"] = stream
    agent.answers["events"] = good({"next": 7, "more": False, "events": [START]})
    p = mimamori(agent, "events", "--watch")
    assert p.returncode == 3, "the agent left"
    assert p.stdout.count("6fa459ea") == 1, "what the page showed is not shown again"
    assert "2 件を飛ばしました" in p.stdout and "応答していません" in p.stdout


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_why(agent, lang):
    agent.answers["why"] = good({"incident": INCIDENT, "next": 7, "more": False, "events": [BURST]})
    p = mimamori(agent, "why", EVENT[:8], lang=lang)
    assert p.returncode == 0 and agent.asked[-1]["args"] == {"id": EVENT[:8]}
    assert INCIDENT in p.stdout and "burst_inplace" in p.stdout and "T1486" in p.stdout and "hanako" in p.stdout
    assert "\\x1b]0;owned\\x07" in p.stdout and "\\u{9b}31m" in p.stdout and harmless(p.stdout)
    assert ("プログラムを止めた" if lang == "ja" else "program frozen") in p.stdout
    assert "mimamori allow " + INCIDENT in re.sub(r"\s+", " ", p.stdout)
    assert "mimamori close " + INCIDENT in re.sub(r"\s+", " ", p.stdout)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_why_says_what_was_done_and_what_was_found(agent, lang):
    agent.answers["why"] = good({"incident": INCIDENT, "next": 8, "more": False, "events": [BURST, FREEZE]})
    said = mimamori(agent, "why", EVENT[:8], lang=lang).stdout.split("\n\n")[2]
    done, found = (("停止しました", "検知した内容    文書ファイルが次々に") if lang == "ja" else
                   ("was stopped (processes: 2)", "found           Documents are being"))
    assert done in said.splitlines()[0] and found in said, said
    assert ("見守りの自動判断" if lang == "ja" else "automatic") in said and "指示            rule" not in said


# ---- acting -------------------------------------------------------------------------------------

ACTS = [("restore", INCIDENT, "4 個の書類を元に戻しました"), ("allow", INCIDENT, "再開しました"),
        ("close", INCIDENT, "メモリーの内容は失われました"),
        ("quarantine", None, "切り離しました"), ("release", None, "解除しました"), ("reload", None, "読み直しました")]


@pytest.mark.parametrize("verb,argument,words", ACTS)
def test_acts(agent, verb, argument, words):
    agent.answers[verb] = good({"files_restored": 4, "files_failed": 0, "message": ""})
    p = mimamori(agent, verb, *([argument] if argument else []))
    assert p.returncode == 0 and words in p.stdout
    assert agent.asked[-1] == {"v": 1, "verb": verb, "args": {"id": argument} if argument else {}}
    p = mimamori(agent, "--json", verb, *([argument] if argument else []))
    assert json.loads(p.stdout)["files_restored"] == 4
    agent.answers[verb] = {"v": 1, "ok": False, "error": "denied", "message": "only root " + HOSTILE}
    p = mimamori(agent, verb, *([argument] if argument else []))
    assert p.returncode == 1 and "管理者" in p.stderr and not p.stdout and harmless(p.stderr)
    p = mimamori(agent, "--json", verb, *([argument] if argument else []))
    assert p.returncode == 1 and json.loads(p.stdout)["error"] == "denied"


def test_reason_is_sent_and_partial_restore_is_not_success(agent):
    agent.answers["quarantine"] = good({"files_restored": 0, "files_failed": 0, "message": ""})
    mimamori(agent, "quarantine", "--reason=不審な動き")
    assert agent.asked[-1]["args"] == {"reason": "不審な動き"}
    agent.answers["reload"] = good({"files_restored": 0, "files_failed": 0, "message": "local/burst/x.yar: is a symbolic link"})
    p = mimamori(agent, "reload")
    assert p.returncode == 1 and "一部は使えません" in p.stdout and "symboliclink" in re.sub(r"\s", "", p.stdout)
    assert mimamori(agent, "--json", "reload").returncode == 1
    p = mimamori(agent, "why", "1234567", lang="en")
    assert p.returncode == 64 and "the id 1234567 is too short" in p.stderr
    agent.answers["restore"] = good({"files_restored": 0, "files_failed": 0, "message": ""})
    assert "元に戻す必要のある書類はありませんでした" in mimamori(agent, "restore", INCIDENT).stdout
    agent.answers["restore"] = good({"files_restored": 3, "files_failed": 2, "message": ""})
    p = mimamori(agent, "restore", INCIDENT)
    assert p.returncode == 1 and "2 個は元に戻せませんでした" in p.stdout


# ---- doors and the six basic rules ------------------------------------------------------------------

def fixture(name):
    with open(os.path.join(ROOT, "tests/unit/cli/fixtures", name + ".json"), encoding="utf-8") as f:
        return json.load(f)


def now(days=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86400))


@pytest.mark.parametrize("lang,first", [("ja", "VPN装置の更新が12日遅れています。提供元に連絡してください。"),
                                        ("en", "The update of a VPN device is overdue (days: 12). Call your provider.")])
def test_vpn(agent, lang, first):
    doors = dict(fixture("vpn"), checked_at=now())
    agent.answers["vpn"] = good(doors)
    p = mimamori(agent, "vpn", lang=lang)
    assert p.returncode == 1 and p.stdout.splitlines()[0] == first
    assert "03-0000-0000" in "".join(p.stdout.splitlines()[:6]), "whom to call stands above the details"
    assert max(columns(line) for line in p.stdout.splitlines()) <= 80 and harmless(p.stdout)
    assert not re.search(r"\b(?:doors|door)\.[a-z]+\.", p.stdout), "every word is in the catalogue"
    p = mimamori(agent, "--json", "vpn", lang=lang)
    assert p.returncode == 1 and json.loads(p.stdout) == doors
    assert agent.asked[-1] == {"v": 1, "verb": "vpn", "args": {}}


def test_vpn_exit_codes(agent):
    agent.answers["vpn"] = good(dict(fixture("vpn-fine"), checked_at=now()))
    assert mimamori(agent, "vpn").returncode == 0
    agent.answers["vpn"] = good(dict(fixture("vpn-fine"), checked_at=now(days=3)))
    assert mimamori(agent, "vpn").returncode == 1, "too old to be true"
    agent.answers["vpn"] = good({})
    p = mimamori(agent, "vpn")
    assert p.returncode == 1 and p.stdout.startswith("結果をすべては読み取れません")
    for word, code in (("unsupported", 1), ("denied", 1), ("guard_silent", 3)):
        agent.answers["vpn"] = {"v": 1, "ok": False, "error": word, "message": ""}
        p = mimamori(agent, "vpn")
        assert p.returncode == code and not p.stdout and p.stderr.startswith("mimamori: ")
    assert mimamori(agent, "vpn", "gateway:x:1").returncode == 64


def test_posture(agent):
    posture = dict(fixture("posture"), checked_at=now())
    agent.answers["posture"] = good(posture)
    for lang, first in (("ja", "6か条のうち、できていないものが1つあります。"), ("en", "Of the six basic rules, not met: 1.")):
        p = mimamori(agent, "posture", lang=lang)
        assert p.returncode == 1 and p.stdout.splitlines()[0] == first and harmless(p.stdout)
        assert max(columns(line) for line in p.stdout.splitlines()) <= 80
        heads = re.findall(r"(?m)^(\d)\. (.*)$", p.stdout)
        assert [n for n, _ in heads] == list("123456")
        words = ["一部", "未達", "達成", "一部", "未確認", "達成"] if lang == "ja" else ["partly", "unmet", "met", "partly", "unknown", "met"]
        assert [h.rsplit(": ", 1)[1] for _, h in heads] == words
    assert json.loads(mimamori(agent, "--json", "posture").stdout) == posture


@pytest.mark.parametrize("verb,name", [("vpn", "vpn"), ("posture", "posture")])
def test_hostile_doors(agent, verb, name):
    def spoil(value):
        if isinstance(value, dict):
            return {k: spoil(v) for k, v in value.items()}
        if isinstance(value, list):
            return [spoil(v) for v in value]
        return HOSTILE + "x" * 3000 if isinstance(value, str) else HOSTILE
    agent.answers[verb] = good(spoil(fixture(name)))
    for lang in ("ja", "en"):
        p = mimamori(agent, verb, lang=lang)
        assert p.returncode == 1 and harmless(p.stdout) and p.stdout and "Sanitizer" not in p.stderr
        assert len(p.stdout) < 60000 and max(columns(line) for line in p.stdout.splitlines()) <= 80


def test_check(agent):
    agent.answers["check"] = good({"started": True})
    p = mimamori(agent, "check")
    assert p.returncode == 0 and "調べ始めました" in p.stdout
    assert json.loads(mimamori(agent, "--json", "check").stdout) == {"started": True}
    agent.answers["check"] = {"v": 1, "ok": False, "error": "busy", "message": "a round is under way already"}
    p = mimamori(agent, "check")
    assert p.returncode == 1 and "今ちょうど調べているところです" in p.stderr


DECLARED = [
    (["gateway:a.example:443", "--version", "7.2.5", "--product", "fortios", "--model=60F", "--by", "佐藤"],
     {"id": "gateway:a.example:443", "version": "7.2.5", "product": "fortios", "model": "60F", "by": "佐藤"}, "バージョン 7.2.5 を記録"),
    (["gateway:a.example:443", "--mitigation", "separated", "--reason", "別の回線に移した"],
     {"id": "gateway:a.example:443", "mitigation": "separated", "reason": "別の回線に移した"}, "「ネットワークから切り離した」を記録"),
    (["posture:restore_test", "--date", "2026-11-01"],
     {"id": "posture:restore_test", "date": "2026-11-01"}, "バックアップから戻す練習 を 2026-11-01 に行った"),
]


@pytest.mark.parametrize("args,sent,words", DECLARED)
def test_declare(agent, args, sent, words):
    agent.answers["declare"] = good({"declared": True, "id": sent["id"], "by": "uid 0"})
    p = mimamori(agent, "declare", *args)
    assert p.returncode == 0, p.stderr
    assert words.replace(" ", "") in re.sub(r"\s+", "", p.stdout), p.stdout
    assert agent.asked[-1] == {"v": 1, "verb": "declare", "args": sent}
    agent.answers["declare"] = {"v": 1, "ok": False, "error": "not_found", "message": "there is no such door or rule"}
    p = mimamori(agent, "declare", *args)
    assert p.returncode == 1 and "その名前の入口はありません" in p.stderr and not p.stdout


@pytest.mark.parametrize("args", [["declare"], ["declare", "gateway:a:1"], ["declare", "gateway:a:1", "--version"],
                                  ["declare", "gateway:a:1", "--version", ""], ["declare", "--version", "7.2.5"],
                                  ["declare", "gateway:a:1", "--version", "1.0", "--date", "2026-11-01"],
                                  ["declare", "gateway:a:1", "gateway:b:1", "--version", "1.0"],
                                  ["vpn", "--mitigation", "separated"], ["status", "--by", "x"], ["check", "--reason", "x"]])
def test_declare_usage(agent, args):
    p = mimamori(agent, *args)
    assert p.returncode == 64 and p.stderr.startswith("mimamori: ") and not p.stdout and not agent.asked


def test_version_is_ours_before_a_command(agent):
    for args in (["--version"], ["status", "--version"]):
        p = mimamori(agent, *args)
        assert p.returncode == 0 and re.fullmatch(r"mimamori \d+\.\d+\.\d+\S*\n", p.stdout)
    assert not agent.asked


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_status_has_a_line_for_doors_and_posture(agent, lang):
    doors = {"checked_at": "2026-11-22T04:30:31Z", "overall": "open", "overdue": 1, "unknown": 2, "exposed": 0, "total": 7}
    posture = {"met": 3, "partly": 1, "unmet": 1, "unknown": 1}
    agent.answers["status"] = good(changed(overall="attention", reasons=["doors_overdue"], doors=doors, posture=posture))
    p = mimamori(agent, "status", lang=lang)
    joined = re.sub(r"\s+", "", p.stdout)
    assert p.returncode == 1 and ("VPN装置などの更新が期限を過ぎています" if lang == "ja" else "isoverdue") in joined.split("見守っているもの")[0]
    assert ("外からの入口7か所（期限切れ1、外に開いている0、未確認2）。2026-11-2213:30:31に確認" if lang == "ja" else
            "Doors7(overdue1,exposed0,notconfirmed2),checked2026-11-22") in joined, p.stdout
    assert ("6か条達成3、一部1、未達1、未確認1" if lang == "ja" else "Sixrulesmet3,partly1,unmet1,notconfirmed1") in joined
    not_guarded = joined.split("見守れていないもの" if lang == "ja" else "Notguarded")[1]
    assert ("確かめられない入口が2か所" if lang == "ja" else "confirmedassafe:2") in not_guarded
    agent.answers["status"] = good(changed(doors=None, posture=None))
    p = mimamori(agent, "status", lang=lang)
    assert p.returncode == 0 and ("外からの入口と6か条は、調べていません" if lang == "ja" else "rules are not checked") in p.stdout


# ---- agents that do not behave -------------------------------------------------------------------

def test_no_agent(agent):
    agent.close()
    os.unlink(os.path.join(agent.run, "control.sock"))
    for args in (["status"], ["events"], ["events", "--watch"], ["why", INCIDENT], ["quarantine"]):
        p = mimamori(agent, *args)
        assert p.returncode == 3 and p.stdout.splitlines()[0] == "見守りが応答していません"
        assert "03-0000-0000" in p.stdout, "the phone number comes from the file then"
    p = mimamori(agent, "--json", "status")
    assert p.returncode == 3 and json.loads(p.stdout)["overall"] == "silent"


def test_stale_socket_of_a_dead_agent(agent):
    agent.close()
    assert mimamori(agent, "status").returncode == 3


def test_agent_that_accepts_and_says_nothing(agent):
    agent.answers["status"] = lambda client: time.sleep(20)
    began = time.monotonic()
    p = mimamori(agent, "status")
    assert p.returncode == 3 and 4 < time.monotonic() - began < 8


@pytest.mark.parametrize("raw", [b"\0\0\0\0", b"\xff\xff\xff\xff" + b"x" * 64, b"\0\0\0\5{}", b"\0\0\0\4{}{}", b"\0\0\0\1[",
                                 b"\0\0\0\2[]", struct.pack(">I", 40000) + b"[" * 40000])
def test_garbage_answers(agent, raw):
    def answer(client):
        client.sendall(raw)
    agent.answers["status"] = answer
    p = mimamori(agent, "status")
    assert p.returncode == 3 and "Sanitizer" not in p.stderr


# ---- usage ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("args", [[], ["frobnicate"], ["status", "x"], ["why"], ["why", "short"], ["restore"], ["--lang", "fr", "status"],
                                  ["status", "--reason", "x"], ["events", "--limit", "0"], ["events", "--limit", "9999"],
                                  ["events", "--after", "-1"], ["events", "--severity", "huge"], ["--json=1", "status"],
                                  ["status", "--reason"], ["\x1b[31m"], ["quarantine", "--reason", "x" * 300]])
def test_usage(agent, args):
    p = mimamori(agent, *args)
    assert p.returncode == 64 and p.stderr.startswith("mimamori: ") and not p.stdout
    assert harmless(p.stderr) and not agent.asked


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_help_names_every_verb(agent, lang):
    p = mimamori(agent, "--help", lang=lang)
    assert p.returncode == 0
    for verb in ("status", "events", "why ID", "restore ID", "allow ID", "close ID", "quarantine", "release", "reload",
                 "vpn", "posture", "check", "declare ID", "--mitigation WORD"):
        assert "\n  " + verb in p.stdout
    assert max(columns(line) for line in p.stdout.splitlines()) <= 80
    assert "help." not in p.stdout, "every help text is in the catalogue"


def test_broken_config_names_file_and_line(agent):
    path = os.path.join(agent.run, "agent.ini")
    with open(path, "w", encoding="utf-8") as f:
        f.write("[paths]\nrun=relative\n")
    p = mimamori(agent, "status")
    assert p.returncode == 64 and path + ":2: run= must be an absolute path" in p.stderr
    os.unlink(path)
    assert mimamori(agent, "status").returncode == 64


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_broken_config_does_not_silence_the_agent(agent, lang):
    path = os.path.join(agent.run, "agent.ini")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"[protect]\nfolder=/home\n[paths]\nrun={agent.run}\n")
    agent.answers["status"] = good(HEALTHY)
    p = mimamori(agent, "status", lang=lang)
    what = path + ":2: section [protect] has no key 'folder'"
    assert p.returncode == 1 and what in p.stderr
    assert ("注意が必要です" if lang == "ja" else "Needs attention") in p.stdout.splitlines()[0]
    assert ("設定ファイルに誤り" if lang == "ja" else "file is broken") in p.stdout
    assert "section[protect]hasnokey" in re.sub(r"\s+", "", p.stdout), p.stdout
    got = json.loads(mimamori(agent, "--json", "status").stdout)
    assert got["config_error"] == what and got["overall"] == "attention" and "config" in got["reasons"]
    agent.answers["status"] = good(ATTACK)
    assert mimamori(agent, "status").returncode == 2, "in quarantine all the same"


# ---- the catalogue -------------------------------------------------------------------------------------

def test_every_key_that_the_program_uses_is_there():
    have = set()
    for source in ("lib/text_table.c", "lib/text_rows/doors.inc", "lib/text_rows/updates.inc"):
        with open(os.path.join(ROOT, source), encoding="utf-8") as f:
            have |= set(re.findall(r'\{"((?:[^"\\]|\\.)+)", ?\n? *"', f.read()))
    folder = os.path.join(ROOT, "agent/cli")
    used = set()
    for name in os.listdir(folder):
        if name.endswith(".c"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                source = f.read()
            used |= {k for k in re.findall(r'"((?:status|why|notice|section|guarded|not|lost|sensor|state|console|rules|'
                                           r'quarantine|mode|record|guard|time|who|severity|events|event|response|done|'
                                           r'error|usage|help|doors|posture|done|updates)\.[a-z0-9_.:]+)"', source)}
    # the front of a key ("doors.kind") is used with a word of the register behind it
    missing = {k for k in used if k not in have and not any(h.startswith(k + ".") for h in have)}
    assert not missing and len(used) > 100, missing


def test_every_reason_of_a_verdict_has_its_sentence():
    """docs/doors.md lists the keys and how many arguments each takes; the catalogue has just these."""
    with open(os.path.join(ROOT, "docs/doors.md"), encoding="utf-8") as f:
        table = f.read().split("### Reasons of a verdict")[1].split("\n## ")[0]
    listed = {}
    for keys, args in re.findall(r"(?m)^\| (`door\.[^|]*) \| ([^|]*)\|", table):
        full = ""
        for key in re.findall(r"`([a-z_.]+)`", keys):
            full = full.rsplit(".", 1)[0] + key if key.startswith(".") else key
            listed[full] = len([a for a in args.replace(", 1 or more", "").split(",") if a.strip()])
    with open(os.path.join(ROOT, "lib/text_rows/doors.inc"), encoding="utf-8") as f:
        rows = dict(re.findall(r'\{"(door\.[a-z_.]+)", "([^"]*)"', f.read()))
    assert set(listed) == set(rows) and len(rows) > 30
    assert {k: len(set(re.findall(r"\{\d\}", v))) for k, v in rows.items()} == listed
