"""The only door to WeChat: identity, follow check, share signature, pushed messages."""

from votesite.wechat.client import CodeRefused, Identity, TokenStore, WeChat

__all__ = ["CodeRefused", "Identity", "TokenStore", "WeChat"]
