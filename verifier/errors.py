# SPDX-License-Identifier: EUPL-1.2
"""The errors of ``verifier``: one tree, beside ``ssi.errors`` for what a wallet sends.

Invariant: no message carries a claim, a token, a key or anything else that a wallet sent.
"""

from collections.abc import Sequence

from ssi.rulebook.findings import Finding, Severity

__all__ = [
    "FolderExistsError",
    "FolderMissingError",
    "KeyFileError",
    "NoTrustedKeyError",
    "PolicyFileError",
    "PolicyRefusedError",
    "RequestOverError",
    "SettingsError",
    "StoreBusyError",
    "StoreDamagedError",
    "TrustListMissingError",
    "UnknownPolicyError",
    "UnknownRequestError",
    "VerifierError",
    "WrongBrowserError",
]


class VerifierError(Exception):
    """Root of every error that the verifier raises about what it was given."""


class PolicyRefusedError(VerifierError):
    """A policy that must not be used.

    Args:
        policy: its name and version.
        findings: all findings of the lint, warnings included.
    """

    def __init__(self, policy: object, findings: Sequence[Finding]) -> None:
        refused = [finding for finding in findings if finding.severity is Severity.REFUSED]
        super().__init__(f"{policy}: " + "; ".join(f"{finding.path}: {finding.rule}" for finding in refused))
        self.findings = tuple(findings)


class PolicyFileError(VerifierError):
    """A policy's file cannot be used.

    Args:
        policy: its name and version.
        rule: what is wrong, in words.
    """

    def __init__(self, policy: str, rule: str) -> None:
        super().__init__(f"{policy}: {rule}")
        self.policy = policy
        self.rule = rule


class TrustListMissingError(VerifierError):
    """The folder has no list of who may issue what."""

    def __init__(self) -> None:
        super().__init__("there is no trust list in this folder")


class UnknownPolicyError(VerifierError):
    """There is no such policy or version."""

    def __init__(self) -> None:
        super().__init__("there is no such policy or version")


class NoTrustedKeyError(VerifierError):
    """No validator is trusted, at this moment, for any credential that the policy could ask for."""

    def __init__(self) -> None:
        super().__init__("no validator is trusted for what this policy asks")


class UnknownRequestError(VerifierError):
    """There is no such request, or it is forgotten by now."""

    def __init__(self) -> None:
        super().__init__("there is no such request")


class RequestOverError(VerifierError):
    """The request cannot be fetched any more: its time is over, or it was answered."""

    def __init__(self) -> None:
        super().__init__("this request is over")


class WrongBrowserError(VerifierError):
    """The browser that finishes is not the one that started, or did not come back from the wallet."""

    def __init__(self) -> None:
        super().__init__("this browser did not start the request")


class SettingsError(VerifierError):
    """The verifier's settings are not usable.

    Args:
        member: which of them.
        rule: what it must be, in words.
    """

    def __init__(self, member: str, rule: str) -> None:
        super().__init__(f"{member}: {rule}")
        self.member = member
        self.rule = rule


class KeyFileError(VerifierError):
    """The content of the key file, already decrypted, is not what this program writes.

    Args:
        member: the member that is missing, unknown or wrong.
    """

    def __init__(self, member: str) -> None:
        super().__init__(f"the key file's member {member} is missing, unknown or wrong")
        self.member = member


class FolderExistsError(VerifierError):
    """There is a verifier in this folder already; it is left as it is."""

    def __init__(self) -> None:
        super().__init__("there is a verifier in this folder already; it was left as it is")


class FolderMissingError(VerifierError):
    """There is no verifier in this folder."""

    def __init__(self) -> None:
        super().__init__("there is no verifier in this folder")


class StoreBusyError(VerifierError):
    """The database could not be written because others were writing all the time; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("the verifier's database is busy; nothing was changed")


class StoreDamagedError(VerifierError):
    """The database cannot be read or written: it is damaged, is none, or its disk is full."""

    def __init__(self) -> None:
        super().__init__("the verifier's database cannot be used")
