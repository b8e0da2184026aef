"""The audit log: what staff did, each line chained to the one before. Append-only."""

import hashlib
import json

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base


class AuditEntry(Base):
    """One act. It names tables, rows and fields, never what citizens wrote or how to reach them.

    `staff_id` is None for commands on the server; `fields` is a blank-separated list of names.
    """

    __tablename__ = "audit_entries"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    t: Mapped[str] = mapped_column(String(22))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str] = mapped_column(String(40))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    table: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[str] = mapped_column(String(60))
    fields: Mapped[str] = mapped_column(String(400), default="")
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    def computed_hash(self) -> bytes:
        """What its hash has to be: SHA-256 over the JSON array of all its other fields."""
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
