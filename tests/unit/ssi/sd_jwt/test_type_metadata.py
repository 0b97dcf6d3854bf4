# SPDX-License-Identifier: EUPL-1.2
"""Type metadata: documents, hashes, inheritance, and credentials held against their type."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ssi.errors import Reason
from ssi.sd_jwt.integrity import check_integrity, integrity_of
from ssi.sd_jwt.issue import Padding, Sd, issue_sd_jwt
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import choose_disclosures
from ssi.sd_jwt.type_errors import TypeMetadataError, TypeProblem
from ssi.sd_jwt.type_metadata import ClaimDisplay, ClaimMetadata, Selective, TypeDisplay, TypeMetadata
from ssi.sd_jwt.type_rules import MOST_TYPES, ResolvedType, check_all_claims, check_shown_claims, resolve_type
from ssi.sd_jwt.unpack import Unpacked, unpack
from tests.unit.ssi.sd_jwt.material import ISSUER

BASE = "https://example.com/base-type-metadata"
CHILD = "https://example.com/custom-type-metadata"


@dataclass(frozen=True)
class Folder:
    """Type metadata that are at hand, and which of them were asked for."""

    documents: Mapping[str, bytes]
    asked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, *documents: Mapping[str, object]) -> "Folder":
        """A folder of documents by their ``vct``."""
        return cls({str(document["vct"]): json.dumps(document).encode() for document in documents})

    def get_type(self, unverified_vct: str) -> bytes:
        """The document."""
        self.asked.append(unverified_vct)
        if unverified_vct not in self.documents:
            raise FileNotFoundError(unverified_vct)
        return self.documents[unverified_vct]


def claim(*path: str | int | None, **members: object) -> dict[str, object]:
    """Claim metadata as JSON."""
    return {"path": list(path), **members}


def label(text: str) -> list[dict[str, str]]:
    """Display of a claim in English."""
    return [{"locale": "en", "label": text}]


def problem(*documents: Mapping[str, object], vct: str = CHILD, integrity: object = None) -> TypeProblem:
    """Why a type cannot be resolved."""
    with pytest.raises(TypeMetadataError) as refused:
        resolve_type(vct, integrity, Folder.of(*documents))
    assert refused.value.reason is Reason.MALFORMED
    return refused.value.problem


# documents


def test_a_document_is_written_as_it_is_read() -> None:
    metadata = TypeMetadata(
        CHILD,
        name="Income",
        description="of a household",
        extends=BASE,
        extends_integrity="sha256-x",
        display=(TypeDisplay("nl", "Inkomen", "van een huishouden", "#123456", "#ffffff"), TypeDisplay("en", "Income")),
        claims=(
            ClaimMetadata(("income",), (ClaimDisplay("nl", "Inkomen", "in centen"),), True, Selective.ALWAYS, "income"),
            ClaimMetadata(("children", None, 0), mandatory=False, sd=Selective.NEVER),
        ),
    )
    assert TypeMetadata.from_json(metadata.to_json()) == metadata
    assert metadata.to_json() == metadata.to_json()
    assert TypeMetadata.from_json(TypeMetadata(CHILD).to_json()) == TypeMetadata(CHILD)


def test_members_that_are_not_known_are_ignored() -> None:
    document = {"vct": CHILD, "x": 1, "claims": [claim("a", x=1)], "display": [{"locale": "nl", "name": "A", "x": 1}]}
    metadata = TypeMetadata.from_json(json.dumps(document).encode())
    assert metadata.claims == (ClaimMetadata(("a",)),)
    assert metadata.display == (TypeDisplay("nl", "A"),)


BAD_DOCUMENTS: dict[str, object] = {
    "no object": [],
    "no type": {"name": "x"},
    "an empty type": {"vct": ""},
    "a type that is no text": {"vct": 1},
    "a name that is no text": {"vct": CHILD, "name": 1},
    "a type to extend that is no text": {"vct": CHILD, "extends": [BASE]},
    "claims that are no list": {"vct": CHILD, "claims": {}},
    "a claim that is no object": {"vct": CHILD, "claims": ["a"]},
    "a claim without path": {"vct": CHILD, "claims": [{"sd": "always"}]},
    "an empty path": {"vct": CHILD, "claims": [claim()]},
    "a path with a negative position": {"vct": CHILD, "claims": [claim("a", -1)]},
    "a path with a fraction": {"vct": CHILD, "claims": [{"path": ["a", 1.5]}]},
    "a path with true": {"vct": CHILD, "claims": [claim("a", True)]},
    "the same path twice": {"vct": CHILD, "claims": [claim("a"), claim("a", mandatory=True)]},
    "an unknown disclosability": {"vct": CHILD, "claims": [claim("a", sd="sometimes")]},
    "a disclosability that is null": {"vct": CHILD, "claims": [claim("a", sd=None)]},
    "mandatory as text": {"vct": CHILD, "claims": [claim("a", mandatory="yes")]},
    "a label that is missing": {"vct": CHILD, "claims": [claim("a", display=[{"locale": "nl"}])]},
    "a display that is no list": {"vct": CHILD, "display": {"locale": "nl", "name": "x"}},
    "a display without name": {"vct": CHILD, "display": [{"locale": "nl"}]},
    "a locale that is none": {"vct": CHILD, "display": [{"locale": "in Dutch", "name": "x"}]},
    "a rendering that is no object": {"vct": CHILD, "display": [{"locale": "nl", "name": "x", "rendering": []}]},
    "a name in templates that starts with a digit": {"vct": CHILD, "claims": [claim("a", svg_id="1a")]},
    "a name in templates twice": {"vct": CHILD, "claims": [claim("a", svg_id="x"), claim("b", svg_id="x")]},
    "a very long text": {"vct": CHILD, "name": "x" * 5000},
    "very many claims": {"vct": CHILD, "claims": [claim(str(number)) for number in range(501)]},
}


@pytest.mark.parametrize("name", list(BAD_DOCUMENTS))
def test_refuses_a_document_with(name: str) -> None:
    with pytest.raises(TypeMetadataError) as refused:
        TypeMetadata.from_json(json.dumps(BAD_DOCUMENTS[name]).encode())
    assert refused.value.problem is TypeProblem.BAD_DOCUMENT


def test_refuses_a_document_that_is_no_json() -> None:
    for octets in (b"", b"{", b'{"vct":"a","vct":"a"}', b"\xff"):
        with pytest.raises(TypeMetadataError) as refused:
            TypeMetadata.from_json(octets)
        assert refused.value.problem is TypeProblem.BAD_DOCUMENT


# inheritance


def test_extends_as_the_example_of_the_draft() -> None:
    base = {
        "vct": BASE,
        "claims": [claim("name", display=label("Full Name")), claim("address", "city", display=label("City"))],
    }
    child = {
        "vct": CHILD,
        "extends": BASE,
        "claims": [
            claim("address", "city", display=label("Town")),
            claim("nationalities", display=label("Nationalities")),
        ],
    }
    resolved = resolve_type(CHILD, None, Folder.of(base, child))
    assert [(item.path, item.display) for item in resolved.metadata.claims] == [
        (("name",), (ClaimDisplay("en", "Full Name"),)),
        (("address", "city"), (ClaimDisplay("en", "Town"),)),
        (("nationalities",), (ClaimDisplay("en", "Nationalities"),)),
    ]
    assert resolved.ancestors == (BASE,)


def test_display_is_inherited_whole_or_not_at_all() -> None:
    base = {"vct": BASE, "display": [{"locale": "nl", "name": "Basis"}, {"locale": "en", "name": "Base"}]}
    inherits = resolve_type(CHILD, None, Folder.of(base, {"vct": CHILD, "extends": BASE}))
    assert inherits.metadata.display == (TypeDisplay("nl", "Basis"), TypeDisplay("en", "Base"))
    own = {"vct": CHILD, "extends": BASE, "display": [{"locale": "en", "name": "Child"}]}
    assert resolve_type(CHILD, None, Folder.of(base, own)).metadata.display == (TypeDisplay("en", "Child"),)


def test_a_type_may_tighten_what_it_extends() -> None:
    base = {
        "vct": BASE,
        "claims": [claim("a", sd="allowed"), claim("b", svg_id="b"), claim("c", sd="never", mandatory=True)],
    }
    child = {
        "vct": CHILD,
        "extends": BASE,
        "claims": [claim("a", sd="always"), claim("b", mandatory=True), claim("c", display=label("C"))],
    }
    assert resolve_type(CHILD, None, Folder.of(base, child)).metadata.claims == (
        ClaimMetadata(("a",), sd=Selective.ALWAYS),
        ClaimMetadata(("b",), mandatory=True, svg_id="b"),
        ClaimMetadata(("c",), (ClaimDisplay("en", "C"),), True, Selective.NEVER),
    )


@pytest.mark.parametrize(
    ("inherited", "own"),
    [
        ({"sd": "always"}, {"sd": "never"}),
        ({"sd": "always"}, {"sd": "allowed"}),
        ({"sd": "never"}, {"sd": "allowed"}),
        ({"mandatory": True}, {"mandatory": False}),
    ],
    ids=["always to never", "always to allowed", "never to allowed", "mandatory to optional"],
)
def test_a_type_may_loosen_nothing(inherited: dict[str, object], own: dict[str, object]) -> None:
    base = {"vct": BASE, "claims": [claim("a", **inherited)]}
    child = {"vct": CHILD, "extends": BASE, "claims": [claim("a", **own)]}
    assert problem(base, child) is TypeProblem.FORBIDDEN_CHANGE


def test_a_loosening_is_seen_over_several_types() -> None:
    documents: list[dict[str, object]] = [
        {"vct": "a", "claims": [claim("x", sd="always")]},
        {"vct": "b", "extends": "a"},
        {"vct": "c", "extends": "b", "claims": [claim("x", sd="never")]},
    ]
    assert problem(*documents, vct="c") is TypeProblem.FORBIDDEN_CHANGE


def test_a_circle_ends() -> None:
    assert problem({"vct": CHILD, "extends": CHILD}) is TypeProblem.CIRCULAR
    assert problem({"vct": CHILD, "extends": BASE}, {"vct": BASE, "extends": CHILD}) is TypeProblem.CIRCULAR


def test_a_long_chain_ends() -> None:
    chain = [{"vct": str(number), "extends": str(number + 1)} for number in range(20)]
    folder = Folder.of(*chain)
    with pytest.raises(TypeMetadataError) as refused:
        resolve_type("0", None, folder)
    assert refused.value.problem is TypeProblem.TOO_LONG
    assert len(folder.asked) == MOST_TYPES


def test_a_type_that_cannot_be_had_is_refused() -> None:
    assert problem() is TypeProblem.UNAVAILABLE
    assert problem({"vct": CHILD, "extends": BASE}) is TypeProblem.UNAVAILABLE


def test_a_document_of_another_type_is_refused() -> None:
    with pytest.raises(TypeMetadataError) as refused:
        resolve_type(CHILD, None, Folder({CHILD: json.dumps({"vct": BASE}).encode()}))
    assert refused.value.problem is TypeProblem.OTHER_TYPE


# integrity


def expression(function: str, octets: bytes) -> str:
    """A hash expression."""
    return f"{function}-{base64.b64encode(hashlib.new(function, octets).digest()).decode()}"


GOOD_HASHES = {
    "as we write it": integrity_of(b"document"),
    "sha-384": expression("sha384", b"document"),
    "sha-512": expression("sha512", b"document"),
    "one of two": f"{expression('sha256', b'other')} {integrity_of(b'document')}",
    "the stronger is right": f"{expression('sha256', b'other')} {expression('sha512', b'document')}",
    "with an unknown function beside": f"md5-AAAA {integrity_of(b'document')}",
    "without padding": integrity_of(b"document").rstrip("="),
    "in the other alphabet": integrity_of(b"document").replace("+", "-").replace("/", "_"),
    "with an option": f"{integrity_of(b'document')}?type=json",
}
BAD_HASHES: dict[str, tuple[object, TypeProblem]] = {
    "of another document": (integrity_of(b"other"), TypeProblem.WRONG_INTEGRITY),
    "the stronger is wrong": (
        f"{integrity_of(b'document')} {expression('sha512', b'other')}",
        TypeProblem.WRONG_INTEGRITY,
    ),
    "cut short": (integrity_of(b"document")[:-5], TypeProblem.WRONG_INTEGRITY),
    "by no known function": ("md5-AAAA", TypeProblem.BAD_INTEGRITY),
    "empty": ("", TypeProblem.BAD_INTEGRITY),
    "no expression": ("sha256", TypeProblem.BAD_INTEGRITY),
    "no base64": ("sha256-é", TypeProblem.BAD_INTEGRITY),
    "bad base64": ("sha256-AAAAA", TypeProblem.BAD_INTEGRITY),
    "no text": (1, TypeProblem.BAD_INTEGRITY),
    "very long": ("sha256-AAAA " * 1000, TypeProblem.BAD_INTEGRITY),
}


@pytest.mark.parametrize("name", list(GOOD_HASHES))
def test_accepts_a_hash(name: str) -> None:
    check_integrity(b"document", GOOD_HASHES[name])


@pytest.mark.parametrize("name", list(BAD_HASHES))
def test_refuses_a_hash(name: str) -> None:
    integrity, expected = BAD_HASHES[name]
    with pytest.raises(TypeMetadataError) as refused:
        check_integrity(b"document", integrity)
    assert refused.value.problem is expected


def test_the_hash_of_the_type_and_of_what_it_extends_must_hold() -> None:
    base = json.dumps({"vct": BASE}).encode()
    child = json.dumps({"vct": CHILD, "extends": BASE, "extends#integrity": integrity_of(base)}).encode()
    folder = Folder({BASE: base, CHILD: child})
    assert resolve_type(CHILD, integrity_of(child), folder).ancestors == (BASE,)
    for broken in (Folder({BASE: base + b" ", CHILD: child}), Folder({BASE: base, CHILD: child + b" "})):
        with pytest.raises(TypeMetadataError) as refused:
            resolve_type(CHILD, integrity_of(child), broken)
        assert refused.value.problem is TypeProblem.WRONG_INTEGRITY


# a credential held against its type

CLAIMS = {"name": Sd("Amira"), "address": {"city": "Groningen"}, "degrees": [Sd({"type": "BSc"}), Sd({"type": "MSc"})]}


def unpacked(*paths: list[str | int | None], claims: Mapping[str, object] = CLAIMS) -> Unpacked:
    """The credential with some disclosures, or with all of them if no path is given."""
    credential = UnverifiedSdJwt.parse(issue_sd_jwt(claims, ISSUER, typ="test", decoys=Padding(4)))
    shown = UnverifiedSdJwt.parse(choose_disclosures(credential, paths).bound_text) if paths else credential
    return unpack(shown.unverified_claims, shown.disclosures)


def resolved(*claims: dict[str, object]) -> ResolvedType:
    """A type that says this."""
    return resolve_type(CHILD, None, Folder.of({"vct": CHILD, "claims": list(claims)}))


def test_a_credential_that_follows_its_type_is_accepted() -> None:
    metadata = resolved(
        claim("name", sd="always", mandatory=True),
        claim("address", sd="never", mandatory=True),
        claim("address", "city", sd="never"),
        claim("degrees", None, sd="always"),
        claim("degrees", 0, "type", mandatory=True),
        claim("nickname", sd="always"),
        claim("degrees", 7),
    )
    check_all_claims(unpacked(), metadata)
    check_shown_claims(unpacked(["degrees", 1]), metadata)
    check_shown_claims(unpacked(["address"]), metadata)


BROKEN: dict[str, tuple[dict[str, object], TypeProblem, Reason]] = {
    "may not be disclosed selectively": (
        claim("name", sd="never"),
        TypeProblem.WRONG_DISCLOSABILITY,
        Reason.FORBIDDEN_CLAIM,
    ),
    "must be selectively disclosable": (
        claim("address", sd="always"),
        TypeProblem.WRONG_DISCLOSABILITY,
        Reason.FORBIDDEN_CLAIM,
    ),
    "is not so by its outer claim": (
        claim("degrees", None, "type", sd="always"),
        TypeProblem.WRONG_DISCLOSABILITY,
        Reason.FORBIDDEN_CLAIM,
    ),
    "elements may not be": (
        claim("degrees", None, sd="never"),
        TypeProblem.WRONG_DISCLOSABILITY,
        Reason.FORBIDDEN_CLAIM,
    ),
    "is missing": (claim("birthdate", mandatory=True), TypeProblem.MISSING_CLAIM, Reason.WRONG_CREDENTIAL_TYPE),
    "a name in text": (claim("name", "first"), TypeProblem.WRONG_STRUCTURE, Reason.WRONG_CREDENTIAL_TYPE),
    "a position in an object": (claim("address", 0), TypeProblem.WRONG_STRUCTURE, Reason.WRONG_CREDENTIAL_TYPE),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_holder_refuses_a_credential_whose_claim(name: str) -> None:
    metadata, expected, reason = BROKEN[name]
    with pytest.raises(TypeMetadataError) as refused:
        check_all_claims(unpacked(), resolved(metadata))
    assert (refused.value.problem, refused.value.reason) == (expected, reason)


def test_a_verifier_sees_hidden_elements_as_selectively_disclosable() -> None:
    with pytest.raises(TypeMetadataError) as refused:
        check_shown_claims(unpacked(["name"]), resolved(claim("degrees", 1, sd="never")))
    assert refused.value.problem is TypeProblem.WRONG_DISCLOSABILITY


def test_a_verifier_takes_absence_for_nothing_unless_it_can_only_be_absence() -> None:
    hidden = unpacked(["degrees", 0])
    check_shown_claims(hidden, resolved(claim("name", mandatory=True)))
    check_shown_claims(hidden, resolved(claim("nobody", "knows", mandatory=True, sd="never")))
    for path in (("birthdate",), ("address", "street")):
        with pytest.raises(TypeMetadataError) as refused:
            check_shown_claims(hidden, resolved(claim(*path, mandatory=True, sd="never")))
        assert refused.value.problem is TypeProblem.MISSING_CLAIM


def test_every_problem_is_a_reason() -> None:
    reasons: dict[Any, Reason] = {each: TypeMetadataError(each).reason for each in TypeProblem}
    assert set(reasons.values()) == {Reason.MALFORMED, Reason.WRONG_CREDENTIAL_TYPE, Reason.FORBIDDEN_CLAIM}
