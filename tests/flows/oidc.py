# SPDX-License-Identifier: EUPL-1.2
"""A login provider that others wrote, as a process on this machine, and a person who logs in there."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from jwcrypto.jwk import JWK, JWKSet

__all__ = ["SECRET", "log_in_at", "run_provider"]

SECRET = "a secret: of + the desk"
_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = Path(__file__).with_name("oidc_provider.mjs")


@contextmanager
def run_provider(callback: str, algorithm: str) -> Iterator[str]:
    """Run the provider; gives its issuer.

    Args:
        callback: the address that it sends browsers back to.
        algorithm: RS256 or ES256.
    """
    node = shutil.which("node")
    if node is None or not (_ROOT / "node_modules" / "oidc-provider").is_dir():
        message = "oidc-provider is not installed (npm ci, Node.js 20 or later): a real login is not tested"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with subprocess.Popen(
        [node, str(_SCRIPT), callback, algorithm, _keys()],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=_ROOT,
    ) as process:
        try:
            assert process.stdout is not None
            issuer = next((line.strip() for line in process.stdout if line.startswith("http")), "")
            assert issuer, "the provider did not start"
            yield issuer
        finally:
            process.terminate()


@cache
def _keys() -> str:
    """The provider's keys; made here, because Node.js 20 hangs now and then when it makes a key and writes it out."""
    made = JWKSet()
    made["keys"] = JWK.generate(kty="RSA", size=2048, kid="rsa", alg="RS256", use="sig")
    made["keys"] = JWK.generate(kty="EC", crv="P-256", kid="ec", alg="ES256", use="sig")
    return str(made.export(private_keys=True))


def log_in_at(url: str, name: str, *, callback: str) -> str:
    """Do what a person does at the provider: type a name, agree. Gives the address that the browser returns to."""
    with httpx.Client(trust_env=False) as browser:
        for _ in range(12):
            if url.startswith(callback):
                return url
            page = browser.get(url)
            if page.is_redirect:
                url = urljoin(url, page.headers["location"])
                continue
            assert page.status_code == 200, page.text
            action = re.search(r'action="([^"]+)"', page.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', page.text)
            assert action is not None
            assert prompt is not None
            answer = browser.post(
                urljoin(url, unescape(action[1])), data={"prompt": prompt[1], "login": name, "password": "x"}
            )
            url = urljoin(url, answer.headers["location"])
    raise AssertionError("the provider asks for ever")
