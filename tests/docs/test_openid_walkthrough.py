# SPDX-License-Identifier: EUPL-1.2
"""docs/openid.md runs as printed: a letter, a wallet, a verifier, all as real processes."""

import re
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from pypdf import PdfReader

from tests.docs.markdown import console_steps, section
from tests.docs.terminal import REFUSED, Terminal, check

DOCUMENT: Final = Path("docs/openid.md")
STEPS: Final = tuple(console_steps(section(DOCUMENT, "The walk-through")))
PRINTED: Final = ("127.0.0.1:8018", "127.0.0.1:8019", "127.0.0.1:8020")


def _free_addresses() -> dict[str, str]:
    """An address that is free for each that the document prints."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in PRINTED]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {printed: f"127.0.0.1:{one.getsockname()[1]}" for printed, one in zip(PRINTED, sockets, strict=True)}


def _with_ports(command: str, addresses: dict[str, str]) -> str:
    """The command for the ports that are free."""
    for printed, address in addresses.items():
        command = command.replace(printed, address)
    issuer, verifier, desk = (address.partition(":")[2] for address in addresses.values())
    command = command.replace("issuer serve", f"issuer serve --port {issuer}")
    command = command.replace("verifier serve", f"verifier serve --port {verifier}")
    command = command.replace("--port 8020", f"--port {desk}")
    return command.replace("verifier init", f"verifier init --public-url http://{addresses[PRINTED[1]]}")


def _read_letter(folder: Path, name: str) -> tuple[str, str]:
    """What a person reads off their letter: the link behind the QR code, and the PIN."""
    for page in PdfReader(folder / "letters.pdf").pages:
        text = " ".join(page.extract_text().split())
        if name in text:
            notes: Any = page.get("/Annots", [])
            (link,) = [note.get_object()["/A"]["/URI"] for note in notes]
            (pin,) = re.findall(r"\b[0-9]{6}\b", text)
            return str(link), str(pin)
    raise AssertionError(f"no letter for {name}")


@pytest.mark.slow
def test_the_walk_through_runs_as_printed(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    addresses = _free_addresses()
    said = {}
    with Terminal(folder, is_quick=True) as terminal:
        for step in STEPS:
            if step.command.startswith("stuiver wallet create"):
                link, pin = _read_letter(folder, "Bas Haddad")
                (folder / "pin.txt").write_text(pin)
                terminal.type(f"export LINK='{link}'")
            code, said[step.command] = terminal.type(_with_ports(step.command, addresses))
            shown = said[step.command]
            for printed, address in addresses.items():
                shown = shown.replace(address, printed)
            check(step, code, shown)

    log = said["stuiver wallet consent log --wallet bas.wallet"]
    assert "age_under_21: True" in log
    assert "birth_date" not in log
    assert "income" not in re.sub("income-allowance|household-income", "", log.split("proved:")[0])


def test_the_walk_through_refuses_what_must_be_refused() -> None:
    refusals = [step.command for step in STEPS if REFUSED.search(step.command)]
    assert any("approve" in command for command in refusals)
    assert any("redeem" in command for command in refusals)
    assert any("present" in command for command in refusals)
