"""Faults of a folder: gathered while it is read, named all at once, one line each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from votesite.domain.schemas import Problem
from votesite.domain.texts import escaped, quoted

# What is wrong, by code, or by code and place where a place has words of its own. `{value}` is what
# was given, `{kind}` its type, `{name}` the last part of the key; the rest are a problem's figures.
SENTENCES: Mapping[str, str] = {
    "blank": "is blank",
    "blank[]": "holds a blank text",
    "bool_type": "must be true or false, not {kind}",
    "bounds": "must be [min, max] with {low} ≤ min ≤ max and 1 ≤ max",
    "control-characters": "holds the control character {mark}",
    "extra_forbidden": "there is no such key",
    "int_type": "must be a whole number, not {kind}",
    "line-break": "holds a line break",
    "list_type": "must be a list, not {kind}",
    "missing": "is missing",
    "model_type": "must be a table, not {kind}",
    "model_type[]": "must be tables, [[{name}]]",
    "no-letters": "has neither letters nor figures",
    "not-a-moment[]": '{value} is not a date like "2026-11-12 09:00"',
    "not-bounds": "must be two whole numbers, [min, max]",
    "not-two-texts": "must be two texts, [from, to]",
    "out-of-range": "must be from {low} to {high}",
    "reserved": "{value} is the name of another column or field",
    "reversed": "ends at or before its beginning",
    "same-twice": "has the same text twice",
    "seconds[]": "{value} has seconds: whole minutes only",
    "stray-character": "holds {mark}, which nobody sees or types",
    "string_type": "must be text, not {kind}",
    "string_type[]": "must be a list of texts",
    "too-few": "must have at least {least}",
    "too-long": "has {length} characters: at most {max}",
    "twice": "{value} is there twice",
    "above": "allows more than {high}, which no form could hold",
    "alike": "{value} looks like {other}",
    "unknown-choice": "{value} must be one of {options}",
    # campaign.toml
    "neither approval": "give the number, or exempt and reason",
    "both approval": "give the number, or exempt and reason, not both",
    "twice categories.name": "the category {value} is there twice",
    "list_type categories": "must be tables, [[categories]]",
    "none categories": "name at least one category",
    "too-few-allowed ballot.picks": "the categories allow fewer than {least} picks",
    "too-many-asked ballot.picks": "the categories ask for {least} picks, more than {most}",
    "too-many-picks ballot.picks": "asks for up to {picks} picks of {candidates} candidates",
    "too-many-picks categories.picks": "asks for up to {picks} picks of {candidates} candidates",
    "list_type criteria": "must be tables, [[criteria]]",
    "pattern criteria.key": "{value} must be a word of at most 32 letters, digits, _ and -",
    "sum criteria": "the weights add to {total}, not to 100",
    "twice criteria.key": "the criterion {value} is there twice",
    "must-be-true fee_free": "must be true to publish",
    "hours ballot.hours": 'must be times like ["08:00", "22:00"]; "24:00" only as the end',
    "none organisers.host": "name at least one host",
    "pattern organisers.phone": "{value} is no telephone number",
    "pattern organisers.supervision_phone": "{value} is no telephone number",
    "pattern organisers.email": "{value} is no e-mail address",
    "pattern results": '{value} must be live, hidden or "daily HH:MM"',
    "name-of-log audit.auditors": "{value} is the name under which the log itself signs",
    "name-twice audit.auditors": "the name {value} stands for two keys",
    "no-key[] audit.auditors": "{value} is no verifier key: {why}",
    "too-many audit.auditors": "names more than {most} keys",
    "above-auditors audit.quorum": "asks for {n} signatures, and {auditors} auditors are named",
    "no-number electorate.population": "the source has no number of people",
    "no-source electorate.source": "the number of people has no source",
    "too-early schedule.counting": "begins before the end of voting",
    "too-early schedule.notice": "begins before the end of voting",
    "over schedule.voting": "is over, too late to publish",
    "frozen slug": "{value} is frozen: its voting or ledger has begun",
    "few-keys signed": (
        "{least} accounts that decide or look after accounts need a signing key before publishing,"
        " and {n} have one"
    ),
    "few-signers signed": (
        "{least} accounts that decide or look after accounts are needed to publish, and there are"
        " {n}"
    ),
    "pattern slug": "{value} must be 3 to 60 of a-z 0-9 -",
    "list_type void_rules": "must be tables, [[void_rules]]",
    "twice void_rules.id": "the rule {value} is there twice",
    "too-large void_rules": (
        "with categories, criteria and auditors' keys they have {size} bytes: {most} fit into the"
        " log's first entry"
    ),
    "no-criteria weights.expert": "experts judge by [[criteria]], and there are none",
    "sum weights": "public, expert, satisfaction and objective add to {total}, not to 100",
    "needed weights.cap": 'public_score = "cap" needs a number of votes, 1 or more',
    "needless weights.cap": 'must be 0 without public_score = "cap"',
    "lot-not-last weights.ties": "lot can only stand at the end",
    "old-word weights.ties": "{value} is an old word: write a list, ties = {form}",
    "needs-approval wording": "表彰 needs approval.number",
    # surveys/*.toml
    "pattern id": "{value} must be 1 to 40 of A-Z a-z 0-9 _ -",
    "none phase": "name at least one phase",
    "list_type questions": "must be tables, [[questions]]",
    "form-too-large questions": (
        "a form of up to {fields} fields and {kilobytes} KB with the candidates that there are:"
        " at most {max_fields} and {max_kilobytes} KB are taken"
    ),
    "none questions": "ask at least one",
    "pattern questions.id": "{value} must be 1 to 40 of A-Z a-z 0-9 _ -",
    "needless questions.best": "only scale and matrix have a better end",
    "needless questions.options": "a text question has none",
    "condition questions.show_if": (
        'must be like "q1 = answer" or {{ question = "q1", is = "answer" }}'
    ),
    "no-option questions.show_if": "{value} is no option of {question}",
    "no-question questions.show_if": "{value} is no question before this one",
    # candidates.csv
    "unknown-choice level": "{value} must be {options} or empty",
    "out-of-range no": "{value} must be from 1 to {high}",
}
KINDS: Mapping[type, str] = {
    bool: "true or false",
    str: "text",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class FolderFault:
    """One fault: the file, the row or line in it (0: the file as a whole), and what is wrong.

    `key` is the key of `campaign.toml` or the column that it is about, "" for the whole place;
    `code` says what kind of fault it is where a form has words of its own for it.
    """

    file: str
    row: int
    text: str
    key: str = ""
    code: str = ""

    @property
    def line(self) -> str:
        """The fault as the command prints it; always one line."""
        place = f"{self.file}:{self.row}" if self.row else self.file
        colon = "" if self.row else ":"
        key = f"{self.key}{colon} " if self.key else ""
        return f"{place}: {key}{self.text}"


class FolderFaults(Exception):
    """A folder cannot be loaded. Nothing was stored."""

    def __init__(self, faults: list[FolderFault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.row))
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """One line a fault, sorted by file and row."""
        return [fault.line for fault in self.faults]


@dataclass
class Faults:
    """The faults found so far."""

    found: list[FolderFault] = field(default_factory=list)

    def add(self, file: str, text: str, *, row: int = 0, key: str = "", code: str = "") -> None:
        """Note a fault; reading goes on."""
        self.found.append(FolderFault(escaped(file), row, text, key, code))

    def note(self, file: str, problems: Iterable[Problem], *, row: int = 0) -> None:
        """Note the problems of a schema, each pair of key and sentence once."""
        found = dict.fromkeys((one.key, sentence(one), one.code) for one in problems)
        for key, text, code in found:
            self.add(file, text, row=row, key=key, code=code)

    def raise_any(self) -> None:
        """Raise all of them, if there are any."""
        if self.found:
            raise FolderFaults(self.found)


def sentence(problem: Problem) -> str:
    """What is wrong, in the words of the table above."""
    code, place = problem.code, problem.place
    template = (
        SENTENCES.get(f"{code} {place}")
        or SENTENCES.get(code)
        or SENTENCES.get(code.removesuffix("[]"))
        or "is not valid"
    )
    value = problem.detail.get("value", problem.value)
    figures = {
        "kind": KINDS.get(type(problem.value), "a date or time"),
        "name": str(problem.path[-1]),
        **problem.detail,
        "value": quoted(str(value)),
    }
    return template.format(**figures)
