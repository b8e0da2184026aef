"""Signing in through WeChat, the ballot, receipts, what is one's own."""

from votesite.web.voting import ballot, my, receipts, sign_in
from votesite.web.voting.blueprint import bp

__all__ = ["ballot", "bp", "my", "receipts", "sign_in"]
