"""Refusals: the ways a rule says no. Each is a type; pages put it into a sentence."""

from datetime import datetime
from typing import Any, ClassVar


class Refused(Exception):
    """A rule said no; nothing was stored.

    `name` is the last part of the problem's address (`/problems/<name>`), `status` its HTTP status.
    """

    name: ClassVar[str] = "refused"
    status: ClassVar[int] = 409


class NotFound(Refused):
    """There is no such thing, or it is not for this visitor: the two look the same."""

    name = "not-found"
    status = 404


class Forbidden(Refused):
    """A staff member lacks the grant that this needs."""

    name = "forbidden"
    status = 403


class NotSigner(Forbidden):
    """A staff member who is no signer of this campaign's ledger, or not for 24 hours yet."""

    name = "not-a-signer"


class ForgedToken(Refused):
    """The form's token is missing, wrong or another session's."""

    name = "csrf"
    status = 400


class StaleToken(ForgedToken):
    """The form has a token, but none that holds in this session: another's, or too old."""


class ForeignOrigin(Refused):
    """The form was sent from another site."""

    name = "foreign-origin"
    status = 403


class TooManyRequests(Refused):
    """A rate limit for one voter or one address; `retry_after` in seconds.

    `reason`, of staff's passwords: `guessed` if strangers try at this name, `crowded` if too many
    passwords are computed just now, else empty.
    """

    name = "too-many-requests"
    status = 429

    def __init__(self, retry_after: int = 60, reason: str = "") -> None:
        super().__init__()
        self.retry_after = retry_after
        self.reason = reason


class SnapshotUser(Refused):
    """WeChat showed a snapshot page: the identity it sent is not a person's."""

    name = "snapshot-user"
    status = 403


class NotIdentified(Refused):
    """No WeChat identity in this session, or an old one."""

    name = "not-identified"
    status = 401


class NotSignedIn(Refused):
    """Nobody of the staff is signed in, or no longer."""

    name = "not-signed-in"
    status = 401


class Closed(Refused):
    """Not open now. `next_at`: when it opens again; `reason`: why it is paused; or None."""

    name = "closed"
    status = 409

    def __init__(self, next_at: datetime | None = None, reason: str | None = None) -> None:
        super().__init__()
        self.next_at = next_at
        self.reason = reason


class Halted(Closed):
    """The ledger is not the one published before: nobody can vote until staff have explained it."""


class NotEligible(Refused):
    """Not on the roster, a wrong code, or no follower where only followers may vote."""

    name = "not-eligible"
    status = 403


class SecondCode(NotEligible):
    """This voter has redeemed another code of the roster already: one person has one."""


class ConsentRequired(Refused):
    """No consent to the present privacy notice. `fields`: what else is wrong with the form."""

    name = "consent-required"
    status = 403

    def __init__(self, fields: "dict[str, Fault] | None" = None) -> None:
        super().__init__()
        self.fields = fields or {}


class LimitReached(Refused):
    """No more in this period. `next_at`: when the next one becomes possible, or None for never.

    `reason` is what to tell the visitor in place of the general sentence.
    """

    name = "limit-reached"
    status = 409

    def __init__(self, next_at: datetime | None = None, reason: str = "") -> None:
        super().__init__()
        self.next_at = next_at
        self.reason = reason


class InvalidBallot(Refused):
    """The picks or the token break the ballot's rules; `fault` says which, `detail` the figures.

    `fault` is one of token, twice, unknown, withdrawn, too-few, too-many, category-too-few,
    category-too-many, picked-before.
    """

    name = "invalid-ballot"
    status = 422

    def __init__(self, fault: str, **detail: str | int) -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = detail


class CheckRequired(Refused):
    """The ballot comes from where bots have just voted: its browser must compute first, or wait.

    `offer` is what can be answered: {"altcha": challenge, "ticket": text, "wait": seconds}. `fault`
    says what was wrong with an answer: answer, ticket, used, or empty where there was none.
    """

    name = "check-required"
    status = 403

    def __init__(self, fault: str = "", offer: dict[str, object] | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.offer = offer or {}


class InvalidSignature(Refused):
    """A signature that is missing, is none, or is not by one of this person's keys in force."""

    name = "invalid-signature"
    status = 422


class InvalidFields(Refused):
    """Fields of a form are wrong. `fields`: field name to a fault code and its figures."""

    name = "invalid-fields"
    status = 422

    def __init__(self, fields: dict[str, "Fault"]) -> None:
        super().__init__(", ".join(sorted(fields)))
        self.fields = fields


class Fault:
    """What is wrong with one field: a code, and the figures that its sentence mentions."""

    def __init__(self, code: str, **detail: str | int) -> None:
        self.code = code
        self.detail = detail

    def __repr__(self) -> str:
        return f"Fault({self.code!r}, {self.detail!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and (self.code, self.detail) == (other.code, other.detail)

    __hash__ = None  # type: ignore[assignment]


class InvalidFile(InvalidFields):
    """A file with faults, each at its row, counted from 1, and its column; row 0: as a whole.

    `columns` are those of which one has to be named, `rows` the file's rows as CSV, so that a form
    can ask without the file; both empty where the file itself has to be mended.
    """

    name = "invalid-file"

    def __init__(
        self,
        faults: "list[tuple[int, str, Fault]]",
        *,
        field: str = "file",
        columns: list[str] | None = None,
        rows: str = "",
    ) -> None:
        super().__init__({field: Fault("faults", n=len(faults))})
        self.faults = faults
        self.columns = columns or []
        self.rows = rows


class InvalidNomination(InvalidFields):
    """A nomination with missing or wrong fields."""

    name = "invalid-nomination"


class InvalidAnswers(InvalidFields):
    """A questionnaire with missing or wrong answers, by question id."""

    name = "invalid-answers"


class InvalidObjection(InvalidFields):
    """An objection, or what a body says in a hearing, with missing or wrong fields."""

    name = "invalid-objection"


class InvalidSheet(InvalidFields):
    """A score sheet that is not whole, or holds what is no score."""

    name = "invalid-sheet"


class Frozen(Refused):
    """Rules, schedule, names and numbers can no longer change: propose a rule change."""

    name = "frozen"
    status = 409


class Conflict(Refused):
    """Somebody else has changed the same fields since this editor's form was made.

    `fields`: name to what stands now and what this editor gave; `values`: the form's values, merged
    with what stands, this editor's in the fields of the conflict.
    """

    name = "conflict"
    status = 409

    def __init__(self, fields: dict[str, tuple[Any, Any]], values: dict[str, Any]) -> None:
        super().__init__(", ".join(sorted(fields)))
        self.fields = fields
        self.values = values


class SecondPersonNeeded(Refused):
    """The person who proposed a decision cannot confirm it as well."""

    name = "second-person-needed"
    status = 409


class LastOwner(Refused):
    """The last owner, or the last who looks after accounts, cannot be closed or lose that role."""

    name = "last-owner"
    status = 409


class UnknownYear(Refused):
    """The calendar knows neither holidays nor festivals of `year`: owners have to load them."""

    name = "unknown-year"
    status = 409

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year


class Lapsed(Refused):
    """The proposal is older than 24 hours or decided, or the state has moved on."""

    name = "lapsed"
    status = 409


class Busy(Refused):
    """The database did not take the write in time; trying again is safe.

    `is_stuck`: nothing can be written until an operator helps, for example where the disk is full.
    `retry_after` in seconds.
    """

    name = "busy"
    status = 503

    def __init__(self, *, is_stuck: bool = False) -> None:
        super().__init__()
        self.is_stuck = is_stuck
        self.retry_after = 30 if is_stuck else 2


class BeingMade(Busy):
    """A file that everybody may have is being made just now; `retry_after` in seconds."""

    name = "being-made"

    def __init__(self) -> None:
        super().__init__()
        self.retry_after = 10


class TryLater(Refused):
    """WeChat cannot say now whether this person follows the account."""

    name = "try-later"
    status = 503


class WeChatUnavailable(Refused):
    """WeChat did not answer as it promises. Never holds its words or any secret."""

    name = "wechat-unavailable"
    status = 503


class MalformedRequest(Refused):
    """A query, a field or a path that none of the site's pages would send."""

    name = "malformed-request"
    status = 400


class MalformedFields(Refused):
    """Fields that are not UTF-8 or hold control characters."""

    name = "malformed-fields"
    status = 422


class TooLarge(Refused):
    """The body is over the limit of this address."""

    name = "too-large"
    status = 413


class UnsupportedForm(Refused):
    """The body is not an HTML form."""

    name = "unsupported-form"
    status = 415


class BadPicture(Refused):
    """A file that is not a picture of an accepted kind; `reason` is a code for the sentence.

    `reason` is one of not-a-picture, too-many-pixels, too-long, too-narrow, too-small, too-large,
    too-costly, damaged; `detail` has the picture's width and height and the limit that one of them
    does not keep. `file` is what it was called, where one of several is meant.
    """

    name = "bad-picture"
    status = 422

    def __init__(self, reason: str, **detail: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.file = ""


class Misconfigured(Exception):
    """The settings do not allow the site to start; `faults` says why, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
