// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {TaskBase} from "../TaskBase.sol";

/// @notice What whole transactions cost: every call is one of its own, with base fee, calldata and cold storage.
/// forge-config: default.isolate = true
contract TaskGasTest is TaskBase {
    function test_theStepsOfATask() public {
        _publish(8, 1);
        uint256 task = _publish(8, 1);
        _report("publishing a task", 140_000);
        _chooseAlone(task, 0);
        _report("choosing it", 90_000);
        vm.prank(employee);
        board.equip(task);
        _report("handing out tools", 45_000);
        _reportDone(task, 0);
        _report("reporting it as done", 55_000);
        _verify(task, 7, 1, _one(people[0]));
        _report("verifying it", 90_000);
        _appeal(task, 0, "statement");
        _report("appeal", 60_000);
        vm.prank(colleague);
        board.decide(task, 8, 0, _one(people[0]));
        _report("deciding it", 65_000);
    }

    function test_collecting() public {
        board.accept(ageKey, collections[0].slot, 0);
        _report("accepting a slot", 1_200_000);
        _award(0, 120);
        _award(1, 60);
        _collect(0);
        _collect(1);
        _report("collecting into a fresh slot", 420_000);
        _collect(BIRTHDAY);
        _collect(BIRTHDAY + 1);
        _report("collecting into the same slot and account", 390_000);
    }

    function _report(string memory what, uint256 most) private {
        Vm.Gas memory gas = vm.lastCallGas();
        emit log_named_uint(what, gas.gasTotalUsed);
        assertLe(gas.gasTotalUsed, most, what);
        assertGt(gas.gasTotalUsed, 21_000, "not a transaction of its own");
    }
}
