"""The public ledger: a page for people, files and proofs for programs."""

from votesite.web.ledger import pages, reading
from votesite.web.ledger.blueprint import bp

__all__ = ["bp", "pages", "reading"]
