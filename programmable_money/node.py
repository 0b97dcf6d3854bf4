# SPDX-License-Identifier: EUPL-1.2
"""Where a chain comes from: ``embedded``, ``anvil`` (started here, ended here) or a node's URL.

``anvil`` is the development node that npm installs. It runs as a child process on a free loopback port, and exactly
that process is ended when the chain is left.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from programmable_money.chain import Chain, ChainError
from programmable_money.embedded import embedded_chain
from programmable_money.messages import address_of
from ssi.keccak import keccak256

__all__ = ["find_anvil", "open_chain", "run_anvil"]

_START_SECONDS: Final = 20.0
_TEST_CHAIN_ETHER: Final = 10**6
_TEST_CHAIN_ID: Final = 31337
_DEVELOPMENT_ETHER: Final = 100


def find_anvil() -> Path | None:
    """The development node: installed by npm beside the sources, or on the path; None without Node.js."""
    # npm unpacks the program of this platform only; called directly, it is the process that is ended later
    packages = Path(__file__).resolve().parent.parent / "node_modules" / "@foundry-rs"
    found = next(iter(packages.glob("anvil-*/bin/anvil")), None) or shutil.which("anvil")
    return Path(found) if found else None


@contextlib.contextmanager
def open_chain(
    target: str,
    *,
    relayer_keys: Sequence[bytes] = (),
    starts_at: datetime | None = None,
    relayers: int = 1,
    live: bool = False,
    traces: bool = False,
) -> Iterator[Chain]:
    """Open a chain, and close what was started for it.

    Args:
        target: ``embedded``, ``anvil``, or the URL of a node.
        relayer_keys: who pays fees. On the two test chains they are given ether, and made up when there are none; on a
            node that keeps unlocked accounts with ether, as development nodes do, one is made up and given some.
        starts_at: time of the first block of a test chain, an aware datetime; now if None.
        relayers: how many keys to make up.
        traces: whether anvil keeps what each step of a transaction cost.
        live: whether the embedded chain's time goes on by itself; otherwise a block is a second after the one before.
    Raises:
        ChainError: anvil is not installed or does not start, or nothing answers at the URL.
    """
    if target not in {"embedded", "anvil"}:
        yield Chain.rpc(target, relayer_keys=relayer_keys or _development_keys(Chain.rpc(target)))
        return
    keys = tuple(relayer_keys) or tuple(keccak256(b"stuiver/test-relayer/%d" % number) for number in range(relayers))
    moment = starts_at or datetime.now(UTC)
    if target == "embedded":
        clock = (lambda: int(time.time())) if live else None
        yield Chain.embedded(embedded_chain(relayer_keys=keys, starts_at=moment, clock=clock), relayer_keys=keys)
        return
    with run_anvil(moment, traces=traces) as url:
        chain = Chain.rpc(url, relayer_keys=keys)
        for key in keys:
            chain.request("anvil_setBalance", [address_of(key), hex(_TEST_CHAIN_ETHER * 10**18)])
        yield chain


@contextlib.contextmanager
def run_anvil(starts_at: datetime, *, traces: bool = False) -> Iterator[str]:
    """Start anvil for as long as the context lasts; gives its URL. Raises ChainError when it is not there."""
    program = find_anvil()
    if program is None:
        raise ChainError("anvil is not installed: install Node.js 20 or later and run npm ci")
    port = _free_port()
    command = [str(program), "--host", "127.0.0.1", "--port", str(port), "--silent", "--accounts", "1"]
    command += ["--hardfork", "prague", "--chain-id", str(_TEST_CHAIN_ID)]
    command += ["--timestamp", str(int(starts_at.timestamp())), *(["--steps-tracing"] if traces else [])]
    process = subprocess.Popen(  # noqa: S603  # a fixed program with fixed arguments
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _development_keys(chain: Chain) -> tuple[bytes, ...]:
    """A fresh relayer with ether from an account that the node keeps unlocked; none on a node that keeps none."""
    try:
        unlocked = chain.request("eth_accounts", [])
    except ChainError:
        return ()
    if not unlocked:
        return ()
    key = secrets.token_bytes(32)
    gift = {"from": unlocked[0], "to": address_of(key), "value": hex(_DEVELOPMENT_ETHER * 10**18)}
    chain.wait_for(chain.request("eth_sendTransaction", [gift]))
    return (key,)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ChainError(f"anvil ended at once with code {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise ChainError("anvil did not start in time")
