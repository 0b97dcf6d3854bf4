// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {PassBase} from "../PassBase.sol";

/// @notice What whole transactions cost: every call is one of its own, with base fee, calldata and cold storage.
/// forge-config: default.isolate = true
contract PassGasTest is PassBase {
    function test_acceptingASlot() public {
        pass.accept(passKey, TICKET * 256, 1);
        _report("accepting a slot", 1_200_000);
    }

    function test_anActivation() public {
        _activate(0);
        _activate(1);
        _report("activation", 400_000);
    }

    function test_theUseOfAnOffer() public {
        _activate(0);
        _activate(1);
        pass.accept(passKey, SCHOOL * 256, 1);
        _use(0);
        _report("first use of an offer at a shop", 380_000);
        _use(1);
        _report("use of an offer", 360_000);
    }

    function _report(string memory what, uint256 most) private {
        Vm.Gas memory gas = vm.lastCallGas();
        emit log_named_uint(what, gas.gasTotalUsed);
        assertLe(gas.gasTotalUsed, most, what);
        assertGt(gas.gasTotalUsed, 21_000, "not a transaction of its own");
    }
}
