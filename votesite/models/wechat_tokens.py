"""WeChat's base token and ticket: one sealed copy for all workers."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import Sealed


class WeChatToken(Base):
    """One token by its name. `expires_at` is in epoch seconds: tokens expire within a minute."""

    __tablename__ = "wechat_tokens"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[Sealed]
    expires_at: Mapped[int]
