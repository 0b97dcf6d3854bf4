# SPDX-License-Identifier: EUPL-1.2
"""What a verifier would see: a value that the citizen decides on before anything is shown.

Made in ``holder.openid.planning``; nothing leaves the wallet here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.eligibility import Held as HeldProvable
from holder.openid.model import CopiedCredential, CredentialCopy
from holder.wording import OWN_CREDENTIAL, SAME_VISITOR, Language
from ssi.credential.document import Wording
from ssi.openid.dcql import ClaimsPath
from ssi.openid.signed_request import VerifiedAuthorizationRequest
from ssi.presentation import ClaimRequest

__all__ = ["CopyDisclosure", "Disclosure", "ProofDisclosure", "ShownClaim"]


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim that the verifier would see.

    Attributes:
        title: what it is, for the citizen; the claim's name where the type is not known.
        is_confirmed: whether the verifier named the value, and gets a yes: no value that it did not have.
    """

    path: ClaimsPath
    title: Wording
    value: object = field(repr=False)
    is_confirmed: bool = False

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the verifier learns no more than a yes or a no."""
        return self.is_confirmed or isinstance(self.value, bool)

    @property
    def name(self) -> str:
        """The path as text, such as ``address.city``."""
        return ".".join("*" if part is None else str(part) for part in self.path)


@dataclass(frozen=True, slots=True)
class CopyDisclosure:
    """One copy of a credential, with the claims that would be shown of it."""

    query_id: str
    credential: CopiedCredential
    copy: CredentialCopy = field(repr=False)
    paths: tuple[ClaimsPath, ...]
    """What was asked for."""
    shown: tuple[ShownClaim, ...]
    """Everything that leaves: what was asked for, what lies inside it or beside it, and what its issuer left open."""


@dataclass(frozen=True, slots=True)
class ProofDisclosure:
    """A proof, with what it would show and what it would prove without showing."""

    query_id: str
    held: HeldProvable = field(repr=False)
    request: ClaimRequest
    shown: tuple[ShownClaim, ...]
    proven: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Everything that one request would be answered with."""

    verified: VerifiedAuthorizationRequest
    is_known: bool
    """Whether the citizen can know who asks: somebody vouches for it, or they named it themselves."""
    copies: tuple[CopyDisclosure, ...]
    proofs: tuple[ProofDisclosure, ...]
    transactions: tuple[Wording, ...]
    """What the citizen approves with it, in the verifier's words."""

    @property
    def parts(self) -> tuple[CopyDisclosure | ProofDisclosure, ...]:
        """Everything that is shown or proved, copies first."""
        return (*self.copies, *self.proofs)

    @property
    def recipient(self) -> str:
        """To whom: the verifier's name as far as it is known, and its identifier."""
        client = self.verified.client
        return f"{client.names[0]} ({client.client_id})" if client.names else str(client.client_id)

    def consent(self, outcome: ConsentOutcome, *, at: datetime, language: Language) -> ConsentEntry:
        """The entry for the consent log."""
        shown = [claim for part in self.parts for claim in part.shown]
        own = (OWN_CREDENTIAL, SAME_VISITOR)
        proven = [text for part in self.proofs for text in (*own, *part.proven)]
        return ConsentEntry(
            at=at,
            recipient=self.recipient,
            disclosed=tuple(DisclosedClaim(claim.name, _plain(claim.value)) for claim in shown),
            proven=tuple(language.of(text) for text in proven),
            scope=" ".join(part.request.scope for part in self.proofs),
            outcome=outcome,
        )


def _plain(value: object) -> str | int | bool | None:
    return value if value is None or isinstance(value, str | int | bool) else str(value)
