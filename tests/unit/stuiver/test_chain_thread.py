# SPDX-License-Identifier: EUPL-1.2
"""Every question to the chain is asked in the chain's thread."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from stuiver.up.chain_thread import MainThreadRegistry

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Registry:
    """Notes the thread in which it is asked."""

    def __init__(self) -> None:
        self.asked_in: list[int] = []

    def keys(self, type_id: bytes, now: datetime) -> Sequence[bytes]:
        self.asked_in.append(threading.get_ident())
        if type_id == b"broken":
            raise OSError("nothing answers")
        return (type_id, now.isoformat().encode())


def test_other_threads_are_answered_between_other_work_of_the_loop() -> None:
    inner = Registry()
    registry = MainThreadRegistry(inner)

    async def serve() -> list[Sequence[bytes]]:
        registry.answer_others()
        asking = [asyncio.to_thread(registry.keys, bytes([number]), NOW) for number in range(5)]
        return list(await asyncio.gather(*asking))

    answers = asyncio.run(serve())
    assert [answer[0] for answer in answers] == [bytes([number]) for number in range(5)]
    assert registry.keys(b"own", NOW)[0] == b"own"
    assert set(inner.asked_in) == {threading.get_ident()}


def test_an_error_reaches_who_asked() -> None:
    registry = MainThreadRegistry(Registry())

    async def serve() -> None:
        registry.answer_others()
        await asyncio.to_thread(registry.keys, b"broken", NOW)

    with pytest.raises(OSError, match="nothing answers"):
        asyncio.run(serve())


def test_before_there_is_a_loop_only_the_own_thread_is_answered() -> None:
    registry = MainThreadRegistry(Registry())
    with pytest.raises(OSError, match="nobody yet"):
        asyncio.run(asyncio.to_thread(registry.keys, b"", NOW))
