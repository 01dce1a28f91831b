"""A console for the agent's tests: HTTPS with client certificates, made by openssl, misbehaving on demand."""
import ctypes
import ctypes.util
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "lab"))
from ports import free_ports  # noqa: E402

AGENT = "11111111-2222-4333-8444-555555555555"
_zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
_zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
_zstd.ZSTD_decompress.restype = ctypes.c_size_t


def unzstd(data):
    size = _zstd.ZSTD_getFrameContentSize(data, ctypes.c_size_t(len(data)))
    assert size < 8 << 20
    out = ctypes.create_string_buffer(size)
    n = _zstd.ZSTD_decompress(out, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    return out.raw[:n]


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class Authority:
    """A CA that signs servers and devices."""

    def __init__(self, folder, name="console-ca"):
        self.dir = pathlib.Path(folder)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.key, self.cert = self.dir / f"{name}.key", self.dir / f"{name}.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-keyout",
                str(self.key), "-out", str(self.cert), "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def pin(self):
        der = openssl("x509", "-in", str(self.cert), "-outform", "DER")
        return openssl("dgst", "-sha256", "-r", data=der).split()[0].decode()

    def sign(self, csr, days, extensions, subject=None):
        ext = self.dir / "ext.cnf"
        ext.write_text(extensions)
        extra = ["-subj", subject] if subject else []
        # `-subj` of x509 -req needs no key; -not_after is not in OpenSSL 3.0: whole days only
        return openssl("x509", "-req", "-CA", str(self.cert), "-CAkey", str(self.key), "-CAcreateserial", "-days", str(days),
                       "-extfile", str(ext), *extra, data=csr)

    def server(self, host="127.0.0.1"):
        key, csr, crt = self.dir / "server.key", self.dir / "server.csr", self.dir / "server.crt"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out",
                str(csr), "-subj", "/CN=console")
        san = f"IP:{host}" if host[0].isdigit() else f"DNS:{host}"
        crt.write_bytes(self.sign(csr.read_bytes(), 30, f"subjectAltName={san}\nextendedKeyUsage=serverAuth\n") + self.cert.read_bytes())
        return key, crt

    def device(self, csr, days=90):
        return self.sign(csr, days, "extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n", f"/CN={AGENT}").decode()


class Console:
    def __init__(self, folder, authority=None, port=0):
        self.ca = authority or Authority(folder)
        self.key, self.crt = self.ca.server()
        self.port = port or free_ports(1)[0]   # it is bound again after an outage
        self.events = {}          # (journal, sequence) -> body
        self.posts = 0            # POSTs of events that were stored
        self.duplicates = 0
        self.beats, self.results, self.polls, self.enrolled, self.renewed = [], [], [], [], []
        self.commands = []        # (sequence, envelope)
        self.doors, self.doors_tries = [], []   # bodies of /doors that were taken; times of all attempts
        self.doors_status, self.doors_go = 200, threading.Event()   # /doors is answered once doors_go is set
        self.doors_go.set()
        self.mode = ""            # "", "500", "garbage", "slow", "huge", "redirect", "400", "lose"
        self.delay = 0            # s before a POST is looked at
        self.poison = None        # sequence whose batch is refused
        self.durable_bonus = 0
        self.bare = False         # send no CA certificate, ask for no client certificate
        self.next_s, self.flag = 30, False
        self.command_keys, self.days = [], 90
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.httpd = None

    # ---- life
    def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(str(self.crt), str(self.key))
        if not self.bare:          # OpenSSL would complete the chain from what it trusts itself
            context.load_verify_locations(str(self.ca.cert))
            context.verify_mode = ssl.CERT_OPTIONAL
        console = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 90

            def setup(self):
                self.request.settimeout(90)
                self.request = self.connection = context.wrap_socket(self.request, server_side=True)
                self.server.open.add(self.request)   # the bare socket is empty from here on: `stop` must find this one
                super().setup()

            def log_message(self, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.reply(*console.post(self, body))

            def do_GET(self):
                self.reply(*console.get(self))

            def cn(self):
                cert = self.connection.getpeercert()
                return dict(x[0] for x in cert["subject"]).get("commonName") if cert else None

            def reply(self, status, answer):
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("Location", "https://127.0.0.1:1/")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

            def __init__(self, *args):
                self.open = set()
                super().__init__(*args)

            def process_request(self, request, address):
                self.open.add(request)
                super().process_request(request, address)

            def handle_error(self, request, address):
                pass

        self.httpd = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()
        for s in list(self.httpd.open):
            try:
                s.shutdown(2)
            except OSError:
                pass
            s.close()

    url = property(lambda self: f"https://127.0.0.1:{self.port}")

    # ---- calls
    def misbehave(self):
        return {"500": (500, {"error": "internal", "message": "no"}), "garbage": (200, b"\xff\x00{[not json"),
                "400": (400, {"error": "bad", "message": "refused"}), "redirect": (302, {}),
                "huge": (200, b'{"durable":1,"x":"' + b"x" * (3 << 20) + b'"}')}.get(self.mode)

    def post(self, h, body):
        path = h.path
        if path == "/agent/v1/enroll":
            return self.enroll(json.loads(body))
        if h.cn() != AGENT:
            return 401, {"error": "no_certificate", "message": ""}
        time.sleep(3 if self.mode == "slow" else self.delay)
        bad = self.misbehave()
        if bad and path != "/agent/v1/renew":
            return bad
        if path == "/agent/v1/events":
            return self.store(h.headers, body)
        if path == "/agent/v1/doors":
            return self.take_doors(h.headers, body)
        if path == "/agent/v1/heartbeat":
            with self.changed:
                self.beats.append(json.loads(body))
                self.changed.notify_all()
            return 200, {"next_s": self.next_s, "server_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "commands": self.flag}
        if path == "/agent/v1/results":
            with self.changed:
                self.results.append(json.loads(body))
                self.changed.notify_all()
            return 200, {}
        if path == "/agent/v1/renew":
            self.renewed.append(json.loads(body)["csr"])
            return 200, {"certificate": self.ca.device(self.renewed[-1].encode())}
        return 404, {"error": "not_found", "message": path}

    def store(self, headers, body):
        if headers.get("Content-Encoding") == "zstd":
            body = unzstd(body)
        lines = [json.loads(x) for x in body.splitlines()]
        journal = headers["X-Mimamori-Journal"]
        assert lines[0]["metadata"]["sequence"] == int(headers["X-Mimamori-First"])
        assert lines[-1]["metadata"]["sequence"] == int(headers["X-Mimamori-Last"])
        assert headers["X-Mimamori-Boot"]
        if self.poison and any(x["metadata"]["sequence"] == self.poison for x in lines):
            return 400, {"error": "bad_event", "message": "poison"}
        with self.changed:
            for x in lines:
                key = (journal, x["metadata"]["sequence"])
                self.duplicates += key in self.events
                self.events.setdefault(key, x)
            self.posts += 1
            self.changed.notify_all()
        if self.mode == "lose":   # stored, but the answer never arrives
            return 500, {"error": "late", "message": "lost on the way"}
        return 200, {"durable": lines[-1]["metadata"]["sequence"] + self.durable_bonus}

    def take_doors(self, headers, body):
        assert headers.get("Content-Encoding") == "zstd"
        with self.changed:
            status = self.doors_status
            self.doors_tries.append(time.monotonic())
            self.changed.notify_all()
        self.doors_go.wait(50)
        if status != 200:
            return status, {"error": "busy", "message": "later"}
        with self.changed:
            self.doors.append(json.loads(unzstd(body)))
            self.changed.notify_all()
        return 200, {}

    def get(self, h):
        if h.cn() != AGENT:
            return 401, {"error": "no_certificate", "message": ""}
        bad = self.misbehave()
        if bad:
            return bad
        query = dict(x.split("=") for x in h.path.partition("?")[2].split("&"))
        after, wait = int(query["after"]), int(query["wait"])
        self.polls.append(after)
        with self.changed:
            self.changed.wait_for(lambda: [c for c in self.commands if c[0] > after], min(wait, 20))
            return 200, {"commands": [c[1] for c in self.commands if c[0] > after][:16]}

    def enroll(self, request):
        self.enrolled.append(request)
        if request["token"] != "good-token":
            return 403, {"error": "token_expired", "message": "ask for another"}
        return 200, {"agent_id": AGENT, "certificate": self.ca.device(request["csr"].encode(), self.days), "ca": self.ca.cert.read_text(),
                     "command_keys": self.command_keys, "customer": "株式会社みどり商店", "phone": "03-0000-0000"}

    # ---- for tests
    def order(self, sequence, command_id):
        with self.changed:
            self.commands.append((sequence, {"payloadType": "test", "payload": f"{command_id}:{sequence}", "signatures": []}))
            self.changed.notify_all()

    def wait(self, condition, seconds=20):
        with self.changed:
            return self.changed.wait_for(condition, seconds)
