# SPDX-License-Identifier: EUPL-1.2
"""What travels between validator and wallet: one form, and nothing else is read."""

import json
from datetime import UTC, datetime

import pytest

import specs
from ssi.credential.document import DocumentError
from ssi.credential.issuance import Issuance
from ssi.credential.messages import AccountRequestMessage, IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.types import CredentialType

DID = "did:web:desk.example"
INCOME_TYPE = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
NONCE = bytes(range(32))
SESSION = SessionMessage(DID, NONCE, (INCOME_TYPE.vct,), datetime(2026, 3, 2, 10, 30, tzinfo=UTC))
REQUEST = RequestMessage(DID, NONCE, INCOME_TYPE.vct, bytes(288))
ISSUANCE = IssuanceMessage(DID, NONCE, Issuance("header.payloads.proof", 2**200 + 1))
ACCOUNT_REQUEST = AccountRequestMessage("0x" + "aB" * 20, REQUEST, bytes(65))
Message = SessionMessage | RequestMessage | AccountRequestMessage | IssuanceMessage
ALL: tuple[Message, ...] = (SESSION, REQUEST, ACCOUNT_REQUEST, ISSUANCE)


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_gives_back_what_was_written(message: Message) -> None:
    assert type(message).from_json(message.to_json()) == message


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_every_member_is_required_and_no_other_is_read(message: Message) -> None:
    document = json.loads(message.to_json())
    for member in document:
        changed = {name: value for name, value in document.items() if name != member}
        with pytest.raises(DocumentError, match=member):
            type(message).from_json(json.dumps(changed).encode())
        with pytest.raises(DocumentError):
            type(message).from_json(json.dumps({**document, member: 1}).encode())
    with pytest.raises(DocumentError, match="extra"):
        type(message).from_json(json.dumps({**document, "extra": 1}).encode())


def test_one_message_is_not_read_as_another() -> None:
    for message in ALL:
        for other in ALL:
            if other is not message:
                with pytest.raises(DocumentError, match="format"):
                    type(other).from_json(message.to_json())


@pytest.mark.parametrize("nonce", ["", "AAAA", "A" * 200, "+" * 43, "A" * 42 + "B=", "A" * 41, "A" * 42 + "B"])
def test_octets_have_one_text(nonce: str) -> None:
    document = json.loads(REQUEST.to_json())
    with pytest.raises(DocumentError, match="nonce"):
        RequestMessage.from_json(json.dumps({**document, "nonce": nonce}).encode())


@pytest.mark.parametrize("moment", ["2026-02-30T10:30:00Z", "2026-03-02T10:30:00+01:00", "2026-03-02", "soon"])
def test_a_session_ends_at_a_moment_in_utc(moment: str) -> None:
    document = json.loads(SESSION.to_json())
    with pytest.raises(DocumentError, match="expires_at"):
        SessionMessage.from_json(json.dumps({**document, "expires_at": moment}).encode())


@pytest.mark.parametrize("octets", [b"", b"[]", b"1", b"\xff", b'{"format": 1}', b"[" * 100_000])
def test_anything_else_is_refused(octets: bytes) -> None:
    for message in ALL:
        with pytest.raises(DocumentError):
            type(message).from_json(octets)


def test_no_secret_shows() -> None:
    assert "payloads" not in repr(ISSUANCE)
    assert str(ISSUANCE.issuance.entropy) not in repr(ISSUANCE)
