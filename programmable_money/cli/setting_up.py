# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money setup``, ``admit`` and ``deposit``: what a municipality does before and beside its funds."""

from typing import Annotated

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import Amounts, EuroOption, KeyFile, RegistryOption, Rpc, RulebookOption
from programmable_money.cli.sources import amount_of, key_from, load_rulebook, registry_at
from programmable_money.cli.telling import plainly
from programmable_money.euro import MunicipalEuro
from programmable_money.messages import parse_address
from programmable_money.service import Municipality, Officers
from programmable_money.settlement import reference_octets

__all__ = ["app"]

app = typer.Typer()


@app.command()
def setup(rpc: Rpc, key_file: KeyFile) -> None:
    """Deploy a trust registry and a municipal euro; prints chain and addresses. Your key gets all roles."""
    with plainly():
        chain = Chain.rpc(rpc)
        municipality = Municipality.set_up(chain, Officers.one(chain.account(key_from(key_file))))
    typer.echo(f"chain {chain.chain_id}")
    typer.echo(f"registry {municipality.registry.contract.address}")
    typer.echo(f"euro {municipality.euro.contract.address}")


@app.command()
def admit(
    rpc: Rpc,
    key_file: KeyFile,
    registry: RegistryOption,
    validator: Annotated[str, typer.Option("--validator", help="Address of the validator's account.")],
    rulebook: RulebookOption,
) -> None:
    """Let a validator add keys for the credential type of a rulebook."""
    with plainly():
        chain = Chain.rpc(rpc)
        account = chain.account(key_from(key_file))
        trust = registry_at(chain, registry)
        _, credential_type = load_rulebook(rulebook)
        trust.ensure_type(credential_type, sender=account)
        trust.admit(parse_address(validator), credential_type.type_id, registrar=account)
    typer.echo("admitted")


@app.command()
def deposit(
    rpc: Rpc,
    key_file: KeyFile,
    euro: EuroOption,
    amount: Amounts,
    reference: Annotated[str, typer.Option("--reference", help="The bank's reference of the deposit; counts once.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Address of the sponsor who gets it; your own if left out.")
    ] = None,
) -> None:
    """Mint a deposit that arrived at the bank, one euro for one euro. `fund top-up` then pays it into a fund."""
    with plainly():
        cents, octets = amount_of(amount), reference_octets(reference)
        chain = Chain.rpc(rpc)
        minter = chain.account(key_from(key_file))
        sponsor = parse_address(to or minter.address)
        MunicipalEuro(chain, chain.at("MunicipalEuro", euro)).mint(sponsor, cents, octets, minter=minter)
    typer.echo(f"{cents} minted to {sponsor}")
