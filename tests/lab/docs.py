#!/usr/bin/python3
"""Documents of a small company, made from a seed: real formats, Japanese names, real sizes.

    docs.py make DIR N [--seed S] [--manifest FILE]      docs.py verify DIR MANIFEST

The same seed gives the same bytes.  A manifest keeps SHA-256, size, mode and mtime of every
file; verify() compares all of them.  Needs python3-pil for JPEG; the rest is the standard library.
"""
import argparse
import base64
import hashlib
import io
import json
import os
import random
import sqlite3
import struct
import sys
import time
import zipfile
import zlib

MARKER = ".simulator-test-data"
SIZE_MIN, SIZE_MEDIAN, SIZE_MAX = 1024, 36 * 1024, 2 << 20
EPOCH = 1704067200  # 2024-01-01: mtimes are spread over the year before it
WORDS_JA = ("請求書 見積書 納品 契約 取引先 株式会社 有限会社 御中 平素 格別 高配 賜り 厚く 御礼 申し上げます 下記 通り ご確認 "
            "担当 部長 課長 会議 議事録 来月 今期 売上 原価 利益 予算 在庫 出荷 工場 製造 品質 検査 不良 改善 対策 安全 教育 研修 "
            "採用 給与 賞与 保険 年金 税務 決算 監査 銀行 融資 返済 振込 口座 期日 数量 単価 金額 合計 消費税 住所 電話 東京都 大阪府 "
            "愛知県 福岡県 北海道 一丁目 について に関する ための および または により として において").split()
WORDS_EN = ("invoice order delivery customer supplier contract meeting minutes budget forecast revenue margin inventory "
            "shipment factory quality inspection schedule review the of and for with from to in on by is are was will "
            "please find attached regarding confirm approve quarter report draft final version team project").split()
FOLDERS = ("経理/{y}年度/請求書", "経理/{y}年度/領収書", "経理/決算 {y}", "営業/見積書/株式会社{c}", "営業/契約書/{c}商店", "営業/日報/{y}-{m:02d}",
           "総務/議事録/{y}年{m}月", "総務/規程", "人事/給与/{y}", "人事/採用", "製造/図面/{c}", "製造/検査成績書/{y}-{m:02d}",
           "写真/{y}年{m}月 社員旅行", "共有/マニュアル", "Projects/{e}/docs", "Projects/{e}/mail/{y}", "バックアップ/{y}{m:02d}")
COMPANIES = "山田 佐藤 鈴木 みどり工業 さくら電機 ひかり 大和精密 北斗 ＡＢＣ 高橋製作所".split()
ENGLISH = "apollo borealis cedar delta-line export-2023".split()
TITLES = "請求書 見積書 議事録 報告書 検査表 契約書 名簿 予定表 手順書 report estimate minutes".split()


class Maker:
    """Everything that documents are made of, from one seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.ja = self._prose(WORDS_JA, "", "。\n", 400_000)
        self.en = self._prose(WORDS_EN, " ", ".\n", 400_000)
        self.pictures = [self._picture(w, h) for w, h in ((320, 240), (640, 480), (800, 600), (1280, 960), (1920, 1440))]

    def _prose(self, words, space, end, size):
        out, n = [], 0
        while n < size:
            line = space.join(self.r.choices(words, k=self.r.randint(5, 18))) + str(self.r.randint(1, 9999)) + end
            out.append(line)
            n += len(line)
        return "".join(out)

    def _picture(self, width, height):
        """Something like a photograph: smooth areas, edges, a little grain."""
        from PIL import Image
        small = Image.frombytes("RGB", (16, 12), self.r.randbytes(16 * 12 * 3)).resize((width, height), Image.BICUBIC)
        grain = Image.frombytes("L", (width // 2, height // 2), self.r.randbytes(width // 2 * (height // 2)))
        grain = grain.resize((width, height)).convert("RGB")
        return Image.blend(small, grain, 0.12)

    def text(self, size, english=False):
        pool = self.en if english else self.ja
        out = []
        while size > 0:
            at = self.r.randrange(0, len(pool) - 2000)
            piece = pool[at:at + min(size, self.r.randint(500, 2000))]
            out.append(piece)
            size -= len(piece)
        return "".join(out)

    def jpeg(self, size):
        from PIL import Image
        k = 0 if size < 20_000 else 1 if size < 60_000 else 2 if size < 150_000 else 3 if size < 400_000 else 4
        p = self.pictures[k]
        w, h = p.size
        x, y = self.r.randrange(0, w // 8), self.r.randrange(0, h // 8)
        p = p.crop((x, y, x + w * 7 // 8, y + h * 7 // 8))
        if self.r.random() < 0.5:
            p = p.transpose(Image.FLIP_LEFT_RIGHT)
        out = io.BytesIO()
        p.save(out, "JPEG", quality=self.r.randint(60, 92), exif=self._exif())
        return out.getvalue()

    def _exif(self):
        from PIL import Image
        e = Image.Exif()
        e[0x010F] = "Mimamori Lab"
        e[0x0132] = "2023:%02d:%02d 10:%02d:00" % (self.r.randint(1, 12), self.r.randint(1, 28), self.r.randint(0, 59))
        return e.tobytes()

    def archive(self, parts, first_stored=None):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            for name, data in parts:
                info = zipfile.ZipInfo(name, (2023, 4, 1, 9, 0, 0))
                info.compress_type = zipfile.ZIP_STORED if name == first_stored or name.endswith(".jpg") else zipfile.ZIP_DEFLATED
                z.writestr(info, data)
        return out.getvalue()


def xml(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CT = "http://schemas.openxmlformats.org/package/2006/content-types"
REL = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCREL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.openxmlformats-officedocument."


def package(maker, main, kind, parts, size, spare):
    """An OOXML package: content types, relations, parts, and a picture when it is to be large."""
    types = ('<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpg" ContentType="image/jpeg"/>')
    over = "".join(f'<Override PartName="/{n}" ContentType="{MAIN}{t}+xml"/>' for n, t, _ in parts)
    rels = f'<Relationship Id="rId1" Type="{DOCREL}/officeDocument" Target="{main}"/>'
    files = [("[Content_Types].xml", f'{XML}<Types xmlns="{CT}">{types}{over}</Types>'),
             ("_rels/.rels", f'{XML}<Relationships xmlns="{REL}">{rels}</Relationships>')]
    files += [(n, XML + d) for n, _, d in parts] + spare
    if size > 40_000:
        files.append((f"{kind}/media/image1.jpg", maker.jpeg(size)))
    return maker.archive(files)


def docx(m, size):
    chars = min(size, 120_000)
    body = "".join(f"<w:p><w:r><w:t>{xml(line)}</w:t></w:r></w:p>" for line in m.text(chars).split("\n"))
    ns = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    doc = f'<w:document xmlns:w="{ns}"><w:body>{body}</w:body></w:document>'
    rels = []
    if size > 40_000:
        rels = [("word/_rels/document.xml.rels", f'{XML}<Relationships xmlns="{REL}"><Relationship Id="rId9" '
                 f'Type="{DOCREL}/image" Target="media/image1.jpg"/></Relationships>')]
    return package(m, "word/document.xml", "word", [("word/document.xml", "wordprocessingml.document.main", doc)], size, rels)


def xlsx(m, size):
    rows = []
    for i in range(1, max(4, min(size // 40, 3000))):
        name = xml(m.r.choice(WORDS_JA))
        rows.append(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c><c r="B{i}" t="inlineStr"><is><t>{name}</t></is></c>'
                    f'<c r="C{i}"><v>{m.r.randint(100, 999999)}</v></c><c r="D{i}"><v>{m.r.random():.4f}</v></c></row>')
    ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{ns}"><sheetData>{"".join(rows)}</sheetData></worksheet>'
    book = f'<workbook xmlns="{ns}" xmlns:r="{DOCREL}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    rels = [("xl/_rels/workbook.xml.rels", f'{XML}<Relationships xmlns="{REL}"><Relationship Id="rId1" '
             f'Type="{DOCREL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')]
    return package(m, "xl/workbook.xml", "xl", [("xl/workbook.xml", "spreadsheetml.sheet.main", book),
                   ("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet", sheet)], size, rels)


def odt(m, size):
    mime = "application/vnd.oasis.opendocument.text"
    o = "urn:oasis:names:tc:opendocument:xmlns:"
    body = "".join(f"<text:p>{xml(line)}</text:p>" for line in m.text(min(size, 120_000)).split("\n"))
    content = (f'{XML}<office:document-content xmlns:office="{o}office:1.0" xmlns:text="{o}text:1.0" office:version="1.2">'
               f"<office:body><office:text>{body}</office:text></office:body></office:document-content>")
    parts = [("mimetype", mime), ("content.xml", content)]
    listed = '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    if size > 40_000:
        parts.append(("Pictures/1.jpg", m.jpeg(size)))
        listed += '<manifest:file-entry manifest:full-path="Pictures/1.jpg" manifest:media-type="image/jpeg"/>'
    parts.append(("META-INF/manifest.xml", f'{XML}<manifest:manifest xmlns:manifest="{o}manifest:1.0" manifest:version="1.2">'
                  f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>{listed}</manifest:manifest>'))
    return m.archive(parts, first_stored="mimetype")


def pdf(m, size):
    pages = max(1, min(size // 3000, 12))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", None,
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    objects = [o.encode() if o else None for o in objects]
    picture = None
    if size > 30_000:
        j = m.jpeg(size)
        from PIL import Image
        w, h = Image.open(io.BytesIO(j)).size
        head = f"<< /Type /XObject /Subtype /Image /Width {w} /Height {h} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length {len(j)} >>\nstream\n"
        objects.append(head.encode() + j + b"\nendstream")
        picture = len(objects)
    kids = []
    for _ in range(pages):
        lines = m.text(2500, english=True).replace("(", "").replace(")", "").split("\n")
        code = "BT /F1 10 Tf 40 800 Td 12 TL " + " ".join(f"({t[:90]}) Tj T*" for t in lines[:60]) + " ET"
        if picture:
            code += " q 400 0 0 300 60 60 cm /I1 Do Q"
        z = zlib.compress(code.encode("latin-1"))
        objects.append(f"<< /Length {len(z)} /Filter /FlateDecode >>\nstream\n".encode() + z + b"\nendstream")
        xo = f" /XObject << /I1 {picture} 0 R >>" if picture else ""
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
                       f"/Resources << /Font << /F1 3 0 R >>{xo} >> >>".encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>".encode()
    out, at = io.BytesIO(), []
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    for i, o in enumerate(objects, 1):
        at.append(out.tell())
        out.write(f"{i} 0 obj\n".encode() + o + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{a:010d} 00000 n \n".encode() for a in at))
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def png(m, size):
    """A screenshot-like picture: flat areas and lines, filter 0, our own writer."""
    w = max(32, min(int((size * 1.5) ** 0.5), 1400))
    h = w * 3 // 4
    grain = m.r.randbytes(65536)
    rows, shade = [], m.r.randrange(200)
    for y in range(h):
        if y % 24 == 0:
            shade = m.r.randrange(256)
        if y % 6 < 3:
            rows.append(b"\0" + bytes((shade, 255 - shade, 128)) * w)
        else:
            at = m.r.randrange(0, 65536 - 3 * 1400)
            rows.append(b"\0" + grain[at:at + 3 * w])
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"".join(rows), 3)) + chunk(b"IEND", b""))


def table(m, size, encoding):
    out, n = ["日付,取引先,品名,数量,単価,金額\r\n"], 0
    while n < size:
        q, p = m.r.randint(1, 500), m.r.randint(10, 90000)
        line = f"2023/{m.r.randint(1, 12):02d}/{m.r.randint(1, 28):02d},{m.r.choice(WORDS_JA)}商店,{m.r.choice(WORDS_JA)},{q},{p},{q * p}\r\n"
        out.append(line)
        n += len(line) + 12
    return "".join(out).encode(encoding)


def database(m, size):
    db = sqlite3.connect(":memory:")
    db.execute("create table 顧客(id integer primary key, 名前 text, 備考 text, 金額 integer)")
    db.execute("create index 名前順 on 顧客(名前)")
    n = max(5, min(size // 160, 8000))
    db.executemany("insert into 顧客 values(?,?,?,?)",
                   ((i, m.r.choice(WORDS_JA) + str(i), m.text(40), m.r.randint(1, 10 ** 7)) for i in range(n)))
    db.commit()
    return db.serialize()


def mail(m, size):
    subject = base64.b64encode("お見積りの件".encode()).decode()
    head = (f"From: =?UTF-8?B?{base64.b64encode('山田'.encode()).decode()}?= <yamada@example.co.jp>\r\nTo: info@example.com\r\n"
            f"Subject: =?UTF-8?B?{subject}?=\r\nDate: Mon, 3 Apr 2023 09:{m.r.randint(10, 59)}:00 +0900\r\n"
            f"Message-ID: <{m.r.getrandbits(64):x}@example.co.jp>\r\nMIME-Version: 1.0\r\n")
    body = base64.encodebytes(m.text(min(size // 4, 4000)).encode()).decode().replace("\n", "\r\n")
    part = f'Content-Type: text/plain; charset="UTF-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n'
    if size < 8000:
        return (head + part).encode()
    attached = base64.encodebytes(m.jpeg(size * 3 // 4)).decode().replace("\n", "\r\n")
    return (head + 'Content-Type: multipart/mixed; boundary="lab"\r\n\r\n--lab\r\n' + part +
            '--lab\r\nContent-Type: image/jpeg; name="photo.jpg"\r\nContent-Transfer-Encoding: base64\r\n'
            'Content-Disposition: attachment; filename="photo.jpg"\r\n\r\n' + attached + "\r\n--lab--\r\n").encode()


def bundle(m, size):
    parts = [(f"資料{i}.txt", m.text(max(200, min(size // 2, 30_000)))) for i in range(m.r.randint(2, 5))]
    if size > 20_000:
        parts.append(("photo.jpg", m.jpeg(size)))
    return m.archive(parts)


# ending, share of all documents, writer
FORMATS = (
    ("docx", 20, docx), ("xlsx", 16, xlsx), ("pdf", 16, pdf), ("jpg", 12, lambda m, n: m.jpeg(n)), ("png", 6, png),
    ("odt", 4, odt), ("txt", 5, lambda m, n: m.text(n // 3).encode("utf-8")),
    ("txt", 3, lambda m, n: m.text(n // 2).encode("cp932", "replace")), ("txt", 3, lambda m, n: m.text(n, True).encode()),
    ("csv", 4, lambda m, n: table(m, min(n, 300_000), "utf-8-sig")), ("csv", 3, lambda m, n: table(m, min(n, 300_000), "cp932")),
    ("zip", 3, bundle), ("sqlite", 2, database), ("eml", 3, mail),
)


def make(root, count, seed=1, uid=None, gid=None, progress=None, median=SIZE_MEDIAN):
    """`count` documents below `root` (with the marker); returns the manifest."""
    m = Maker(seed)
    r = m.r
    os.makedirs(root, exist_ok=True)
    open(os.path.join(root, MARKER), "w").close()
    weights = [w for _, w, _ in FORMATS]
    folders, seen = [], set()
    for _ in range(max(3, count // 16)):
        folders.append(r.choice(FOLDERS).format(y=r.randint(2019, 2023), m=r.randint(1, 12), c=r.choice(COMPANIES), e=r.choice(ENGLISH)))
    manifest = {}
    for i in range(count):
        ending, _, writer = r.choices(FORMATS, weights)[0]
        size = int(min(SIZE_MAX, max(SIZE_MIN, r.lognormvariate(0, 1.3) * median)))
        name = f"{r.choice(TITLES)}_{r.randint(2019, 2023)}-{r.randint(1, 12):02d}"
        rel = os.path.join(r.choice(folders), f"{name}{r.choice(['', ' 控え', '_最終版'])}_{i:04d}.{ending}")
        data = writer(m, size)[:SIZE_MAX + (SIZE_MAX >> 1)] if ending == "txt" else writer(m, size)
        path = os.path.join(root, rel)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        mode = r.choice((0o644, 0o644, 0o640, 0o600, 0o664))
        os.chmod(path, mode)
        mtime = (EPOCH - r.randrange(365 * 86400)) * 10 ** 9 + r.randrange(10 ** 9)
        os.utime(path, ns=(mtime, mtime))
        manifest[rel] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "mode": mode, "mtime_ns": mtime}
        seen.add(os.path.dirname(rel))
        if progress and (i % 50 == 0 or i + 1 == count):
            progress(i + 1, count)
    if uid is not None:
        for folder, names, files in os.walk(root):
            for n in [folder] + [os.path.join(folder, f) for f in files]:
                os.chown(n, uid, uid if gid is None else gid)
    return manifest


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


def scan(root):
    """A manifest of what is there now."""
    found = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            try:
                if name != MARKER and os.path.isfile(path) and not os.path.islink(path):
                    st = os.stat(path)
                    found[os.path.relpath(path, root)] = {"sha256": digest(path), "size": st.st_size, "mode": st.st_mode & 0o7777,
                                                          "mtime_ns": st.st_mtime_ns}
            except FileNotFoundError:
                pass  # moved away meanwhile, by a restore for example
    return found


def verify(root, manifest):
    """Lists of relative paths: ok, lost (missing or other content), mode, mtime, extra."""
    now = scan(root)
    out = {"ok": 0, "lost": [], "mode": [], "mtime": [], "extra": sorted(set(now) - set(manifest))}
    for rel, was in manifest.items():
        have = now.get(rel)
        if have is None or have["sha256"] != was["sha256"] or have["size"] != was["size"]:
            out["lost"].append(rel)
            continue
        out["ok"] += 1
        if have["mode"] != was["mode"]:
            out["mode"].append(rel)
        if have["mtime_ns"] != was["mtime_ns"]:
            out["mtime"].append(rel)
    return out


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    sub = a.add_subparsers(dest="what", required=True)
    mk = sub.add_parser("make")
    mk.add_argument("dir")
    mk.add_argument("count", type=int)
    mk.add_argument("--seed", type=int, default=1)
    mk.add_argument("--manifest")
    ve = sub.add_parser("verify")
    ve.add_argument("dir")
    ve.add_argument("manifest")
    o = a.parse_args()
    if o.what == "make":
        t = time.monotonic()
        manifest = make(o.dir, o.count, o.seed)
        with open(o.manifest or o.dir.rstrip("/") + ".manifest.json", "w", encoding="utf-8") as f:
            json.dump(manifest, f, ensure_ascii=False, indent=0)
        total = sum(e["size"] for e in manifest.values())
        print(f"{len(manifest)} documents, {total / 1e6:.1f} MB, {time.monotonic() - t:.1f} s")
        return 0
    with open(o.manifest, encoding="utf-8") as f:
        got = verify(o.dir, json.load(f))
    print(json.dumps({k: v if isinstance(v, int) else len(v) for k, v in got.items()}))
    return 1 if got["lost"] or got["mode"] or got["mtime"] else 0


if __name__ == "__main__":
    sys.exit(main())
