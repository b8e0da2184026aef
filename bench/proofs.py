"""How long proofs take at a million entries: `python -m bench.proofs [--entries N]`.

Fills a real database through the ledger's own append, with invented bodies, and times proofs of
random leaves and sizes. Prints median and worst in milliseconds.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.factories import NOON, make_campaign
from tests.support.site import make_app
from votesite.domain.ledger import proofs, publication
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.extensions import writing

PROOFS = 300
CHUNK = 50_000


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.proofs", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory(prefix="votesite-proofs-") as folder:
        app = make_app(Path(folder))
        with app.app_context():
            campaign_id = make_campaign().id
            began = time.perf_counter()
            _fill(campaign_id, entries)
            print(f"{entries:,} entries in {time.perf_counter() - began:.0f} s")
            size = publication.require_open(campaign_id)
            pick = random.Random(1)
            _time(
                "inclusion",
                lambda: proofs.inclusion_proof(campaign_id, pick.randrange(size), size),
            )
            _time(
                "inclusion in an older tree",
                lambda: proofs.inclusion_proof(
                    campaign_id, pick.randrange(size // 2), pick.randrange(size // 2, size)
                ),
            )
            _time(
                "consistency",
                lambda: proofs.consistency_proof(campaign_id, pick.randrange(1, size), size),
            )


def _fill(campaign_id: int, entries: int) -> None:
    with writing() as tx:
        write_open(open_log(tx, campaign_id), NOON)
    for first in range(1, entries, CHUNK):
        with writing() as tx:
            log = open_log(tx, campaign_id)
            for n in range(first, min(first + CHUNK, entries)):
                log.append_body("vote", b'{"k":"vote","n":%d}' % n)
    with writing() as tx:
        open_log(tx, campaign_id).add_checkpoint()


def _time(name: str, prove: Callable[[], object]) -> None:
    taken = []
    for _ in range(PROOFS):
        began = time.perf_counter()
        prove()
        taken.append((time.perf_counter() - began) * 1000)
    print(f"{name:28} median {statistics.median(taken):5.2f} ms   worst {max(taken):5.2f} ms")


if __name__ == "__main__":
    main()
