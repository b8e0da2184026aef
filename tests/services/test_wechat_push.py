from datetime import datetime

import pytest
from wechatpy.crypto import WeChatCrypto

from votesite.clock import CST
from votesite.wechat.push import ForgedPush, Mailbox, signature

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime.fromtimestamp(1_700_000_000, CST)
TEXT = (
    "<xml><ToUserName><![CDATA[gh_xxx]]></ToUserName><FromUserName><![CDATA[oX]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[投票]]></Content><MsgId>1234567890123456</MsgId></xml>"
)
mailbox = Mailbox("tok", AES_KEY, "wx1")


def signed(timestamp="1700000000", nonce="n0nce", token="tok", **more):
    return {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": signature(token, timestamp, nonce),
        **more,
    }


def sealed(text=TEXT, app_id="wx1", key=AES_KEY, token="tok"):
    """An encrypted push: its query and body."""
    crypto = WeChatCrypto(token, key, app_id)
    body = crypto.encrypt_message(text, "n0nce", "1700000000")
    inner = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    query = signed(encrypt_type="aes", msg_signature=signature(token, "1700000000", "n0nce", inner))
    return query, body.encode()


def test_signature_is_the_documented_one():
    assert signature("AAAAA", "1714037059", "486452656") == (
        "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    )


def test_signed_push_is_admitted():
    assert mailbox.admit(signed(), NOW) is None


@pytest.mark.parametrize("off", [-300, 300])
def test_push_five_minutes_off_is_admitted(off):
    assert mailbox.admit(signed(str(1_700_000_000 + off)), NOW) is None


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"signature": ""},
        signed(token="other"),
        {**signed(), "signature": signed()["signature"].upper()},
        {**signed(), "signature": "签名"},
        {**signed(), "nonce": "another"},
        {**signed(), "timestamp": "1700000001"},
        signed("1700000301"),
        signed("1699999699"),
        signed(""),
        signed("soon"),
        signed("-1700000000"),
        signed("1700000000.5"),
        signed(" 1700000000"),
        signed("１７００００００００"),
        signed("9" * 13),
        signed("1e9"),
    ],
)
def test_unsigned_or_old_push_is_forged(query):
    with pytest.raises(ForgedPush):
        mailbox.admit(query, NOW)


def test_plain_message_is_read():
    found = mailbox.open(signed(), TEXT.encode())

    assert found == {
        "ToUserName": "gh_xxx",
        "FromUserName": "oX",
        "CreateTime": "1700000000",
        "MsgType": "text",
        "Content": "投票",
        "MsgId": "1234567890123456",
    }


EXPANSION = '<!ENTITY a0 "boom">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<xml>",
        b"<xml></xml><xml></xml>",
        b"<other><MsgType>text</MsgType></other>",
        b'{"MsgType": "text"}',
        b"<xml>\xff\xfe</xml>",
        b"\x00\x01\x02",
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
        b"<!DOCTYPE xml><xml><MsgType>text</MsgType></xml>",
        f"<!DOCTYPE xml [{EXPANSION}]><xml><MsgType>&a8;</MsgType></xml>".encode(),
        b'<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><MsgType>&f;</MsgType></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml><MsgType>text</MsgType></xml>',
    ],
)
def test_malformed_message_is_none_and_expands_nothing(body):
    assert mailbox.open(signed(), body) is None


def test_sealed_message_of_the_documented_vector_is_read():
    inner = (
        "FnpIHQykuNEVpSo2K2NMx0keTpeHxIMzCBa5dt4+YRtZigQkhF2svjFK7X7eHWsQcKUF0X1GmYBY/Nj98JA/+w=="
    )
    query = {
        "timestamp": "1",
        "nonce": "nonce",
        "encrypt_type": "aes",
        "msg_signature": "0d2c188402655ac12cc752e66977f958604ae9a4",
    }

    found = mailbox.open(query, f"<xml><Encrypt>{inner}</Encrypt></xml>".encode())

    assert found == {}


def test_sealed_message_is_read():
    assert mailbox.open(*sealed())["Content"] == "投票"


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_sealed_message_with_another_signature_is_forged(name):
    query, body = sealed()

    with pytest.raises(ForgedPush):
        mailbox.open(query | {name: "1700000001"}, body)


@pytest.mark.parametrize(
    "push",
    [
        sealed(app_id="wx2"),
        sealed(key="B" * 43),
        sealed(text="not XML"),
        sealed(text=""),
    ],
    ids=["another account", "another key", "no XML inside", "nothing inside"],
)
def test_sealed_message_that_does_not_open_is_none(push):
    assert mailbox.open(*push) is None


@pytest.mark.parametrize("inner", ["", "AAAA", "*" * 64, "A" * 63, "A" * 64, "密"])
def test_signed_rubbish_in_place_of_a_sealed_message_is_none(inner):
    query = signed(encrypt_type="aes", msg_signature=signature("tok", "1700000000", "n0nce", inner))

    assert mailbox.open(query, f"<xml><Encrypt>{inner}</Encrypt></xml>".encode()) is None


def test_sealed_message_without_a_key_here_is_none():
    assert Mailbox("tok", "", "wx1").open(*sealed()) is None


def test_sealed_push_without_its_element_is_none():
    assert mailbox.open(signed(encrypt_type="aes"), TEXT.encode()) is None
