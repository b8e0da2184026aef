"""Openids and tokens of the simulator: derived from the app's id when asked for, never written."""

import base64
import hashlib
import hmac

from votesite.config import Settings


class Identifiers:
    """What WeChat would hand out for one app."""

    def __init__(self, settings: Settings) -> None:
        self._app_id = settings.wechat_app_id
        self._key = settings.wechat_app_secret.encode()

    def openid(self, persona: str) -> str:
        """Returns 28 characters beginning with `o`, the same at every login to this app."""
        return "o" + self._derive(f"openid|{persona}")[:27]

    def virtual_openid(self, persona: str) -> str:
        """Returns what a snapshot page gets instead."""
        return "o" + self._derive(f"virtual|{persona}")[:27]

    def base_token(self, generation: int) -> str:
        """Returns the base token of a generation, whose number it begins with."""
        return f"{generation}_{self._derive(f'token|{generation}') * 3}"

    def generation_of(self, token: str) -> int | None:
        """Returns which base token this is; None for an invented one."""
        number = token.partition("_")[0]
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return None
        generation = int(number)
        is_ours = hmac.compare_digest(self.base_token(generation).encode(), token.encode())
        return generation if is_ours else None

    def ticket(self, generation: int) -> str:
        """Returns the JS-SDK ticket that belongs to a base token."""
        return self._derive(f"ticket|{generation}") * 2

    def user_token(self, openid: str, kind: str) -> str:
        """Returns the access or refresh token of web authorisation for one openid."""
        return f"{kind}_{self._derive(f'{kind}|{openid}')}"

    def _derive(self, text: str) -> str:
        digest = hmac.digest(self._key, f"{self._app_id}|{text}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
