"""The recorded-style answers can be read, tell their source and cover every gateway that the rules judge."""
import configparser
import os

import pytest

import gateway_fixtures as G

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ALL = G.fixtures()
KEYS = {"product", "version", "build", "built", "line", "model", "grade", "verdict", "take"}
GRADES = {"exact", "table", "unverified"}


def gateways():
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(os.path.join(TREE, "tools", "vpn", "products.ini"))
    return {s for s in ini.sections() if ini[s]["kind"] == "gateway"}


@pytest.mark.parametrize("product", sorted(gateways()))
def test_each_gateway_has_answers_and_a_decoy(product):
    own = [f for f in ALL if f.product == product]
    assert len([f for f in own if not f.decoy]) >= 2
    assert any(f.decoy for f in own)


@pytest.mark.parametrize("fixture", ALL, ids=lambda f: f"{f.product}/{f.name}")
def test_fixture_is_whole(fixture):
    assert fixture.product in gateways()
    assert fixture.head.get("source")
    assert set(fixture.head) <= {"source", "filler", "expect"}
    expect = fixture.expect()
    assert set(expect) <= KEYS and expect["product"] in ("", fixture.product)
    assert expect.get("grade", "exact") in GRADES and expect.get("verdict", "fixed") in ("vulnerable", "fixed")
    assert not (fixture.decoy and expect["product"])
    answers = fixture.answers()
    assert answers
    for a in answers:
        if a.source == "https":
            assert a.path.startswith("/") and a.method in ("GET", "POST") and 100 <= a.status <= 599
            assert a.data.startswith(b"HTTP/1.") and b"\r\n\r\n" in a.data
        elif a.source == "tls":
            assert {line.split(b"=")[0] for line in a.data.splitlines()} >= {b"protocol", b"subject", b"issuer", b"self_signed"}
        elif a.source == "ike":
            assert len(a.data) == int.from_bytes(a.data[24:28], "big")
        elif a.source == "ssh":
            assert a.data.startswith(b"SSH-")


def test_stamps_of_netscaler_files_are_those_of_the_table():
    stamps = {f.name: int.from_bytes(f.answers()[0].data.split(b"\r\n\r\n")[1][4:8], "little")
              for f in ALL if f.product == "netscaler" and f.name.startswith("rdx-")}
    assert stamps == {"rdx-14.1-47.48": 1755692615, "rdx-14.1-43.50": 1740156084, "rdx-unknown": 1755691335}


def test_vendor_id_of_fireware_holds_its_words():
    import base64
    data = next(f for f in ALL if f.name == "ike-12.11.3").answers()[0].data
    assert base64.b64decode(data[-28:]) == b"VN=12.11.3 BN=719894"
