"""Column types that many tables share, so that each is described once."""

from typing import Annotated

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import mapped_column

WITHOUT_ROWID = {"sqlite_with_rowid": False}  # rows lie in the order of their key, as one tree

CampaignId = Annotated[int, mapped_column(ForeignKey("campaigns.id"))]
"""The campaign that a row belongs to."""

CampaignKey = Annotated[
    int, mapped_column(ForeignKey("campaigns.id"), primary_key=True, autoincrement=False)
]
"""The campaign as the primary key, or as its first part."""

EntryKey = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]
"""The number of a ledger entry within its campaign, as part of the primary key."""

StaffId = Annotated[int, mapped_column(ForeignKey("staff.id"))]
"""The account that acted, or that a row belongs to."""

Minute = Annotated[str, mapped_column(String(22))]
"""A moment as the ledger writes it, `YYYY-MM-DDTHH:MM+08:00`: it sorts as text."""

Hour = Annotated[str, mapped_column(String(13))]
"""The hour of a moment, `YYYY-MM-DDTHH`."""

Day = Annotated[str, mapped_column(String(10))]
"""A day in Beijing, `YYYY-MM-DD`."""

Mark = Annotated[bytes, mapped_column(LargeBinary)]
"""A keyed hash: of a voter, a network, a browser, a form's token."""

Sealed = Annotated[bytes, mapped_column(LargeBinary)]
"""Encrypted bytes, bound to their table, row and column."""
