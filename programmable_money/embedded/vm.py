# SPDX-License-Identifier: EUPL-1.2
"""Prague rules with the arkworks precompiles, as subclasses: py-evm's own classes are left as they are."""

from typing import Final

from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState

from programmable_money.embedded.precompiles import ARKWORKS_PRECOMPILES

EMBEDDED_PRECOMPILES: Final = {**PragueComputation.get_precompiles(), **ARKWORKS_PRECOMPILES}
"""Every precompile of the Prague fork by its address, those of BLS12-381 being ours."""


class EmbeddedComputation(PragueComputation):
    """Runs one message; differs from Prague's in the seven BLS12-381 precompiles only."""

    _precompiles = EMBEDDED_PRECOMPILES


class EmbeddedState(PragueState):
    """Prague's state transition, with our computation."""

    computation_class = EmbeddedComputation


class EmbeddedVM(PragueVM):
    """Prague's virtual machine, with our state."""

    _state_class = EmbeddedState
