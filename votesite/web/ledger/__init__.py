"""The public ledger: a page for people, files and proofs for programs."""

from votesite.web.ledger import honours, pages, reading
from votesite.web.ledger.blueprint import bp

__all__ = ["bp", "honours", "pages", "reading"]
