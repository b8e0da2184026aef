"""What WeChat pushes to the site: signatures, age, decryption, XML without surprises."""

import base64
import hashlib
import hmac
import struct
from collections.abc import Mapping
from datetime import datetime
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import WeChatException

MAX_AGE_SECONDS = 300
MAX_TIMESTAMP = 12  # characters
Message = dict[str, str]


class ForgedPush(Exception):
    """Not from WeChat, or too old to be accepted as WeChat's."""


class Mailbox:
    """Opens what was pushed with the account's token and key."""

    def __init__(self, token: str, aes_key: str, app_id: str) -> None:
        self._token = token
        self._key = base64.b64decode(aes_key + "=") if aes_key else None
        self._app_id = app_id

    def admit(self, query: Mapping[str, str], now: datetime) -> None:
        """Raise ForgedPush unless signature and timestamp are good."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        expected = signature(self._token, timestamp, nonce)
        if not _same(expected, query.get("signature", "")):
            raise ForgedPush
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP):
            raise ForgedPush
        if abs(now.timestamp() - int(timestamp)) > MAX_AGE_SECONDS:
            raise ForgedPush

    def open(self, query: Mapping[str, str], body: bytes) -> Message | None:
        """Returns the message in the body, decrypted if need be; None if it makes no sense.

        Raises ForgedPush if the encrypted part is not signed.
        """
        outer = _fields(body)
        if query.get("encrypt_type", "raw") != "aes":
            return outer
        sealed = (outer or {}).get("Encrypt")
        if sealed is None:
            return None
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        expected = signature(self._token, stamp, nonce, sealed)
        if not _same(expected, query.get("msg_signature", "")):
            raise ForgedPush
        plain = self._decrypt(sealed)
        return None if plain is None else _fields(plain)

    def _decrypt(self, sealed: str) -> bytes | None:
        """Returns the plain text, or None if it was not sealed for this account."""
        if self._key is None:
            return None
        try:
            plain: str = PrpCrypto(self._key).decrypt(sealed, self._app_id)
        except (WeChatException, ValueError, IndexError, struct.error):
            return None
        return plain.encode()


def signature(*parts: str) -> str:
    """Returns WeChat's signature over token, timestamp, nonce and any sealed text, in hex."""
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def _fields(body: bytes) -> Message | None:
    """Returns the texts directly under the root; None for other XML, entities, document types."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError):
        return None
    if root.tag != "xml":
        return None
    return {child.tag: child.text or "" for child in root}
