"""Ed25519's curve: which 32 bytes are a public key that every verifier takes for the same one."""

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
LENGTH = 32


def is_public_key(public: bytes) -> bool:
    """Whether these bytes are the one spelling of a point under which not everybody can sign.

    Libraries differ about the others: a y that is not reduced (RFC 8032 section 5.1.3 refuses it),
    an x of 0 with a sign, the eight points of small order.
    """
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if len(public) != LENGTH or y >= P:
        return False
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P  # of x
    if pow(square, (P - 1) // 2, P) != 1:  # no point, or x = 0: of order 1 or 2
        return False
    return y != 0 and (y * y + square) % P != 0  # of order 4; of order 8
