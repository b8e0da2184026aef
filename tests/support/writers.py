"""A writer that holds a campaign's head, and the pages that visitors ask for meanwhile."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from votesite.domain.ledger.log import open_log
from votesite.extensions import site

HELD_SECONDS = 5.0  # far beyond what an unhindered page takes
PAGES = ("", "results", "results.json", "ledger/checkpoint")


@contextmanager
def held_head(campaign_id):
    """Hold the campaign's head in an open write transaction; yields whether it still is held.

    The transaction ends after HELD_SECONDS by itself: whoever waits for it comes too late, and on
    PostgreSQL fails.
    """
    taken, release = Event(), Event()

    def work(tx):
        open_log(tx, campaign_id).touch()
        taken.set()
        release.wait(HELD_SECONDS)

    writing = site().store.send(work)
    assert taken.wait(10)
    try:
        yield lambda: not writing.done()
    finally:
        release.set()
        writing.result(10)


def statuses(url, slug) -> Iterator[tuple[str, int]]:
    """Yields each page's name and the status it is answered with."""
    for page in PAGES:
        try:
            with urllib.request.urlopen(f"{url}/c/{slug}/{page}", timeout=20) as answer:
                answer.read()
                yield page, answer.status
        except urllib.error.HTTPError as refused:
            refused.close()
            yield page, refused.code
