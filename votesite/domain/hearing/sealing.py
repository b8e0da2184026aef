"""What is sealed of an objection: its author's name, contact and words, its salt, the reply."""

import json
from typing import NamedTuple

from votesite.domain import keys
from votesite.models.hearing import Objection


class Words(NamedTuple):
    """What somebody objected: `salt` (64 hex) is that of the entry's commitment.

    `name` is empty for a hint; `contact` never enters the log, not even as a hash.
    """

    name: str
    contact: str
    facts: str
    salt: str


def seal_words(code: str, words: Words) -> bytes:
    """Returns what the row of the objection with this code keeps."""
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return keys.seal_field(text, f"objections|{code}|sealed")


def open_words(objection: Objection) -> Words:
    """Returns what somebody objected; nothing after `purge`. Raises Unreadable, KeyMissing."""
    if not objection.sealed:
        return Words("", "", "", "")
    bound = f"objections|{objection.code}|sealed"
    return Words(*json.loads(keys.open_field(objection.sealed, bound)))


def seal_reply(code: str, reply: str) -> bytes:
    """Returns the reply to an objection as its row keeps it."""
    return keys.seal_field(reply, f"objections|{code}|reply")


def open_reply(objection: Objection) -> str:
    """Returns the reply; empty while there is none. Raises Unreadable, KeyMissing."""
    if objection.reply is None:
        return ""
    return keys.open_field(objection.reply, f"objections|{objection.code}|reply")


def seal_note(code: str, note: str) -> bytes:
    """Returns why an objection was not taken up, or what became of a hint, as its row keeps it."""
    return keys.seal_field(note, f"objections|{code}|declined")


def open_note(objection: Objection) -> str:
    """Returns that note; empty while there is none. Raises Unreadable, KeyMissing."""
    if objection.declined is None:
        return ""
    return keys.open_field(objection.declined, f"objections|{objection.code}|declined")
