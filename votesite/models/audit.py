"""The audit log: what staff did, each line chained to the one before it. Append-only."""

import hashlib
import json

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import CampaignId, Minute, StaffId


class AuditEntry(Base):
    """One act. It names tables, rows and fields, never what citizens wrote or how to reach them.

    `t` is a minute. `staff_id` is None for commands run on the server; `fields` is a list of column
    names separated by blanks. `previous` is the hash of the line before, `hash` that of this one.
    """

    __tablename__ = "audit_entries"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    t: Mapped[Minute]
    staff_id: Mapped[StaffId | None]
    action: Mapped[str] = mapped_column(String(40))
    campaign_id: Mapped[CampaignId | None] = mapped_column(index=True)
    table: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[str] = mapped_column(String(60))
    fields: Mapped[str] = mapped_column(String(400), default="")
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    def computed_hash(self) -> bytes:
        """Return the hash this line should have: SHA-256 over a JSON array of its other fields."""
        content = [
            self.n,
            self.t,
            self.staff_id,
            self.action,
            self.campaign_id,
            self.table,
            self.row_id,
            self.fields,
            self.previous.hex(),
        ]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()
