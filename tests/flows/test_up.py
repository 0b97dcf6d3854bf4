# SPDX-License-Identifier: EUPL-1.2
"""``stuiver up`` as a person uses it: start, look, be a citizen, Ctrl-C, start again; what it says when it cannot."""

import contextlib
import html
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from examples.kindpakket.cast import FOLDER
from tests.architecture.source import ROOT

PROGRAM = str(Path(sys.executable).with_name("stuiver"))
COMMAND = (PROGRAM, "up")
SECONDS = 120
HOUSEHOLDS = 4
PORTS = 6


@contextlib.contextmanager
def running(*options: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "COLUMNS": "200"}
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def until_open(process: "subprocess.Popen[str]") -> str:
    """What it says until it serves."""
    said, until = "", time.monotonic() + SECONDS
    assert process.stdout is not None
    while "in your browser" not in said:
        assert select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0], said
        heard = os.read(process.stdout.fileno(), 4096)
        assert heard, f"it ended: {said}"
        said += heard.decode()
    return said


def fails(*options: str) -> str:
    """What it says when it does not start."""
    ended = subprocess.run([*COMMAND, *options], cwd=ROOT, text=True, capture_output=True, check=False, timeout=SECONDS)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def figures(port: int) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(answer(f"http://127.0.0.1:{port}/books.json"))
    del shown["source"]["read_at"]
    return shown


def answer(url: str) -> str:
    """What a page or a program of this machine says, wherever it leads."""
    found = httpx.get(url, timeout=30, follow_redirects=True)
    assert found.status_code == 200, url
    return found.text


def start_page(port: int, citizen: str) -> str:
    """The start page in English, as text with its marks."""
    return html.unescape(answer(f"http://127.0.0.1:{port}/start?lang=en&citizen={citizen}"))


def commands(page: str) -> list[str]:
    """What the page tells a citizen to type."""
    return re.findall(r"<code>(.*?)</code>", page)


def exports_of(page: str) -> list[str]:
    """What the page tells a citizen to type first."""
    found = commands(page)
    last = next(index for index, line in enumerate(found) if line.startswith("export STUIVER_WALLET"))
    return found[last - 4 : last + 1]


def typed(folder: Path, lines: list[str], *options: str) -> str:
    """What a shell says to lines of the page, the last of them with options besides; it must work."""
    script = "\n".join([*lines[:-1], " ".join([lines[-1], *options])])
    environment = {**os.environ, "STUIVER_PASSPHRASE_FILE": str(folder / "passphrase"), "COLUMNS": "200"}
    ended = subprocess.run(
        ["/bin/bash", "-euc", script],
        check=False,
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def be_a_citizen(port: int, folder: Path) -> None:
    """Do what the page says, as Bas: a wallet, the letter, two proofs."""
    folder.mkdir()
    (folder / "passphrase").write_text("a passphrase of a citizen\n")
    page = start_page(port, "bas")
    pin = re.search(r'class="pin">([0-9]{6})<', page)
    assert pin is not None
    (folder / "pin").write_text(pin[1])
    exports = exports_of(page)
    create, redeem, qualify, _, _, _, age, income = (
        line for line in commands(page) if line.startswith("stuiver wallet")
    )
    typed(folder, [*exports, create], "--phrase-file", "words")
    assert "2 credential(s) for proofs" in typed(folder, [*exports, redeem], "--yes", "--pin-file", "pin")
    assert "no" in typed(folder, [*exports, qualify])
    assert "Under 21: True" in typed(folder, [*exports, age], "--yes")
    assert "Accepted." in typed(folder, [*exports, income], "--yes")


def pay_at_the_till(port: int, folder: Path) -> None:
    """Do what the page says, as Amira: claim, and pay at a till in a browser, in both directions of the QR."""
    folder.mkdir()
    (folder / "passphrase").write_text("a passphrase of a citizen\n")
    page, till = start_page(port, "amira"), f"http://127.0.0.1:{port + 5}"
    pin, shop = re.search(r'class="pin">([0-9]{6})<', page), re.search(r'<option value="(0x[0-9a-fA-F]{40})"', page)
    assert pin is not None
    assert shop is not None
    (folder / "pin").write_text(pin[1])
    exports, found = exports_of(page), commands(page)
    create, redeem, _, claim, permit, pay = [line for line in found if line.startswith("stuiver wallet")][:6]
    describe, carry = (next(line for line in found if word in line) for word in ("fund describe", "/relay/claims"))
    typed(folder, [*exports, create], "--phrase-file", "words")
    typed(folder, [*exports, redeem], "--yes", "--pin-file", "pin")
    typed(folder, [*exports, describe])
    typed(folder, [*exports, claim], "--yes")
    assert '"state":"final"' in typed(folder, [*exports, carry])
    with httpx.Client(headers={"Accept-Language": "en"}, timeout=30) as browser:
        link = browser.post(f"http://127.0.0.1:{port}/start/tills", data={"shop": shop[1]}).headers["location"]
        assert link.endswith("?lang=en")
        assert browser.post(link).headers["location"] == "/?lang=en"
        form = {"token": token_in(browser.get(f"{till}/").text), "amount": "10"}
        shown = typed(folder, [*exports, permit]).strip().splitlines()[-1]
        answers = [browser.post(f"{till}/charges", data={**form, "permit": shown})]
        asked = browser.post(f"{till}/requests", data=form).headers["location"].partition("?")[0]
        said = typed(folder, [*exports, pay.replace("LINK", till + asked.replace("requests", "asked"))], "--yes")
        assert "You approved €10.00" in said
        answers.append(browser.post(till + asked, data=form))
        for taken in answers:
            assert ">Paid</h1>" in browser.get(till + taken.headers["location"]).text


def a_shop_joins_and_is_suspended(port: int, folder: Path) -> None:
    """Do what the start page offers: a new shop applies, both employees agree, Amira pays there, Siem suspends it."""
    start, till = f"http://127.0.0.1:{port}/start", f"http://127.0.0.1:{port + 5}"
    page = start_page(port, "amira")
    exports, permit = (
        exports_of(page),
        next(line for line in commands(page) if line.startswith("stuiver wallet permit")),
    )
    clients = [httpx.Client(headers={"Accept-Language": "en"}, timeout=30) for _ in range(3)]
    with clients[0] as owner, clients[1] as joke, clients[2] as siem:
        form = {"name": "Speelgoedhuis Tinnegieter", "iban": "NL68BNGH0000000100", "category": "toys"}
        form |= {"contact": "0594 123456", "chain": "no", "token": token_in(owner.get(f"{till}/apply").text)}
        assert owner.post(f"{till}/apply", data=form).headers["location"] == "/?lang=en"
        assert ">Applied</h1>" in owner.get(f"{till}/").text
        path = ""
        for name, browser in (("joke", joke), ("siem", siem)):
            link = browser.post(f"{start}/shop-desk", data={"employee": name}).headers["location"]
            assert browser.post(link).headers["location"] == "/desk?lang=en"
            listed = browser.get(f"{till}/desk").text
            found = re.search(r'href="(/desk/shops/0x[0-9a-fA-F]{40})[^"]*"><strong>Speelgoedhuis Tinnegieter', listed)
            assert found is not None
            path = found[1]
            shown = browser.get(till + path).text
            seen = "applied" if name == "joke" else "proposed"
            agreed = browser.post(f"{till}{path}/agree", data={"token": token_in(shown), "seen": seen})
            assert agreed.status_code == 303, agreed.text
        form = {"token": token_in(owner.get(f"{till}/").text), "amount": "10"}
        codes = [typed(folder, [*exports, permit]).strip().splitlines()[-1] for _ in range(2)]
        taken = owner.post(f"{till}/charges", data={**form, "permit": codes[0]}).headers["location"]
        assert ">Paid</h1>" in owner.get(till + taken).text
        why = {"token": token_in(siem.get(f"{till}{path}").text), "note": "The shop moved away"}
        assert siem.post(f"{till}{path}/suspend", data=why).status_code == 303
        refused = owner.post(f"{till}/charges", data={**form, "permit": codes[1]})
        assert refused.status_code == 409
        assert "The shop moved away" in refused.text


def token_in(page: str) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def port() -> int:
    """The first of six free ports in a row."""
    for first in range(20_000 + os.getpid() % 8_000, 60_000, PORTS):
        with contextlib.ExitStack() as stack:
            try:
                for number in range(first, first + PORTS):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", number))
            except OSError:
                continue
            return first
    raise AssertionError("no ports are free")


@pytest.fixture
def households(tmp_path: Path) -> Path:
    """The first households of the sample: Amira, Cato and a few others."""
    lines = (FOLDER / "households.csv").read_text().splitlines(keepends=True)
    file = tmp_path / "households.csv"
    file.write_text("".join(lines[: 1 + HOUSEHOLDS]))
    return file


@pytest.mark.slow
def test_everything_answers_a_citizen_is_served_a_restart_loses_nothing_and_damage_is_said(
    tmp_path: Path, port: int, households: Path
) -> None:
    folder = tmp_path / "up"
    options = ("--port", str(port), "--folder", str(folder), "--households", str(households))

    with running(*options) as process:
        said = until_open(process)
        names = re.findall(r"^    (joke|siem) +(\S{12,})$", said, re.MULTILINE)
        assert [name for name, _ in names] == ["joke", "siem"]
        before = figures(port)
        assert "another stuiver up uses" in fails("--port", str(port + 2 * PORTS), *options[2:])
        assert f"port {port} is taken" in fails(*options)
        page = start_page(port, "bas")
        links = [link.partition("?")[0] for link in re.findall(r'href="(http://[^"]+)"', page)]
        assert {int(re.findall(r":([0-9]+)/", link)[0]) - port for link in links} == set(range(PORTS))
        for link in links:
            assert answer(link), link
        unknown = httpx.get(f"http://127.0.0.1:{port + 4}/relay/0x{'00' * 32}", timeout=30)
        assert (unknown.status_code, unknown.headers["Content-Type"]) == (404, "application/problem+json")
        assert answer(f"http://127.0.0.1:{port}/start/letters/bas.pdf").startswith("%PDF")
        be_a_citizen(port, tmp_path / "bas")
        pay_at_the_till(port, tmp_path / "amira")
        a_shop_joins_and_is_suspended(port, tmp_path / "amira")
        assert figures(port)["payments"] == before["payments"] + 3
        before = figures(port)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert "Stopped" in process.stdout.read()
    assert before["is_checked"] is True
    assert before["claims"] == HOUSEHOLDS  # everybody but Cato, and Amira of the letters
    assert before["payments"] > before["claims"]
    assert before["books"]["settled"] > 0
    assert not list(folder.glob("**/*.wallet"))

    with running(*options) as process:
        said = until_open(process)
        assert "every state root is as it was" in said
        assert "Employees" not in said
        assert figures(port) == before
        assert "This letter was used" in start_page(port, "bas")
        decisions = answer(f"http://127.0.0.1:{port + 3}/?lang=en")
        assert decisions.count("Yes</") == 2
        bas = tmp_path / "bas"
        renewed = typed(bas, [*exports_of(start_page(port, "bas")), "stuiver wallet renew"], "--this-machine")
        assert "10 copies" in renewed
        sent = httpx.post(f"http://127.0.0.1:{port}/start/letters/bas", timeout=30)
        assert sent.status_code == 303
        assert "This letter was used" not in start_page(port, "bas")
        process.kill()
        process.wait()

    with running(*options) as process:
        until_open(process)
        assert figures(port) == before
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    journal = folder / "kindpakket" / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:9], lines[9][:-40] + b"\n", *lines[10:]]))
    said = fails(*options)
    assert "line 10" in said
    assert "stuiver up --fresh" in said

    with running(*options, "--fresh") as process:
        assert "The old chain is now in" in until_open(process)
        after = figures(port)
        assert after["is_checked"] is True
        assert after["source"]["fund"] != before["source"]["fund"]
        assert "This letter was used" not in start_page(port, "bas")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert (folder / "kindpakket.previous" / "programme.json").exists()


def test_port_that_is_taken_is_a_clear_error_before_anything_is_made(tmp_path: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 2))
        taken.listen()
        said = fails("--port", str(port), "--folder", str(tmp_path / "new"))
    assert f"port {port + 2} is taken" in said
    assert "--port" in said
    assert not (tmp_path / "new").exists()
