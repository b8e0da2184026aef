"""What a harness measured, and the promises it found broken."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """Figures of one harness; `broken` says in words which promises did not hold."""

    name: str
    figures: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def promise(self, holds: bool, otherwise: str) -> None:
        """Note a promise that does not hold."""
        if not holds:
            self.broken.append(otherwise)

    def lines(self) -> list[str]:
        """The report as text."""
        verdict = "BROKEN" if self.broken else "kept"
        return [
            f"{self.name}: {verdict}",
            *(f"  {name}: {figure}" for name, figure in self.figures.items()),
            *(f"  ! {fault}" for fault in self.broken[:20]),
        ]
