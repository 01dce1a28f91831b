"""Recorded-style answers of VPN gateways: tests/lab/gateways/PRODUCT/NAME.txt.

A file begins with head lines `# KEY: TEXT`: `source` (where the form of the answer is from; always), `filler`
(what in it is not from there), `expect` (words KEY=VALUE: product, empty for a decoy; version, empty when the
answer does not tell it; others where they say something).  PRODUCT is a name of tools/vpn/products.ini.  A file
named decoy-* must not be taken for the product.  Then come answers, each after a line that begins with "== ":

    == https METHOD PATH [hex]  status line and headers, an empty line, the body; line ends of the head become CRLF.
                                "hex": the body is hexadecimal digits, blanks between them
    == tls                      the lines of probe.h ("subject=..." in RFC 2253 order; "protocol=" is the newest the server speaks)
    == ssh                      the identification line
    == snmp [OID]               the value as text; without an OID sysDescr
    == ike v1|v2                vendor ids, one a line, hexadecimal

answers() gives the bytes as the prober hands them to the rules.
"""
import os
import re
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gateways")
SYSDESCR = "1.3.6.1.2.1.1.1.0"
SPI = bytes(range(0x11, 0x19))       # of an initiator that a file cannot know


TLS_LINES = ("protocol", "subject", "issuer", "not_before", "not_after", "serial", "names", "self_signed", "chain")
TLS_USUAL = {"chain": "1"}


class Answer:
    """One answer: source ("https" "tls" "ssh" "snmp" "ike"), path as in probe_ask, method, status, data."""

    def __init__(self, source, path, data, method="", status=0, detail=""):
        self.source, self.path, self.data, self.method, self.status, self.detail = source, path, data, method, status, detail


class Fixture:
    def __init__(self, path):
        self.path = path
        self.product = os.path.basename(os.path.dirname(path))
        self.name = os.path.basename(path)[:-len(".txt")]
        self.decoy = self.name.startswith("decoy-")
        self.head, self.sections = {}, []
        with open(path, encoding="utf-8") as f:
            for line in f.read().split("\n"):
                if line.startswith("== "):
                    self.sections.append((line[3:].split(), []))
                elif self.sections:
                    self.sections[-1][1].append(line)
                else:
                    m = re.match(r"# ([a-z]+): (.+)$", line)
                    if not m:
                        raise ValueError(f"{path}: no head line: {line!r}")
                    self.head[m.group(1)] = m.group(2)
        for _, lines in self.sections:
            if lines and lines[-1] == "":
                lines.pop()          # the end of the file's or the section's last line

    def expect(self):
        """{"product": ..., "version": ...}; words without '=' belong to the value before them."""
        out, key = {}, None
        for word in self.head["expect"].split(" "):
            if "=" in word:
                key, value = word.split("=", 1)
                out[key] = value
            elif key:
                out[key] += " " + word
        return out

    def answers(self):
        return [_answer(words, lines) for words, lines in self.sections]


def _answer(words, lines):
    source = words[0]
    if source == "https":
        empty = lines.index("") if "" in lines else len(lines)
        head, body = "\r\n".join(lines[:empty]) + "\r\n\r\n", lines[empty + 1:]
        data = bytes.fromhex("".join(body)) if words[3:] == ["hex"] else "".join(b + "\n" for b in body).encode()
        return Answer(source, words[2], head.encode() + data, method=words[1], status=int(lines[0].split()[1]))
    if source == "tls":
        told = dict(x.split("=", 1) for x in lines)
        return Answer(source, "", "".join(f"{k}={told.get(k, TLS_USUAL.get(k, ''))}\n" for k in TLS_LINES).encode())
    if source == "ssh":
        return Answer(source, "", lines[0].encode())
    if source == "snmp":
        return Answer(source, words[1] if words[1:] else "", "\n".join(lines).encode())
    if source == "ike":
        ids = [bytes.fromhex(x) for x in lines]
        return Answer(source, "", ike_answer(int(words[1][1:]), SPI, ids), detail=words[1])
    raise ValueError(f"no such source: {source}")


def _payloads(parts):
    """[(type, body)] -> chained generic payloads (RFC 7296 section 3.2, RFC 2408 section 3.2 alike)."""
    out = b""
    for i, (_, body) in enumerate(parts):
        after = parts[i + 1][0] if i + 1 < len(parts) else 0
        out += struct.pack(">BBH", after, 0, 4 + len(body)) + body
    return out


def ike_answer(version, initiator, vendor_ids, responder=b"\x5a" * 8):
    """An answer to our first message: SA (and KE, nonce for IKEv2) as a responder sends them, then the vendor ids."""
    if version == 2:
        transforms = [(1, 12, b"\x80\x0e\x00\x80"), (2, 5, b""), (3, 12, b""), (4, 14, b"")]
        chain = b"".join(struct.pack(">BBHBBH", 3 if i + 1 < len(transforms) else 0, 0, 8 + len(a), kind, 0, number) + a
                         for i, (kind, number, a) in enumerate(transforms))
        sa = struct.pack(">BBHBBBB", 0, 0, 8 + len(chain), 1, 1, 0, len(transforms)) + chain
        parts = [(33, sa), (34, struct.pack(">HH", 14, 0) + b"\x33" * 256), (40, b"\x44" * 32)] + [(43, v) for v in vendor_ids]
        flags, exchange = 0x20, 34
    else:
        transform = bytes.fromhex("80010007800e0080800200028003000180040002800b0001800c7080")
        chain = struct.pack(">BBHBBH", 0, 0, 8 + len(transform), 1, 1, 0) + transform
        sa = struct.pack(">II", 1, 1) + struct.pack(">BBHBBBB", 0, 0, 8 + len(chain), 1, 1, 0, 1) + chain
        parts = [(1, sa)] + [(13, v) for v in vendor_ids]
        flags, exchange = 0, 2
    body = _payloads(parts)
    return initiator + responder + struct.pack(">BBBBII", parts[0][0], version << 4, exchange, flags, 0, 28 + len(body)) + body


def fixtures():
    """Every fixture, in the order of their names."""
    return [Fixture(os.path.join(base, f)) for base, folders, files in sorted(os.walk(FOLDER)) for f in sorted(files) if f.endswith(".txt")]
