#!/usr/bin/python3
"""A line to a console on which the answer to an enrolment is lost: what the console says after it has recorded a code never arrives.

    lost.py ADDRESS PORT TO TO-PORT DATABASE FLAG

While the file FLAG is there an answer that follows a newly used code in the console's DATABASE (SQLite) is lost: with "hold" in the
file the line stays open and silent until the file is gone, else it is cut.  Everything else passes.  Says "ready".
"""
import base64
import hashlib
import json
import os
import select
import socket
import sqlite3
import sys
import threading
import time


def through(code, port):
    """The same code for the same console at another port: that of the line."""
    text = code.replace("-", "")[3:]
    said = json.loads(base64.b32decode(text + "=" * (-len(text) % 8))[:-4])
    payload = json.dumps({**said, "u": f"{said['u'].rpartition(':')[0]}:{port}"}, separators=(",", ":")).encode()
    text = base64.b32encode(payload + hashlib.sha256(payload).digest()[:4]).decode().rstrip("=")
    return "MM1-" + "-".join(text[i:i + 5] for i in range(0, len(text), 5))


def used(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10) as db:
        return db.execute("SELECT count(used) FROM token").fetchone()[0]


def passes(database, flag, before):
    """Whether what the console just said may go on; waits while it is held."""
    if not os.path.exists(flag) or used(database) == before:
        return True
    with open(flag) as f:
        held = f.read() == "hold"
    while held and os.path.exists(flag):
        time.sleep(0.05)
    return False


def line(c, there, database, flag):
    before = used(database)
    with c, there:
        while True:
            for s in select.select([c, there], [], [])[0]:
                data = s.recv(65536)
                if not data or (s is there and not passes(database, flag, before)):
                    return
                (there if s is c else c).sendall(data)


def serve(c, to, port, database, flag):
    try:
        line(c, socket.create_connection((to, port), 5), database, flag)
    except OSError:
        c.close()


def main(address, port, to, to_port, database, flag):
    s = socket.create_server((address, int(port)), backlog=64)
    print("ready", s.getsockname()[1], flush=True)
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve, args=(c, to, int(to_port), database, flag), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
