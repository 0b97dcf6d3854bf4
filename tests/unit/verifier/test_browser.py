# SPDX-License-Identifier: EUPL-1.2
"""The pages in a real browser: forms, cookies, the script that waits, accessibility, a phone's width."""

import json
import os
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.flows.serving import free_port, serve
from tests.unit.verifier.material import BuildTown, Citizen, Person, Validator, Wallet, changed_settings
from verifier.app import create_app, create_desk_app

pytestmark = pytest.mark.node


def find_browser() -> str:
    """A browser that Node.js can drive. Skip loudly where there is none; in CI that is a failure."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None or shutil.which("node") is None or not (ROOT / "node_modules" / "playwright-core").is_dir():
        message = "Chromium, Node.js or playwright-core is not installed: the verifier's pages are not tried"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def test_a_citizen_goes_from_the_first_page_to_the_outcome(build_town: BuildTown) -> None:
    browser, port, desk_port = find_browser(), free_port(), free_port()
    validator = Validator(now=datetime.now(UTC).replace(microsecond=0))
    settings = changed_settings(public_url=f"http://127.0.0.1:{port}")
    town = build_town(validator=validator, settings=settings)
    town.clock.now = validator.now
    amira = Wallet(Citizen.of(validator, Person(date(validator.now.year - 19, 1, 1), 154060)), town)
    script = Path(__file__).with_name("pages.mjs")
    addresses = [settings.public_url, f"http://127.0.0.1:{desk_port}"]
    with (
        serve(create_app(town.verifier), port),
        serve(create_desk_app(town.verifier), desk_port),
        subprocess.Popen(
            ["node", str(script), browser, *addresses],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as citizen,
    ):
        assert citizen.stdin is not None
        assert citizen.stdout is not None
        for _ in range(2):
            answer = amira.present(citizen.stdout.readline().strip())
            assert answer.status_code == 200, answer.text
            citizen.stdin.write(answer.json().get("redirect_uri", "") + "\n")
            citizen.stdin.flush()
        found = json.loads(citizen.stdout.readline())
    assert found["complaints"] == []
    assert {name: page["violations"] for name, page in found["pages"].items()} == {name: [] for name in found["pages"]}
    assert {name for name, page in found["pages"].items() if page["width"] > 360} == set()
    assert "The youth rate applies to you." in found["pages"]["finished"]["text"]
    assert found["pages"]["desk"]["text"].count("You are under 21.") == 2
    assert len(town.verifier.decisions()) == 2
