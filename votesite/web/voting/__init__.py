"""Signing in through WeChat, the ballot, receipts."""

from votesite.web.voting import sign_in
from votesite.web.voting.blueprint import bp

__all__ = ["bp", "sign_in"]
