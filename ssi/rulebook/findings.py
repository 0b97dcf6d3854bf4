# SPDX-License-Identifier: EUPL-1.2
"""What a lint says about a rulebook."""

from dataclasses import dataclass
from enum import StrEnum

from ssi.errors import SsiError

__all__ = ["Finding", "RulebookRefusedError", "Severity"]


class Severity(StrEnum):
    """What a finding means for the rulebook."""

    REFUSED = "refused"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a rulebook."""

    path: str
    rule: str
    severity: Severity = Severity.REFUSED


class RulebookRefusedError(SsiError):
    """A rulebook that must not be opened.

    Args:
        findings: all findings of the lint, warnings included.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        refused = [finding for finding in findings if finding.severity is Severity.REFUSED]
        super().__init__("; ".join(f"{finding.path}: {finding.rule}" for finding in refused))
        self.findings = findings
