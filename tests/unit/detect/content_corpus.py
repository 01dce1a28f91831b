#!/usr/bin/python3
"""Pairs of contents for test_content_corpus: prints "label TAB expected TAB after TAB before".

usage: content_corpus.py DIR [seed=N] [full].  Documents of real formats are made with the tools
of the distribution that are there (ImageMagick, ffmpeg, sqlite3, zip, 7z, xz,
zstd, bzip2, exiftool, git, gpg; a missing tool leaves its rows out), then
rewritten as honest programs do, and encrypted or wiped in every mode.
expected: a word of C's table or several joined by "|"; "honest" = KEPT, UNSURE or NONE.
"""
import base64, gzip, io, json, os, random, shutil, sqlite3, struct, subprocess, sys, zipfile, bz2, lzma, tarfile

root = sys.argv[1]
# "full" takes two minutes and 2 GB, without it half a minute and 200 MB
FULL = "full" in sys.argv
SIZES = (300, 2000, 30000, 300000, 1500000) if FULL else (300, 30000, 250000)
rnd = random.Random(next((int(a[5:]) for a in sys.argv if a.startswith("seed=")), 20240229))
os.makedirs(root, exist_ok=True)
have = {t: shutil.which(t) for t in "convert mogrify ffmpeg zip 7z xz zstd bzip2 exiftool git gpg openssl".split()}
count = 0


def run(*args, **kw):
    return subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, **kw).returncode == 0


def put(name, data):
    global count
    count += 1
    path = os.path.join(root, "%05d-%s" % (count, name))
    with open(path, "wb") as f:
        f.write(data)
    return path


def get(path):
    with open(path, "rb") as f:
        return f.read()


def row(label, expected, after, before):
    print("\t".join((label, expected, after, before)), flush=True)


# --- key stream: AES-256-CTR by openssl, any place of it; without openssl the system's generator
STREAM = 16 << 20
if have["openssl"]:
    p = subprocess.run(["openssl", "enc", "-aes-256-ctr", "-K", "11" * 32, "-iv", "22" * 16], input=bytes(STREAM), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stream = p.stdout
else:
    stream = os.urandom(STREAM)


def encrypt(data):
    at = rnd.randrange(0, STREAM - len(data)) if len(data) < STREAM else 0
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream[at:at + len(data)], "big")).to_bytes(len(data), "big")


# --- text ---------------------------------------------------------------------------------
EN = ("the a of and to in is was for on that with as by at from order invoice customer delivery meeting report budget price quality "
      "machine factory schedule monday friday please confirm attached regards total amount payment number document printing sales").split()
JA = "見積書 請求書 納品 お世話になっております 株式会社 会議 資料 添付 ご確認ください 金額 合計 数量 営業部 製造 担当者 来週 月曜日 よろしくお願いいたします 電話 図面 在庫 発注 在り高 東京 大阪 について までに です。 ました。 ます。".split()


def english(n):
    out, size = [], 0
    while size < n:
        w = rnd.choice(EN) + (rnd.choice([". ", ",\n", " ", " ", " "]))
        out.append(w)
        size += len(w)
    return "".join(out)[:n]


def japanese(n):
    out, size = [], 0
    while size < n:
        w = rnd.choice(JA) + rnd.choice(["、", "", "", "\n", "%d" % rnd.randrange(9999)])
        out.append(w)
        size += len(w)
    return "".join(out)[:n]


def csv_text(n):
    lines, size = ["id,name,date,amount\n"], 0
    while size < n:
        l = "%d,%s,2024-%02d-%02d,%d\n" % (rnd.randrange(10**6), rnd.choice(JA), rnd.randrange(1, 13), rnd.randrange(1, 29), rnd.randrange(10**7))
        lines.append(l)
        size += len(l.encode())
    return "".join(lines)


def picture(w, h):
    """Smooth colours with some noise, as a photo has."""
    import math
    rows = []
    a, b, c = (rnd.uniform(5, 40) for _ in range(3))
    for y in range(h):
        r = bytearray()
        for x in range(w):
            v = int(127 + 60 * math.sin(x / a) + 50 * math.cos(y / b + x / c))
            r += bytes(max(0, min(255, v + rnd.randrange(-6, 7) + d)) for d in (0, 12, -20))
        rows.append(bytes(r))
    return b"P6\n%d %d\n255\n" % (w, h) + b"".join(rows)


def zipped(members, stored=()):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (2024, 2, 29, 1, 2, 4)), data, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return b.getvalue()


def docx(n, images=()):
    body = "".join("<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % (japanese(80) if i % 2 else english(160)) for i in range(max(1, n // 250)))
    m = [("[Content_Types].xml", '<?xml version="1.0"?><Types>' + "<Default/>" * 9 + "</Types>"), ("_rels/.rels", "<Relationships/>" * 3),
         ("word/document.xml", '<?xml version="1.0"?><w:document>' + body + "</w:document>"), ("word/styles.xml", "<w:styles>" + english(2000) + "</w:styles>")]
    m += [("word/media/image%d.jpeg" % i, d) for i, d in enumerate(images)]
    return zipped(m, stored=[x[0] for x in m if x[0].endswith("jpeg")])


def xlsx(n):
    rows = "".join('<row r="%d"><c><v>%d</v></c><c><v>%d</v></c></row>' % (i, rnd.randrange(10**6), rnd.randrange(10**4)) for i in range(max(1, n // 30)))
    return zipped([("[Content_Types].xml", "<Types>" + "<Default/>" * 9 + "</Types>"), ("xl/workbook.xml", "<workbook/>" * 5), ("xl/worksheets/sheet1.xml", "<worksheet>" + rows + "</worksheet>")])


def odt(n):
    return zipped([("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<office>" + japanese(n) + "</office>"), ("styles.xml", english(3000))], stored=["mimetype"])


def pdf(n, stream=b""):
    import zlib
    out, offs = io.BytesIO(), []
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"]
    for part in range(max(1, n // 20000)):
        z = zlib.compress(english(min(n, 20000)).encode())
        bodies.append(b"<</Length %d/Filter/FlateDecode>>\nstream\n" % len(z) + z + b"\nendstream")
    if stream:
        bodies.append(b"<</Length %d/Filter/DCTDecode>>\nstream\n" % len(stream) + stream + b"\nendstream")
    for i, b in enumerate(bodies):
        offs.append(out.tell())
        out.write(b"%d 0 obj\n" % (i + 1) + b + b"\nendobj\n")
    at = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offs) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offs))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offs) + 1, at))
    return out.getvalue()


def ole(text):
    """A compound file with one stream, as Word 97 wrote it in shape."""
    data = text.encode("utf-16-le")
    data += bytes(-len(data) % 512)
    n = len(data) // 512
    fats = (n + 2 + 127) // 128 + 1
    fat = [0xFFFFFFFD] * fats + [0xFFFFFFFE] + [i + fats + 2 for i in range(n - 1)] + [0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (fats * 128 - len(fat))
    entry = lambda name, kind, start, size: (name.encode("utf-16-le") + bytes(64 - 2 * len(name)) + struct.pack("<HBB", 2 * len(name) + 2, kind, 1) + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF) + bytes(36) + struct.pack("<II", start, size) + bytes(4))
    d = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry("WordDocument", 2, fats + 1, len(data)) + bytes(256)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6) + struct.pack("<IIIIIIIII", 0, fats, fats, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + b"".join(struct.pack("<I", i if i < fats else 0xFFFFFFFF) for i in range(1, 109))
    return head + struct.pack("<%dI" % len(fat), *fat) + d + data


def sqlite(rows, blob=False):
    path = os.path.join(root, "make.sqlite")
    if os.path.exists(path):
        os.remove(path)
    c = sqlite3.connect(path)
    c.execute("create table t(id integer primary key, name text, note text, pic blob)")
    for i in range(rows):
        c.execute("insert into t(name,note,pic) values(?,?,?)", (rnd.choice(JA), english(rnd.randrange(20, 400)), photos[i % len(photos)][:9000] if blob and i % 9 == 0 else None))
    c.commit()
    c.close()
    d = get(path)
    os.remove(path)
    return d


def tool(name, data, args, out):
    """Run a converter over data; None when it is missing or fails."""
    if not have[name]:
        return None
    src, dst = os.path.join(root, "in.ppm"), os.path.join(root, "out." + out)
    with open(src, "wb") as f:
        f.write(data)
    if os.path.exists(dst):
        os.remove(dst)
    ok = run(*[a.replace("IN", src).replace("OUT", dst) for a in args])
    d = get(dst) if ok and os.path.exists(dst) else None
    return d


raw = [picture(w, h) for w, h in ((320, 240), (500, 400), (160, 120))]
photos = [d for d in (tool("convert", r, ["convert", "IN", "-quality", q, "OUT"], "jpg") for r, q in zip(raw * (2 if FULL else 1), ("92", "85", "95", "60", "75", "98"))) if d] or [os.urandom(9000)]
docs = {}


def doc(kind, data):
    if data:
        docs.setdefault(kind, []).append(data)


for n in SIZES:
    doc("txt-en", english(n).encode())
    doc("txt-utf8", japanese(n // 3).encode())
    doc("txt-sjis", japanese(n // 2).encode("cp932"))
    doc("txt-euc", japanese(n // 2).encode("euc_jp"))
    doc("txt-utf16", japanese(n // 2).encode("utf-16"))
    doc("txt-jis", japanese(n // 2).encode("iso2022_jp"))
    doc("csv", csv_text(n).encode("cp932"))
    doc("json", json.dumps([{"id": i, "name": rnd.choice(JA), "text": english(90)} for i in range(n // 150 + 1)], ensure_ascii=False).encode())
    doc("html", ("<html><body>" + "<p>%s</p>\n" % japanese(60) * (n // 200 + 1) + "</body></html>").encode())
    doc("eml", b"From: a@example.jp\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + english(n // 4).encode() + b"\n--b\nContent-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(photos[0][:n] * max(1, n // len(photos[0]))) + b"--b--\n")
    doc("docx", docx(n, photos[:2] if n > 2000 else ()))
    doc("xlsx", xlsx(n))
    doc("odt", odt(n))
    doc("pdf", pdf(n, photos[1] if n > 2000 else b""))
    doc("ole", ole(english(max(n, 5000))))
    doc("sqlite", sqlite(n // 200 + 2, n > 2000))
    doc("zip", zipped([("a%d.txt" % i, english(3000)) for i in range(n // 3000 + 1)] + [("p%d.jpg" % i, p) for i, p in enumerate(photos[:3])]))
    doc("gz", gzip.compress(english(n).encode(), mtime=0))
    doc("bz2", bz2.compress(english(n).encode()))
    doc("xz", lzma.compress(english(n).encode()))
    t = io.BytesIO()
    with tarfile.open(fileobj=t, mode="w") as tf:
        for i in range(n // 9000 + 1):
            b = english(9000).encode() if i % 2 else photos[i % len(photos)]
            ti = tarfile.TarInfo("f%d" % i)
            ti.size = len(b)
            tf.addfile(ti, io.BytesIO(b))
    doc("tar", t.getvalue())
for p in photos:
    doc("jpg", p)
for i, r in enumerate(raw + [picture(700, 500)] if FULL else raw[1:]):
    for kind, args in (("jpg", ["-quality", "90"]), ("png", []), ("gif", []), ("tiff", ["-compress", "none"]), ("tiff-lzw", ["-compress", "lzw"]), ("bmp", []), ("webp", []), ("pdf-im", []), ("jpg-prog", ["-interlace", "Plane"])):
        ext = kind.split("-")[0]
        doc(kind, tool("convert", r, ["convert", "IN"] + args + ["OUT"], ext))
for i in range(3 if FULL else 1):
    secs = str(2 + 5 * i)
    sine = ["ffmpeg", "-y", "-f", "lavfi", "-i", "sine=frequency=%d:duration=%s" % (300 + 100 * i, secs), "-f", "lavfi", "-i", "anoisesrc=d=%s:a=0.1" % secs, "-filter_complex", "amix=inputs=2"]
    for ext in ("mp3", "wav", "flac", "ogg"):
        doc(ext, tool("ffmpeg", b"", sine + ["OUT"], ext))
    for ext in ("mp4", "mkv", "avi", "webm"):
        doc(ext, tool("ffmpeg", b"", ["ffmpeg", "-y", "-f", "lavfi", "-i", "testsrc2=duration=%s:size=320x240:rate=15" % secs, "-t", "4" if ext == "webm" else secs, "OUT"], ext))
for p in ("/bin/ls", "/bin/tar", "/bin/true"):
    doc("elf", get(p))
for i in range(3 if have["7z"] else 0):
    a, b = put("in.txt", english(20000 * (i + 1)).encode()), os.path.join(root, "o%d.7z" % i)
    run("7z", "a", "-bd", b, a)
    doc("7z", get(b))
for i in range(3 if have["zstd"] else 0):
    doc("zst", tool("zstd", english(30000 * (i + 1)).encode(), ["zstd", "-q", "-f", "IN", "-o", "OUT"], "zst"))

paths = {k: [put("doc." + k, d) for d in v] for k, v in docs.items()}


# --- destroyed ------------------------------------------------------------------------------
def pattern(data, ranges):
    out = bytearray(data)
    for a, b in ranges:
        b = min(b, len(data))
        if a < b:
            out[a:b] = encrypt(data[a:b])
    return bytes(out)


def every(data, step, width):
    return pattern(data, [(a, a + width) for a in range(0, len(data), step)])


MODES = {
    "whole": encrypt,
    "with-footer": lambda d: encrypt(d) + b"KEY:" + encrypt(bytes(512)),
    "with-header": lambda d: b"LOCKED00" + encrypt(bytes(256)) + encrypt(d),
    "every-other-4K": lambda d: every(d, 8192, 4096),
    "every-other-64K": lambda d: every(d, 131072, 65536),
    "16K-of-128K": lambda d: every(d, 131072, 16384),
    "first-1K": lambda d: pattern(d, [(0, 1024)]),
    "first-4K": lambda d: pattern(d, [(0, 4096)]),
    "first-10pc": lambda d: pattern(d, [(0, len(d) // 10 + 64)]),
    "middle-half": lambda d: pattern(d, [(len(d) // 4, len(d) * 3 // 4)]),
    "keep-512-head": lambda d: pattern(d, [(512, len(d))]),
    "head-and-tail": lambda d: pattern(d, [(0, 2048), (max(0, len(d) - 2048), len(d))]),
    "base64": lambda d: base64.b64encode(encrypt(d)),
    "base64-lines": lambda d: base64.encodebytes(encrypt(d)),
    "hex": lambda d: encrypt(d).hex().encode(),
    "in-gzip": lambda d: gzip.compress(encrypt(d), mtime=0),
    "in-zip": lambda d: zipped([("data", encrypt(d))]),
    "fake-png-head": lambda d: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + encrypt(d),
    "fake-zip-head": lambda d: b"PK\3\4" + encrypt(d),
    "fake-pdf": lambda d: b"%PDF-1.4\n" + encrypt(d) + b"\n%%EOF\n",
    "salted": lambda d: b"Salted__" + encrypt(d),
    "xor-key": lambda d: bytes(x ^ k for x, k in zip(d, (b"s3cr3t-key-of-23-bytes!" * (len(d) // 23 + 1)))),
    "xor-byte": lambda d: bytes(x ^ 0x5A for x in d),
}
WIPES = {
    "zero": lambda d: bytes(len(d)),
    "ff": lambda d: b"\xff" * len(d),
    "deadbeef": lambda d: (b"\xde\xad\xbe\xef" * (len(d) // 4 + 1))[:len(d)],
    "word": lambda d: (b"destroyed! " * (len(d) // 11 + 1))[:len(d)],
    "empty": lambda d: b"",
    "cut-to-5pc": lambda d: d[:len(d) // 20],
}
for kind, versions in docs.items():
    for i, data in enumerate(versions):
        for mode, f in MODES.items():
            if mode in ("every-other-64K", "16K-of-128K") and len(data) < 200000:
                continue
            if mode in ("keep-512-head", "middle-half") and len(data) < 4096:
                continue
            if mode.startswith("xor") and (len(data) > 400000 or i > 2):
                continue
            row("%s/%s" % (mode, kind), "ENCRYPTED", put("e." + kind, f(data)), paths[kind][i])
        for mode, f in WIPES.items():
            if mode == "cut-to-5pc" and len(data) < 2000:
                continue
            row("wipe-%s/%s" % (mode, kind), "WIPED", put("w." + kind, f(data)), paths[kind][i])
        row("new-opaque/" + kind, "ENCRYPTED", put("n." + kind, encrypt(data)), "-")
        row("new-same/" + kind, "KEPT", paths[kind][i], "-")
    if have["7z"] and (FULL or kind in ("docx", "jpg", "txt-utf8", "pdf", "sqlite")):
        for ext, extra in (("7z", []), ("7z", ["-mhe=on"]), ("zip", []), ("zip", ["-mem=AES256"])):
            out = os.path.join(root, "secret%d.%s" % (count, ext))
            count += 1
            if run("7z", "a", "-bd", "-psecret"  , *extra, out, paths[kind][0]):
                row("password-%s%s/%s" % (ext, "".join(extra), kind), "ENCRYPTED", out, paths[kind][0])
    if have["gpg"] and kind in ("docx", "jpg", "txt-utf8"):
        out = os.path.join(root, "g%d.gpg" % count)
        count += 1
        home = os.path.join(root, "gnupg")
        os.makedirs(home, 0o700, exist_ok=True)
        if run("gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "x", "-o", out, "-c", paths[kind][0]):
            row("gpg/" + kind, "ENCRYPTED", out, paths[kind][0])
        run("gpgconf", "--homedir", home, "--kill", "all")  # its agent would remove its sockets while the test removes the folder

# --- honest ---------------------------------------------------------------------------------
def edit(text_bytes):
    lines = text_bytes.split(b"\n")
    k = rnd.randrange(len(lines))
    lines[k:k] = [b"inserted line %d" % rnd.randrange(1000)]
    return b"\n".join(lines)


PACK = {"gzip": lambda d: gzip.compress(d), "bzip2": bz2.compress, "xz": lzma.compress, "zip": lambda d: zipped([("f", d)]), "zip-stored": lambda d: zipped([("f", d)], stored=["f"])}
for kind, versions in docs.items():
    for i, data in enumerate(versions):
        before, honest = paths[kind][i], lambda label, after: row("%s/%s" % (label, kind), "honest", put("h." + kind, after), before)
        honest("same", data)
        honest("append", data + english(3000).encode())
        for name, f in PACK.items():
            honest("pack-" + name, f(data))
        if have["zstd"] and len(data) < 400000:
            z = tool("zstd", data, ["zstd", "-q", "-f", "IN", "-o", "OUT"], "zst")
            z and honest("pack-zstd", z)
        if have["7z"] and i < 2:
            b = os.path.join(root, "k%d.7z" % count)
            count += 1
            run("7z", "a", "-bd", b, before) and row("pack-7z/" + kind, "honest", b, before)
        other = versions[(i + 1) % len(versions)]
        if other is not data:
            honest("replaced-by-another", other)
        row("filled-from-zero/" + kind, "honest", before, put("z", bytes(len(data))))
        row("filled-from-empty/" + kind, "honest", before, put("z", b""))
        if kind.startswith(("txt", "csv", "json", "html", "eml")):
            if kind not in ("txt-utf16",):
                honest("insert-line", edit(data))
            honest("sed", data.replace(b"order", b"ORDER!"))
            honest("rewritten", english(len(data)).encode())
            honest("log-rotate-tail", data[len(data) // 2:])
            honest("upper", data.upper() if kind == "txt-en" else data[::1])
            honest("b64-of-jpeg", base64.encodebytes(photos[0]))
            honest("prepend", english(500).encode() + data)
        if kind in ("txt-utf8", "csv", "html"):
            try:
                honest("recode", data.decode("utf-8" if kind != "csv" else "cp932", "ignore").encode("utf-16" if i % 2 else "cp932", "ignore"))
            except UnicodeError:
                pass
for kind, make in (("docx", lambda i: docx(3000 * (i + 1), photos[:2])), ("xlsx", lambda i: xlsx(4000 * i + 400)), ("odt", lambda i: odt(2500 * i + 900)), ("pdf", lambda i: pdf(5000 * i + 900)), ("ole", lambda i: ole(english(6000 + 900 * i)))):
    for i in range(20):
        row("resave/" + kind, "honest", put("r." + kind, make(i)), put("b." + kind, make(i + 1)))
for i in range(12):
    path = put("db.sqlite", sqlite(200 + 40 * i, i % 2 == 0))
    before = put("b.sqlite", get(path))
    c = sqlite3.connect(path)
    c.execute(("update t set note = note || ' changed' where id % 3 = 0", "delete from t where id % 2 = 0", "insert into t(name,pic) select name, randomblob(9000) from t limit 40", "update t set pic = randomblob(5000) where id % 9 = 1")[i % 4])
    c.commit()
    if i % 3 == 0:
        c.execute("vacuum")
    c.close()
    row("sql/sqlite", "honest", path, before)
if have["mogrify"]:
    for kind in ("jpg", "png", "gif", "webp", "bmp", "tiff", "jpg-prog", "tiff-lzw"):
        for i, data in enumerate(docs.get(kind, [])):
            for op in (["-resize", "80%"], ["-rotate", "90"], ["-quality", "70"], ["-strip"]):
                path = put("m." + kind.split("-")[0], data)
                run("mogrify", *op, path) and row("mogrify%s/%s" % (op[0], kind), "honest", path, paths[kind][i])
if have["exiftool"]:
    for kind in ("jpg", "png", "tiff", "pdf", "mp4", "webp"):
        for i, data in enumerate(docs.get(kind, [])[:4]):
            path = put("x." + kind, data)
            run("exiftool", "-overwrite_original", "-Artist=Sato Hanako", "-Title=report %d" % i, path) and row("exiftool/" + kind, "honest", path, paths[kind][i])
if have["zip"]:
    for kind in ("zip", "docx", "odt"):
        for i, data in enumerate(docs[kind]):
            path = put("u.zip", data)
            run("zip", "-q", "-j", path, paths["txt-en"][i % 3]) and row("zip-u/" + kind, "honest", path, paths[kind][i])
            path = put("d.zip", data)
            first = zipfile.ZipFile(path).namelist()[-1]
            run("zip", "-q", "-d", path, first) and row("zip-d/" + kind, "honest", path, paths[kind][i])
if have["ffmpeg"]:
    for kind in ("mp3", "mp4", "mkv", "flac", "ogg", "wav", "avi"):
        for i, data in enumerate(docs.get(kind, [])):
            for label, args in (("remux", ["-c", "copy", "-metadata", "title=x"]), ("encode", [])):
                new = tool("ffmpeg", data, ["ffmpeg", "-y", "-i", "IN"] + args + (["-movflags", "+faststart"] if kind == "mp4" else []) + ["OUT"], kind)
                new and row("ffmpeg-%s/%s" % (label, kind), "honest", put("f." + kind, new), paths[kind][i])
if have["git"]:
    repo = os.path.join(root, "repo")
    env = dict(os.environ, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b", HOME=root)
    run("git", "init", "-q", repo)
    last = None
    for i in range(6):
        for k in range(8):
            with open(os.path.join(repo, "f%d" % k), "w") as f:
                f.write(english(4000) + str(i))
        run("git", "-C", repo, "add", "-A", env=env)
        run("git", "-C", repo, "commit", "-qm", "c%d" % i, env=env)
        now = put("index", get(os.path.join(repo, ".git/index")))
        last and row("git-index", "honest", now, last)
        last = now
    objects = [os.path.join(d, f) for d, _, fs in os.walk(os.path.join(repo, ".git/objects")) for f in fs]
    for o in objects:
        row("git-object-new", "KEPT", put("obj", get(o)), "-")
    run("git", "-C", repo, "gc", "-q", env=env)
    for d, _, fs in os.walk(os.path.join(repo, ".git/objects")):
        for f in fs:
            row("git-pack-new", "KEPT", os.path.join(d, f), "-")
for i in range(20):  # small files of programs
    a, b = ("%d\n" % rnd.randrange(99999)).encode(), ("%d\n" % rnd.randrange(99999)).encode()
    row("pid-file", "honest", put("pid", a), put("pid", b))
    row("pid-file-emptied", "honest", put("pid", b""), put("pid", b))
    row("raw-structs", "honest", put("dat", struct.pack("<500I", *(rnd.randrange(5000) for _ in range(500)))), put("dat", struct.pack("<500I", *(rnd.randrange(5000) for _ in range(500)))))
    row("doubles", "honest", put("dat", struct.pack("<500d", *(rnd.uniform(0, 100) for _ in range(500)))), put("dat", struct.pack("<500d", *(rnd.uniform(0, 100) for _ in range(500)))))
    row("opaque-stays-opaque", "honest", put("bin", os.urandom(20000)), put("bin", os.urandom(20000)))
    row("der-pem", "honest", put("pem", b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(b"\x30\x82\x04\x00" + os.urandom(900)) + b"-----END CERTIFICATE-----\n"), put("pem", b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(b"\x30\x82\x04\x00" + os.urandom(900)) + b"-----END CERTIFICATE-----\n"))
