"""Signing in through WeChat, the ballot, receipts, what is one's own."""

from votesite.web.voting import appeal, ballot, my, receipts, sign_in
from votesite.web.voting.blueprint import bp

__all__ = ["appeal", "ballot", "bp", "my", "receipts", "sign_in"]
