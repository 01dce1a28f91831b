"""The console as an update repository: files for everybody, resumable, and nothing but the two folders."""
import http.client
import os
import re
import socket
import ssl
import sys
import threading

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_console as T  # noqa: E402

pytestmark = pytest.mark.skipif(not os.path.exists(T.PROGRAM), reason="mimamori-console is not built")
PACK = "targets/rules/0123abcd.pack-1.2.0.tar.zst"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    r = tmp_path_factory.mktemp("repository")
    (r / "metadata").mkdir()
    (r / "targets/rules/deep/er").mkdir(parents=True)
    (r / "metadata/1.root.json").write_text("{}")
    (r / "metadata/timestamp.json").write_text('{"signed":{}}')
    (r / "metadata/empty.json").write_text("")
    (r / "metadata/.hidden").write_text("hidden")
    (r / "metadata/link.json").symlink_to("/etc/passwd")
    (r / "metadata/inside.json").symlink_to("1.root.json")
    (r / "targets/out").symlink_to("/etc")
    (r / "targets/rules/deep/er/f").write_text("deep")
    os.mkfifo(r / "metadata/fifo.json")
    (r / "keys").mkdir()
    (r / "keys/secret").write_text("secret")
    (r / PACK).write_bytes(os.urandom(3 << 20))
    with open(r / "targets/sparse", "wb") as f:
        f.truncate((256 << 20) + 1)
    return r


def offer(console, folder):
    path = os.path.join(console.dir, "console.ini")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(?m)^folder *=.*$", f"folder={folder}", text))


@pytest.fixture(scope="module")
def console(tmp_path_factory, repository):
    c = T.Console(tmp_path_factory.mktemp("console"))
    offer(c, repository)
    c.start()
    yield c
    c.stop()


def get(console, path, method="GET", **headers):
    c = http.client.HTTPSConnection("127.0.0.1", console.port, context=console.context(), timeout=30)
    try:
        c.request(method, path if path.startswith("/") else "/agent/v1/tuf/" + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        r = c.getresponse()
        return r.status, r.read(), r.headers
    finally:
        c.close()


def test_files_for_everybody(console, repository):
    status, body, h = get(console, "metadata/1.root.json")
    assert (status, body, h["Content-Type"]) == (200, b"{}", "application/json") and "immutable" in h["Cache-Control"]
    status, body, h = get(console, "metadata/timestamp.json")
    assert (status, h["Cache-Control"]) == (200, "no-store") and body
    status, body, h = get(console, PACK)
    assert status == 200 and body == (repository / PACK).read_bytes() and h["Content-Type"] == "application/octet-stream"
    assert h["Accept-Ranges"] == "bytes" and h["X-Content-Type-Options"] == "nosniff"
    status, body, h = get(console, PACK, "HEAD")
    assert (status, body, h["Content-Length"]) == (200, b"", str(3 << 20))
    assert get(console, "metadata/empty.json")[:2] == (200, b"") and get(console, "targets/rules/deep/er/f")[1] == b"deep"


def test_a_device_may_too(console, tmp_path):
    d = T.Device(console, tmp_path)
    c = http.client.HTTPSConnection("127.0.0.1", console.port, context=d.context, timeout=30)
    for _ in range(3):      # one connection for several files
        c.request("GET", "/agent/v1/tuf/metadata/1.root.json")
        assert c.getresponse().read() == b"{}"
    c.close()


@pytest.mark.parametrize("asked,part", [("bytes=0-0", (0, 1)), ("bytes=1000000-", (1000000, 3 << 20)), ("bytes=5-9", (5, 10)), ("bytes=-7", ((3 << 20) - 7, 3 << 20)),
                                        ("bytes=3145727-99999999999", ((3 << 20) - 1, 3 << 20)), ("bytes=-99999999999999999999999", (0, 3 << 20)),
                                        ("bytes=0-18446744073709551616", (0, 3 << 20))])
def test_a_part(console, repository, asked, part):
    status, body, h = get(console, PACK, Range=asked)
    assert status == 206 and body == (repository / PACK).read_bytes()[part[0]:part[1]]
    assert h["Content-Range"] == f"bytes {part[0]}-{part[1] - 1}/{3 << 20}"


@pytest.mark.parametrize("asked", ["bytes=3145728-", "bytes=99999999999999999999999-", "bytes=-0"])
def test_a_part_that_is_not_there(console, asked):
    status, body, h = get(console, PACK, Range=asked)
    assert (status, body, h["Content-Range"], h["Cache-Control"]) == (416, b"", "bytes */3145728", "no-store")


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=9-5", "bytes=0-1,3-4", "bytes=a-b", "items=0-1", "bytes=0-1 ", "bytes=+1-2", "bytes 0-1"])
def test_what_is_no_range_is_the_whole(console, asked):
    status, body, _ = get(console, PACK, Range=asked)
    assert status == 200 and len(body) == 3 << 20
    assert get(console, PACK, Range="bytes=0-1", If_Range='"x"')[0] == 200


@pytest.mark.parametrize("path", [
    "", "metadata", "metadata/", "targets/", "targets/rules", "targets/rules/", "metadata/none.json", "metadata/../keys/secret", "keys/secret", "metadata/%2e%2e/keys/secret",
    "metadata/..%2fkeys%2fsecret", "metadata/.hidden", "metadata/%2ehidden", "metadata/link.json", "metadata/inside.json", "targets/out/passwd", "metadata/fifo.json",
    "metadata//1.root.json", "metadata/./1.root.json", "/agent/v1/tuf//metadata/1.root.json", "metadata/1.root.json/", "metadata/1.root.json/x", "targets/sparse",
    "metadata/" + "a" * 300, "targets/" + "a/" * 300 + "b", "metadata/1.root.json%00", "metadata/1.root.json%20", "targets/\\..\\x"])
def test_nothing_else(console, path):
    status, body, h = get(console, path)
    assert status in (400, 404, 414) and b"secret" not in body and h["Content-Type"] == "application/json", body
    assert h["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nobody_writes(console, repository, method):
    assert get(console, "metadata/1.root.json", method)[0] == 405
    assert (repository / "metadata/1.root.json").read_text() == "{}"


def test_the_operators_port_has_none(console):
    c = http.client.HTTPSConnection("127.0.0.1", console.api_port, context=console.context(), timeout=30)
    c.request("GET", "/agent/v1/tuf/metadata/1.root.json")
    assert c.getresponse().status == 404
    c.close()


def test_many_at_once_and_some_that_leave(console, repository):
    """Who closes in the middle costs no descriptor; the others get every byte."""
    want, got = (repository / PACK).read_bytes(), []

    def fetch():
        got.append(get(console, PACK)[1] == want)

    fds = f"/proc/{console.process.pid}/fd"
    get(console, PACK)
    before = len(os.listdir(fds))
    for _ in range(20):
        s = console.context().wrap_socket(socket.create_connection(("127.0.0.1", console.port)), server_hostname="127.0.0.1")
        s.sendall(b"GET /agent/v1/tuf/" + PACK.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        s.recv(1000)
        s.close()
    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert got == [True] * 8
    assert console.call("POST", "/agent/v1/heartbeat", "{}")[0] == 401
    assert len(os.listdir(fds)) <= before + 8


def test_without_a_folder(tmp_path):
    c = T.Console(tmp_path).start()
    try:
        assert get(c, "metadata/1.root.json")[0] == 404
    finally:
        c.stop()


def test_a_folder_that_is_not_there(tmp_path):
    c = T.Console(tmp_path)
    offer(c, f"{tmp_path}/nowhere")
    c.start()
    try:
        assert get(c, "metadata/1.root.json")[0] == 404
        (tmp_path / "nowhere/metadata").mkdir(parents=True)
        (tmp_path / "nowhere/metadata/1.root.json").write_text("{}")
        assert get(c, "metadata/1.root.json")[1] == b"{}", "it may come later"
    finally:
        c.stop()


def test_plain_http_is_no_way(console):
    s = socket.create_connection(("127.0.0.1", console.port), 10)
    s.sendall(b"GET /agent/v1/tuf/metadata/1.root.json HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        assert b"200" not in s.recv(100)
    except (ConnectionError, ssl.SSLError):
        pass
    s.close()
