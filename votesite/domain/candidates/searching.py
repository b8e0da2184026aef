"""Finding candidates by what people type: a number, a part of the name, its sounds."""

from collections.abc import Iterable
from functools import lru_cache

from votesite.domain.candidates import han
from votesite.domain.texts import fold, whole
from votesite.models.candidates import Candidate

MANY = 20_000  # names whose keys are kept: every page of a campaign asks for them


@lru_cache(MANY)
def keys_of(name: str) -> tuple[str, ...]:
    """What a name is found by: as it is written, simplified, in pinyin, by initials.

    A character of several readings has its first one alone.
    """
    plain = fold(name)
    simple = han.simplified(plain)
    sounds = [han.sound(char) for char in simple]
    keys = (plain, simple, "".join(sounds), _initials(sounds))
    return tuple(dict.fromkeys(keys))


def found_by(candidate: Candidate) -> str:
    """A candidate's number and keys, a blank before each key: what a page searches by itself."""
    return " ".join([str(candidate.no), *keys_of(candidate.name)])


def forms_in(candidates: Iterable[Candidate]) -> str:
    """The pairs of forms by which a page simplifies what is typed, as `matches` does."""
    names = [key for candidate in candidates for key in keys_of(candidate.name)]
    return han.forms_of(char for name in names for char in name)


def matches(candidate: Candidate, typed: str) -> bool:
    """Whether a candidate is meant by what was typed; nothing but signs means every one."""
    wanted = fold(typed).replace("ü", "v")
    if not wanted:
        return True
    if whole(wanted, len(wanted)) == candidate.no:
        return True
    simple = han.simplified(wanted)
    return any(wanted in key or simple in key for key in keys_of(candidate.name))


def _initials(sounds: list[str]) -> str:
    return "".join(sound[0] for sound in sounds)
