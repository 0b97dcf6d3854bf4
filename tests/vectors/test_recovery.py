# SPDX-License-Identifier: EUPL-1.2
"""The recovery vectors of this project: the file is what the code derives, and its seeds are BIP-39's."""

import json

from tests.vectors.recovery_material import FILE, PHRASES, build


def test_the_file_is_what_the_code_derives() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == build()


def test_the_file_is_written_as_the_builder_writes_it() -> None:
    assert FILE.read_text(encoding="utf-8") == json.dumps(build(), indent=2) + "\n"


def test_seeds_are_those_of_bip_39() -> None:
    # the published vector of 256 zero bits
    case = json.loads(FILE.read_text(encoding="utf-8"))["cases"][PHRASES.index((PHRASES[0][0], "TREZOR"))]
    assert case["seed"] == (
        "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097"
        "170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8"
    )


def test_no_two_derived_secrets_are_the_same() -> None:
    secrets = []
    for case in build()["cases"]:
        secrets += [
            entry["octets"][:64] for kind in ("holder_secrets", "payment_keys", "document_keys") for entry in case[kind]
        ]
    assert len(set(secrets)) == len(secrets)
