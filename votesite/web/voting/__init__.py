"""Signing in through WeChat, the ballot, receipts, one's own data."""

from votesite.web.voting import appeal, ballot, own_data, receipts, sign_in
from votesite.web.voting.blueprint import bp

__all__ = ["appeal", "ballot", "bp", "own_data", "receipts", "sign_in"]
