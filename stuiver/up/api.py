# SPDX-License-Identifier: EUPL-1.2
"""The start page: every page with a sentence, and what to type to be a citizen.

Invariants:

- It shows invented people's letters to whoever sits at this machine, and to no page elsewhere.
- What it starts or changes is asked for by a form of its own or by a program of this machine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from edge.headers import ContentPolicy
from edge.hosts import require_same_origin
from edge.language import Language
from edge.problems import Problem
from edge.visitors import language_of
from edge.web.shell import PageShell
from issuer.model import PersonId
from programmable_money.messages import Address
from programmable_money.rpc.api import PATH
from programmable_money.shops.model import KeyKind
from stuiver.up.citizens import CITIZENS
from stuiver.up.letters import LetterBox, ShownLetter
from stuiver.up.ports import Ports
from stuiver.up.shops import TillShops
from stuiver.up.town import EMPLOYEES
from verifier.errors import UnknownPolicyError
from verifier.policy.model import Device, PolicyId
from verifier.service import Verifier

__all__ = ["START", "Link", "StartPages", "start_router"]

START: Final = "/start"
_PACKAGE: Final = "stuiver.up.web"
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Link:
    """A page to click.

    Attributes:
        name: of its texts: ``link_<name>`` and ``link_<name>_text``.
        url: where it is.
    """

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class StartPages:
    """What the start page is about.

    Attributes:
        ports: where everything is.
        letters: of the citizens.
        verifier: whose requests wallets answer.
        trust: the wallets' trust list.
        fund: whose books are open.
        registry: the trust registry on the chain, which wallets ask by the chain's endpoint.
        anchor: the certificate by which they know the verifier.
        folder: with the desk and the verifier, for the commands of employees.
        programs: where the command ``stuiver`` is.
        shops: whose tills can be paired; None where there are none.
    """

    ports: Ports
    letters: LetterBox
    verifier: Verifier
    trust: Path
    fund: Address
    registry: Address
    anchor: Path
    folder: Path
    programs: Path
    shops: TillShops | None = None

    @property
    def links(self) -> Mapping[str, Sequence[Link]]:
        """The pages, by who looks at them."""
        books, issuer, verifier, decisions = (
            Ports.url(port) for port in (self.ports.books, self.ports.issuer, self.ports.verifier, self.ports.decisions)
        )
        return {
            "everybody": (
                Link("books", f"{books}/"),
                Link("rules", f"{books}/rules"),
                Link("visible", f"{books}/visible"),
                Link("verifier", f"{verifier}/"),
            ),
            "shops": (
                Link("till", f"{Ports.url(self.ports.tills)}/"),
                Link("apply", f"{Ports.url(self.ports.tills)}/apply"),
            ),
            "employees": (Link("desk", f"{issuer}/desk"), Link("decisions", f"{decisions}/")),
            "programs": (
                Link("books_json", f"{books}/books.json"),
                Link("issuer_metadata", f"{issuer}/.well-known/openid-credential-issuer"),
                Link("issuer_api", f"{issuer}/openapi.json"),
                Link("verifier_api", f"{verifier}/openapi.json"),
                Link("relayer_api", f"{Ports.url(self.ports.relayer)}/openapi.json"),
            ),
        }


def start_router(pages: StartPages) -> APIRouter:
    """The pages below ``/start``."""
    start = _Start(pages)
    router = APIRouter(prefix=START, include_in_schema=False)
    shown: Mapping[str, Callable[..., Response]] = {
        "": start.page,
        "/style.css": start.style,
        "/letters/{person}.pdf": start.letter,
    }
    for path, endpoint in shown.items():
        router.add_api_route(path, endpoint, methods=["GET"], response_model=None)
    own = [Depends(require_same_origin)]
    router.add_api_route("/letters/{person}", start.replace, methods=["POST"], response_model=None, dependencies=own)
    router.add_api_route("/tills", start.pair, methods=["POST"], response_model=None, dependencies=own)
    router.add_api_route("/shop-desk", start.pair_desk, methods=["POST"], response_model=None, dependencies=own)
    router.add_api_route("/ask/{policy}", start.ask, methods=["POST"], response_model=None, dependencies=own)
    return router


class _Start:
    """The endpoints. They run in threads: they ask the databases, and never the chain."""

    def __init__(self, pages: StartPages) -> None:
        self._pages = pages
        self._shell = PageShell(_PACKAGE)
        # The answer to a form that pairs a browser leads to the tills' address.
        self._policy = ContentPolicy(forms=("'self'", Ports.url(pages.ports.tills)))
        self._style = (files(_PACKAGE) / "style.css").read_bytes()

    def page(self, request: Request, citizen: Annotated[str, Query(max_length=40)] = "bas") -> Response:
        """The start page, with what to type for one of the citizens."""
        language = language_of(request)
        letters = self._pages.letters.letters()
        chosen = next((letter for letter in letters if letter.person == citizen), letters[0])
        return self._shell.page(
            "start.html",
            language,
            keep={"citizen": chosen.person},
            headers=_NOT_KEPT,
            policy=self._policy,
            links=self._pages.links,
            letters=letters,
            chosen=chosen,
            about=CITIZENS,
            commands=self._commands(chosen, language),
            audit=self._audit(),
            office=self._office(),
            shop_names={} if self._pages.shops is None else self._pages.shops.names,
            employees=EMPLOYEES,
            decisions=Ports.url(self._pages.ports.decisions),
        )

    def style(self) -> Response:
        """What the start page adds to the style of the house."""
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "no-cache"})

    def letter(self, person: str) -> Response:
        """A letter as it would be posted."""
        try:
            octets = self._pages.letters.pdf(PersonId(person))
        except (KeyError, FileNotFoundError):
            raise Problem(HTTPStatus.NOT_FOUND) from None
        return Response(octets, media_type="application/pdf", headers=_NOT_KEPT)

    def replace(self, request: Request, person: str) -> Response:
        """Send another letter in the place of one that was used."""
        try:
            self._pages.letters.replace(PersonId(person))
        except KeyError:
            raise Problem(HTTPStatus.NOT_FOUND) from None
        query = urlencode({"citizen": person, "lang": language_of(request).value})
        return RedirectResponse(f"{START}?{query}#citizen", status_code=HTTPStatus.SEE_OTHER)

    def pair(
        self,
        request: Request,
        shop: Annotated[str, Form(max_length=42)],
        kind: Annotated[KeyKind, Form()] = KeyKind.TILL,
    ) -> Response:
        """To the page that makes this browser a till of a shop, as its owner would allow."""
        shops = self._pages.shops
        if shops is None or shop not in shops.names:
            raise Problem(HTTPStatus.NOT_FOUND)
        return RedirectResponse(shops.pair(Address(shop), kind, language_of(request)), status_code=HTTPStatus.SEE_OTHER)

    def pair_desk(self, request: Request, employee: Annotated[str, Form(max_length=40)]) -> Response:
        """To the page that makes this browser one of the sponsor's employees, who decide about shops."""
        shops = self._pages.shops
        if shops is None or employee not in EMPLOYEES:
            raise Problem(HTTPStatus.NOT_FOUND)
        return RedirectResponse(shops.pair_desk(employee, language_of(request)), status_code=HTTPStatus.SEE_OTHER)

    def ask(self, policy: str) -> Response:
        """What the code on the verifier's page holds, as text for a command."""
        try:
            started = self._pages.verifier.start(PolicyId(policy, 1), Device.OTHER)
        except UnknownPolicyError:
            raise Problem(HTTPStatus.NOT_FOUND) from None
        return PlainTextResponse(started.link + "\n", headers=_NOT_KEPT)

    def _commands(self, letter: ShownLetter, language: Language) -> Mapping[str, tuple[str, ...]]:
        """What to type, by step."""
        pages = self._pages
        chain = f"{Ports.url(pages.ports.books)}{PATH}"
        said = "" if language is Language.EN else f" --language {language.value}"
        asked = f"{Ports.url(pages.ports.books)}{START}/ask/"
        return {
            "prepare": (
                f'export PATH="{pages.programs}:$PATH"',
                f'export STUIVER_TRUST="{pages.trust}"',
                f"export STUIVER_RPC={chain} STUIVER_REGISTRY={pages.registry}",
                f'export STUIVER_VERIFIERS="{pages.anchor}"',
                f"export STUIVER_WALLET={letter.person}.wallet",
            ),
            "create": ("stuiver wallet create",),
            "redeem": (f"stuiver wallet redeem '{letter.link}' --this-machine{said}",),
            "qualify": (f"stuiver wallet qualify{said}",),
            "claim": (
                f"stuiver money fund describe --rpc {chain} --fund {pages.fund} > kindpakket.json",
                f"stuiver wallet claim --programme kindpakket.json --out claim.json{said}",
                f"curl -s --json @claim.json '{Ports.url(pages.ports.relayer)}/relay/claims?wait=10'",
            ),
            "pay": (
                f"stuiver wallet permit --programme kindpakket.json --limit 25 --qr{said}",
                f"stuiver wallet pay LINK --programme kindpakket.json --this-machine{said}",
            ),
            "age": (f'stuiver wallet present "$(curl -s -X POST {asked}under-21)" --this-machine{said}',),
            "income": (f'stuiver wallet present "$(curl -s -X POST {asked}income-allowance)" --this-machine{said}',),
        }

    def _audit(self) -> tuple[str, ...]:
        """What anybody types who wants to work out the books from the chain."""
        books = Ports.url(self._pages.ports.books)
        return (
            f'export PATH="{self._pages.programs}:$PATH"',
            f"stuiver audit --rpc {books}{PATH} --fund {self._pages.fund} --published {books}/books.json",
        )

    def _office(self) -> tuple[str, ...]:
        """What an employee who forgot the passphrase types."""
        home = self._pages.folder
        return (
            f'export PATH="{self._pages.programs}:$PATH"',
            f'export STUIVER_ISSUER_FOLDER="{home / "desk"}"',
            f'export STUIVER_ISSUER_PASSPHRASE_FILE="{home / "desk.passphrase"}"',
            "stuiver issuer employee passphrase joke",
        )
