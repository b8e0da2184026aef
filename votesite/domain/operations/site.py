"""What this database is: one that the demo has seeded must never be taken for a real site's."""

from votesite.extensions import db, writing
from votesite.models.site import SiteFact

DEMO = "demo"


def mark_demo(state: str = "seeded") -> None:
    """Mark the database as the demo's, permanently; `state` is how far its seeding has come."""
    with writing():
        db.session.merge(SiteFact(key=DEMO, value=state))


def demo_state() -> str | None:
    """Returns how far the demo's seeding has come; None for a database without invented data."""
    fact = db.session.get(SiteFact, DEMO)
    return fact.value if fact else None


def is_demo() -> bool:
    """Whether invented data was seeded here."""
    return demo_state() is not None
