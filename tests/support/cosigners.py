"""Auditors and witnesses who sign checkpoints with a time (C2SP tlog-cosignature v1)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from votesite.domain.ledger.signed_notes import Signature
from votesite.domain.ledger.verifier_keys import COSIGNATURE, VerifierKey, key_id_of


class Witness:
    """A key of type 0x04 under its name."""

    def __init__(self, name, seed):
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        key_id = key_id_of(name, COSIGNATURE, public)
        self.key = VerifierKey(name, key_id, COSIGNATURE, public)

    def verifier_key(self):
        """As it is registered."""
        return str(self.key)

    def sign(self, text, moment):
        """A line over the text of a note, signed at a moment."""
        seconds = int(moment.timestamp()) if hasattr(moment, "timestamp") else moment
        signed = self._key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        body = seconds.to_bytes(8, "big") + signed
        return Signature(self.key.name, self.key.key_id, body).line()


def text_of(note):
    """The three lines of a note that are signed."""
    return note.partition("\n\n")[0] + "\n"
