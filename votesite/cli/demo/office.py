"""The invented city's office: its accounts, their browsers, and what two decide together."""

from collections.abc import Sequence

from votesite.cli.demo.people import DemoLogin, SigningBrowser
from votesite.cli.demo.timeline import StoryClock
from votesite.domain.decisions import proposals, signatures
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import accounts, grants, signing_keys
from votesite.domain.staff.attempts import Browser
from votesite.extensions import site
from votesite.models.decisions import Decision

SIGNING = ("owner", "editor", "reviewer", "supervisor")
OFFICE = Browser("198.51.100.7")  # reserved for examples (RFC 5737)
BROWSER = "办公室电脑"


class Office:
    """The people of the story by their posts; `staff` has the numbers of their accounts.

    `clock` is the story's, which all that they do reads.
    """

    def __init__(self, people: Sequence[DemoLogin], clock: StoryClock) -> None:
        self.staff: dict[str, int] = {}
        self.clock = self._clock = clock
        self._people = people
        self._browsers: dict[str, SigningBrowser] = {}

    def hire(self) -> None:
        """Make the accounts as `flask staff create` does, and a signing key for who decides."""
        for login in self._people:
            staff = accounts.create(
                login.name, login.display_name, login.password, by=None, clock=self._clock
            )
            grants.grant(staff.id, login.role, None, by=None, clock=self._clock)
            self.staff[login.post] = staff.id
            if login.role in SIGNING:
                self.register_browser(login.post)

    def register_browser(self, post: str) -> None:
        """Let somebody have another browser, with a key of its own."""
        (login,) = [login for login in self._people if login.post == post]
        made, staff_id = SigningBrowser(), self.staff[post]
        text = signing_keys.proof_text(site().settings.host, staff_id, made.public)
        offer = signing_keys.Offer(made.public, made.sign(text), BROWSER)
        again = signing_keys.Credentials(login.name, login.password, "")
        signing_keys.register(staff_id, offer, again, OFFICE, clock=self._clock)
        self._browsers[post] = made

    def decide(
        self,
        campaign_id: int,
        change: Change,
        why: str = "",
        *,
        posts: tuple[str, str] = ("editor", "owner"),
    ) -> Decision:
        """Let one propose and another decide; both sign where the campaign's decisions are."""
        first, second = posts
        made = proposals.propose(campaign_id, self.staff[first], change, why, clock=self._clock)
        if made.state != "unsigned":
            return proposals.confirm(made.id, self.staff[second], clock=self._clock)
        text = signatures.statement(made)
        for post in posts:
            signature = self._browsers[post].sign(text)
            made = proposals.sign(made.id, self.staff[post], signature, clock=self._clock)
        return made

    def throw_keys_away(self) -> None:
        """Nobody has the other halves from now on: visitors register their own."""
        for staff_id in self.staff.values():
            for key in signing_keys.keys_of(staff_id):
                signing_keys.remove(key.id, by=staff_id, clock=self._clock)
