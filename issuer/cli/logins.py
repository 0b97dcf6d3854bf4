# SPDX-License-Identifier: EUPL-1.2
"""How people log in at the service: not at all, at an OpenID Connect provider, or with a demonstration's passphrase."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edge.fetch import GuardedFetch
from issuer.authorization.id_token import IdTokenAlgorithm
from issuer.authorization.login import LoopbackLogin
from issuer.authorization.model import Login
from issuer.authorization.oidc import OidcLogin, OidcSettings
from issuer.errors import SettingsError
from ssi.credential.document import Node, parse_document

__all__ = ["login_of"]

_OPTIONAL = ("client_secret_file", "algorithm", "scopes", "acr_values")


def login_of(
    public_url: str, *, oidc: Path | None, passphrase_file: Path | None, clock: Callable[[], datetime]
) -> Login | None:
    """The login that the options ask for.

    Args:
        public_url: of the service.
        oidc: a JSON file: ``issuer``, ``client_id``, ``person_claim``, and perhaps ``client_secret_file``,
            ``algorithm``, ``scopes`` and ``acr_values``.
        passphrase_file: for demonstrations on this machine.
        clock: the present, aware UTC.
    Raises:
        SettingsError: both, or a value that cannot be used.
        DocumentError: the JSON file has another form.
        OSError: a file cannot be read.
    """
    if oidc is not None and passphrase_file is not None:
        raise SettingsError("login", "must be one of --oidc and --demonstration-login")
    if passphrase_file is not None:
        return LoopbackLogin.from_file(public_url, passphrase_file)
    if oidc is None:
        return None
    settings = _settings(oidc)
    is_local = settings.issuer.startswith("http:")
    return OidcLogin(settings, public_url, GuardedFetch.for_this_machine() if is_local else GuardedFetch(), clock)


def _settings(file: Path) -> OidcSettings:
    members = parse_document(file.read_bytes()).members(("issuer", "client_id", "person_claim"), _OPTIONAL)
    secret = None
    if "client_secret_file" in members:
        named = file.parent / members["client_secret_file"].text()
        secret = named.read_bytes().decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
    algorithm = IdTokenAlgorithm.RS256
    if "algorithm" in members:
        algorithm = IdTokenAlgorithm(members["algorithm"].choice(tuple(IdTokenAlgorithm)))
    return OidcSettings(
        members["issuer"].text(),
        members["client_id"].text(),
        members["person_claim"].text(),
        secret,
        algorithm,
        _texts(members.get("scopes")),
        _texts(members.get("acr_values")),
    )


def _texts(node: Node | None) -> tuple[str, ...]:
    return () if node is None else tuple(item.text() for item in node.items(0, 20))
