# SPDX-License-Identifier: EUPL-1.2
"""The policies that a verifier works with: published ones of ``specs/policies``, and a municipality's own folder."""

import re
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from ssi.credential.document import DocumentError
from ssi.credential.types import CredentialType
from verifier.errors import PolicyFileError, UnknownPolicyError
from verifier.policy.lint import check
from verifier.policy.model import Policy, PolicyId

__all__ = ["PolicyShelf", "policy_schema_octets", "published_policies"]

_VERSION: Final = re.compile(r"v([1-9][0-9]{0,2})")


def published_policies() -> Traversable:
    """The folder with the policies that come with the project."""
    return files("specs").joinpath("policies")


def policy_schema_octets() -> bytes:
    """The JSON Schema (2020-12) of every policy, for editors and authors."""
    return published_policies().joinpath("policy.schema.json").read_bytes()


class PolicyShelf:
    """Policies by name and version, each checked when it is put on the shelf.

    Args:
        policies: as published; of one name and version, the first counts and a different second is refused.
        types: the published credential types.
    Raises:
        PolicyRefusedError: one of them must not be used.
        PolicyFileError: two different documents with one name and version.
    """

    def __init__(self, policies: Iterable[Policy], types: Iterable[CredentialType]) -> None:
        known = tuple(types)
        self._policies: dict[PolicyId, Policy] = {}
        for policy in policies:
            check(policy, known)
            if self._policies.setdefault(policy.id, policy).octets != policy.octets:
                raise PolicyFileError(str(policy.id), "differs from the published version of the same name")

    @classmethod
    def of_folders(cls, folders: Iterable[Traversable], types: Iterable[CredentialType]) -> "PolicyShelf":
        """Every ``<name>/v<version>/policy.json`` in these folders; raises as the class."""
        return cls((policy for folder in folders for policy in _read(folder)), types)

    def __iter__(self) -> Iterator[Policy]:
        return iter(sorted(self._policies.values(), key=lambda policy: (policy.id.name, policy.id.version)))

    def where(self, is_kept: Callable[[Policy], bool]) -> "PolicyShelf":
        """A shelf with some of these only."""
        kept = PolicyShelf((), ())
        kept._policies = {id_: policy for id_, policy in self._policies.items() if is_kept(policy)}
        return kept

    def newest(self) -> tuple[Policy, ...]:
        """The newest version of each, by name."""
        newest = {policy.id.name: policy for policy in self}
        return tuple(newest.values())

    def get(self, id_: PolicyId) -> Policy:
        """One version; UnknownPolicyError."""
        policy = self._policies.get(id_)
        if policy is None:
            raise UnknownPolicyError
        return policy


def _read(folder: Traversable) -> Iterator[Policy]:
    for name in sorted(
        entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith((".", "_"))
    ):
        for entry in folder.joinpath(name).iterdir():
            match = _VERSION.fullmatch(entry.name)
            if match is None or not entry.joinpath("policy.json").is_file():
                continue
            place = PolicyId(name, int(match[1]))
            try:
                policy = Policy.from_json(entry.joinpath("policy.json").read_bytes())
            except DocumentError as error:
                raise PolicyFileError(str(place), str(error)) from error
            if policy.id != place:
                raise PolicyFileError(str(place), f"says that it is {policy.id}")
            yield policy
