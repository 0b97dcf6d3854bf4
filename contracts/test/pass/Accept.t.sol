// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "../../src/IClaims.sol";
import {ISlottedClaims} from "../../src/ISlottedClaims.sol";
import {PassBase} from "../PassBase.sol";

contract PassAcceptTest is PassBase {
    function test_anybodyMayAcceptASlot() public {
        uint256 slot = TICKET * 256 + 2;
        assertEq(pass.statementOf(passKey, slot, 1), address(0));
        vm.expectEmit(true, true, true, false, address(pass));
        emit ISlottedClaims.SlotAccepted(passKey, slot, 1, passDesk, address(0));
        vm.prank(relayer);
        pass.accept(passKey, slot, 1);
        assertGt(pass.statementOf(passKey, slot, 1).code.length, 1_000);
    }

    function test_statementsOfDifferentSlotsDiffer() public {
        pass.accept(passKey, TICKET * 256, 1);
        pass.accept(passKey, TICKET * 256 + 1, 1);
        bytes memory first = pass.statementOf(passKey, TICKET * 256, 1).code;
        bytes memory second = pass.statementOf(passKey, TICKET * 256 + 1, 1).code;
        assertEq(first.length, second.length);
        assertNotEq(keccak256(first), keccak256(second));
    }

    function test_refusesTwice() public {
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundAlreadyAccepted.selector, incomeKey));
        pass.accept(incomeKey, 0, 0);
    }

    function testFuzz_refusesSlotsThatDoNotExist(uint256 slot, uint8 terms) public {
        bool isActivation = slot == 0 && terms == 0;
        bool isUse = terms == 1 && (slot == 256 || (slot >= 512 && slot < 515) || (slot >= 768 && slot < 770));
        vm.assume(!isActivation && !isUse);
        vm.expectRevert(abi.encodeWithSelector(ISlottedClaims.FundUnknownSlot.selector, slot, terms));
        pass.accept(passKey, slot, terms);
    }

    function testFuzz_refusesSlotsBesideTheOffers(uint16 slot, uint8 terms) public {
        testFuzz_refusesSlotsThatDoNotExist(slot % 1_100, terms % 3);
    }

    /// @dev Who knows incomes issues no passes, and who issues passes knows no incomes.
    function test_refusesTheOtherKindOfValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, incomeKey));
        pass.accept(incomeKey, 256, 1);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, passKey));
        pass.accept(passKey, 0, 0);
    }

    function test_refusesARevokedKey() public {
        vm.prank(passDesk);
        registry.revokeKey(passKey);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, passKey));
        pass.accept(passKey, 256, 1);
    }

    function testFuzz_refusesOnAChainThatSplitOff(uint64 chainId) public {
        vm.assume(chainId != 31_337);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundOtherChain.selector, chainId, 31_337));
        pass.accept(passKey, 256, 1);
    }
}
