"""WeChat's base token and ticket: one sealed copy for all workers."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base


class WeChatToken(Base):
    """One token by its name. `expires_at`: seconds of the epoch, for tokens end between minutes."""

    __tablename__ = "wechat_tokens"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[int]
