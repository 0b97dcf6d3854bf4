// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "../../src/IProgramme.sol";
import {IPurse, PurseRules} from "../../src/IPurse.sol";
import {CategoryLimit, ISpending, SpendingRules} from "../../src/ISpending.sol";
import {BoardRules, ITaskBoard} from "../../src/ITaskBoard.sol";
import {TaskBase} from "../TaskBase.sol";

contract BoardOpenTest is TaskBase {
    function test_bothKeepTheirRulesReadable() public view {
        assertEq(abi.encode(board.rules()), abi.encode(_rules()));
        assertEq(abi.encode(purse.rules()), abi.encode(_purseRules()));
        assertEq(abi.encode(purse.spendingRules()), abi.encode(_noLimits()));
        assertEq(address(board.purse()), address(purse));
        assertEq(purse.board(), address(board));
        assertEq(address(board.registry()), address(registry));
    }

    function test_bothFitIntoTheLimitsOfACreation() public view {
        assertLe(address(board).code.length, 24_576);
        assertLe(_code("TaskBoard").length + abi.encode(_rules()).length, 49_152);
        assertLe(address(purse).code.length, 24_576);
        assertLe(_code("Purse").length + 1_000, 49_152);
    }

    function test_scopesAreThoseOfTheProtocol() public view {
        BoardRules memory r = _rules();
        assertEq(
            board.scopeOf(2026 * 256 + 29),
            abi.encodePacked(
                "stuiver/scope/v1",
                uint256(31_337),
                address(board),
                r.rulebook,
                uint256(r.period),
                uint256(2026 * 256 + 29)
            )
        );
    }

    // ---- the board ----

    function testFuzz_theSlotsAreTheCapExactly(uint40 yearlyCap, uint16 slots, uint40 slotCap) public {
        slots = uint16(bound(slots, 1, 256));
        vm.assume(yearlyCap == 0 || uint256(slots) * slotCap != yearlyCap);
        BoardRules memory r = _rules();
        (r.yearlyCap, r.slots, r.slotCap) = (yearlyCap, slots, slotCap);
        _expectBad(r, "yearlyCap");
    }

    function testFuzz_refusesNoSlotsAndTooMany(uint16 slots) public {
        vm.assume(slots == 0 || slots > 256);
        BoardRules memory r = _rules();
        r.slots = slots;
        _expectBad(r, "slots");
    }

    /// @dev A quarter hour is a whole number of cents.
    function testFuzz_refusesRatesThatAreNoMultipleOfFour(uint40 rate) public {
        vm.assume(rate == 0 || rate % 4 != 0);
        BoardRules memory r = _rules();
        r.adultRate = rate;
        _expectBad(r, "adultRate");
        r = _rules();
        r.youngRate = rate;
        _expectBad(r, "youngRate");
    }

    function testFuzz_refusesAnEmptyPeriod(uint40 opensAt, uint40 closesAt) public {
        vm.assume(closesAt <= opensAt);
        BoardRules memory r = _rules();
        (r.opensAt, r.closesAt) = (opensAt, closesAt);
        _expectBad(r, "closesAt");
    }

    function test_refusesNoTimeToCollectOrToAppeal() public {
        BoardRules memory r = _rules();
        r.collectWithin = 0;
        _expectBad(r, "collectWithin");
        r = _rules();
        r.appealWithin = 0;
        _expectBad(r, "appealWithin");
    }

    /// @dev Nobody's age or birth date is shown, also not by a sponsor's mistake.
    function test_refusesTermsThatDisclose() public {
        BoardRules memory r = _rules();
        r.adultTerms.disclosed = new uint8[](1);
        _expectBad(r, "adultTerms");
        r = _rules();
        r.youngTerms.disclosed = new uint8[](1);
        _expectBad(r, "youngTerms");
    }

    function test_refusesAPurseOfAnotherBoard() public {
        BoardRules memory r = _rules();
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadRules.selector, bytes32("purse")));
        _newBoard(r, purse);
    }

    function test_announcesItself() public {
        BoardRules memory r = _rules();
        IPurse own = _purseOfNext();
        vm.expectEmit(false, false, false, true);
        emit ITaskBoard.BoardOpened(r.rulebook, r.period, address(own), address(registry));
        _newBoard(r, own);
    }

    // ---- the purse ----

    function test_thePurseAnnouncesItself() public {
        vm.expectEmit(false, false, false, true);
        emit IPurse.PurseOpened(address(board), sponsor, address(euro));
        _newPurse(_purseRules(), _noLimits(), address(board));
    }

    function testFuzz_thePurseRefusesAnEmptyPeriod(uint40 opensAt, uint40 closesAt) public {
        vm.assume(closesAt <= opensAt);
        PurseRules memory r = _purseRules();
        (r.opensAt, r.closesAt) = (opensAt, closesAt);
        _expectBadPurse(r, _noLimits(), address(board), "closesAt");
    }

    function test_thePurseRefusesNoBoardAndVouchers() public {
        _expectBadPurse(_purseRules(), _noLimits(), address(0), "board");
        SpendingRules memory vouchers = _noLimits();
        vouchers.voucherAmount = 5_000;
        _expectBadPurse(_purseRules(), vouchers, address(board), "voucherAmount");
    }

    function test_thePurseKeepsLimits() public {
        SpendingRules memory limits = SpendingRules(0, 10_000, 20_000, 0, new CategoryLimit[](1));
        limits.categoryLimits[0] = CategoryLimit(SPORT, 15_000);
        ISpending limited = _newPurse(_purseRules(), limits, address(board));
        assertEq(abi.encode(limited.spendingRules()), abi.encode(limits));
    }

    /// @dev A purse for the board that this contract creates next.
    function _purseOfNext() private returns (IPurse) {
        uint64 nonce = vm.getNonce(address(this));
        return _newPurse(_purseRules(), _noLimits(), vm.computeCreateAddress(address(this), nonce + 1));
    }

    function _expectBad(BoardRules memory r, bytes32 rule) private {
        IPurse own = _purseOfNext();
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadRules.selector, rule));
        _newBoard(r, own);
    }

    function _expectBadPurse(PurseRules memory r, SpendingRules memory spending, address board_, bytes32 rule)
        private
    {
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadRules.selector, rule));
        _newPurse(r, spending, board_);
    }
}
