# SPDX-License-Identifier: EUPL-1.2
"""A security module for tests: another process that makes a key, keeps it, and signs when it is asked over a pipe."""

import subprocess
import sys
from types import TracebackType
from typing import Self

from ssi.keys import Algorithm, KeyType, PublicKey

__all__ = ["SecurityModule"]

_MODULE = """
import sys
from ssi.keys import KeyType, PrivateKey
key = PrivateKey.generate(KeyType.P256)
print(key.public_key.to_multikey(), flush=True)
for line in sys.stdin:
    print(key.sign(bytes.fromhex(line)).hex(), flush=True)
"""


class SecurityModule:
    """A ``Signer`` whose key never leaves its process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._public_key = PublicKey.from_multikey(self._answer())
        self.signatures = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)

    @property
    def algorithm(self) -> Algorithm:
        return Algorithm.ES256

    @property
    def public_key(self) -> PublicKey:
        assert self._public_key.key_type is KeyType.P256
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        assert self._process.stdin is not None
        self._process.stdin.write(message.hex() + "\n")
        self._process.stdin.flush()
        self.signatures += 1
        return bytes.fromhex(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()
