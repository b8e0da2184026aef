"""Edits of several people: a form carries what it was made of, so that nobody overwrites unseen.

`marks` are fingerprints, one for each value that a form shows. A field that its editor left alone
keeps what stands now. One that the editor changed is stored, unless somebody else has changed it
since; then the editor is asked.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from votesite.domain.schemas import Tree
from votesite.errors import Conflict

_NOTHING: tuple[Any, ...] = ("", None, [], {})


def marks(values: Mapping[str, Any]) -> str:
    """The fingerprints of a form's values, as its hidden field carries them."""
    return " ".join(f"{name}={_mark(value)}" for name, value in _parts(values).items())


def merged(given: Mapping[str, Any], standing: Mapping[str, Any], seen: str) -> Tree:
    """What to store of the values `given` by a form that was made of those `seen`.

    A table in it is merged part by part. Parts that the form did not show stay; a form without
    marks shows all that it gives. Raises Conflict.
    """
    known = dict(pair.partition("=")[::2] for pair in seen.split())
    merging = _Merging(known)
    values = {key: merging.value(key, value, standing.get(key)) for key, value in given.items()}
    if merging.conflicts:
        raise Conflict(merging.conflicts, values)
    return values


class _Merging:
    """Chooses between what a form gives and what stands, and notes what it cannot choose."""

    def __init__(self, seen: Mapping[str, str]) -> None:
        self.seen = seen
        self.conflicts: dict[str, tuple[Any, Any]] = {}

    def value(self, key: str, given: Any, standing: Any) -> Any:
        if not isinstance(given, Mapping):
            return given if self.takes(key, given, standing) else standing
        had = standing or {}
        names = [*had, *(name for name in given if name not in had)]
        taken = {name: self._source(f"{key}.{name}", name, given, had) for name in names}
        return {name: source[name] for name, source in taken.items() if name in source}

    def takes(self, name: str, given: Any, standing: Any) -> bool:
        """Whether the form's value is the one to store; it is, too, while it is in conflict."""
        mine, now = _mark(given), _mark(standing)
        seen = self.seen.get(name, now)
        if mine not in (seen, now) and now != seen:
            self.conflicts[name] = (standing, given)
        return mine != seen or now == seen

    def _source(
        self, name: str, part: str, given: Mapping[str, Any], had: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if part not in given and self.seen and name not in self.seen:
            return had
        return given if self.takes(name, given.get(part), had.get(part)) else had


def _parts(values: Mapping[str, Any]) -> Tree:
    parts: Tree = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            parts |= {f"{key}.{name}": part for name, part in value.items()}
        else:
            parts[key] = value
    return parts


def _mark(value: Any) -> str:
    """The fingerprint of a value; what is empty has the same in every form."""
    written = json.dumps("" if value in _NOTHING else value, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
