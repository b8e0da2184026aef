"""The running counts of a vote, sealed at rest so that no file shows what a ballot chose."""

import struct
from collections.abc import Iterable

from votesite.domain.ledger.terms import VotingTerms


class Counts:
    """Gross and net votes in candidate order, sealed at rest: no file shows a ballot's picks.

    A plain table would show them: two of its states in a write-ahead log differ by one ballot.
    """

    def __init__(self, terms: VotingTerms, sealed: bytes) -> None:
        self._terms = terms
        self._bound_to = f"{terms.campaign_id}|counts".encode()
        width = 2 * len(terms.candidates)
        if sealed:
            self._figures = list(
                struct.unpack(f">{width}I", terms.sealer.open(sealed, self._bound_to))
            )
        else:
            self._figures = [0] * width

    def add(self, picks: Iterable[int], *, gross: int, net: int) -> None:
        """Count a ballot's picks, or take them out again with a negative net."""
        for no in picks:
            position = 2 * self._terms.positions[no]
            self._figures[position] += gross
            self._figures[position + 1] += net

    def sealed(self) -> bytes:
        """Returns the figures as the head stores them: sealed, 4 bytes each, gross before net."""
        packed = struct.pack(f">{len(self._figures)}I", *self._figures)
        return self._terms.sealer.seal(packed, self._bound_to)

    def net(self) -> list[list[int]]:
        """Returns [[no, net], …] ascending by number."""
        nets = self._figures[1::2]
        return [[no, nets[i]] for i, (no, *_) in enumerate(self._terms.candidates)]

    def gross_and_net(self) -> list[list[int]]:
        """Returns [[no, gross, net], …] ascending by number."""
        figures = self._figures
        return [
            [no, figures[2 * i], figures[2 * i + 1]]
            for i, (no, *_) in enumerate(self._terms.candidates)
        ]
