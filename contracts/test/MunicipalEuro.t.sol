// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {Deployed} from "./Deployed.sol";

contract MunicipalEuroTest is Deployed {
    MunicipalEuro private euro;
    address private admin = makeAddr("admin");
    address private minter = makeAddr("minter");
    address private fund = makeAddr("fund");
    address private sponsor = makeAddr("sponsor");

    function setUp() public {
        euro = MunicipalEuro(_create("MunicipalEuro", abi.encode(admin)));
        vm.startPrank(admin);
        euro.grantRole(euro.MINTER_ROLE(), minter);
        euro.grantRole(euro.SETTLER_ROLE(), fund);
        vm.stopPrank();
    }

    function test_isTheMunicipalEuroWithTwoDecimals() public view {
        assertEq(euro.name(), "Municipal Euro");
        assertEq(euro.symbol(), "MEUR");
        assertEq(euro.decimals(), 2);
    }

    function testFuzz_mintsADepositOnce(uint128 amount, bytes32 depositReference, address to) public {
        vm.assume(amount != 0 && depositReference != 0 && to != address(0) && to != fund);
        vm.expectEmit(address(euro));
        emit IMunicipalEuro.Deposited(depositReference, to, amount);
        vm.prank(minter);
        euro.mint(to, amount, depositReference);
        assertEq(euro.balanceOf(to), amount);
        assertEq(euro.deposited(), amount);
        assertEq(euro.totalSupply(), amount);
        assertTrue(euro.isDeposited(depositReference));

        vm.expectRevert(abi.encodeWithSelector(IMunicipalEuro.MunicipalEuroDepositUsed.selector, depositReference));
        vm.prank(minter);
        euro.mint(to, 1, depositReference);
    }

    function testFuzz_refusesAMintByAnybodyElse(address caller) public {
        vm.assume(caller != minter);
        bytes32 role = euro.MINTER_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
        euro.mint(sponsor, 1, "deposit");
    }

    function test_refusesAMintOfNothing() public {
        vm.expectRevert(IMunicipalEuro.MunicipalEuroZeroAmount.selector);
        vm.prank(minter);
        euro.mint(sponsor, 0, "deposit");
    }

    function test_refusesAMintWithoutReference() public {
        vm.expectRevert(IMunicipalEuro.MunicipalEuroNoReference.selector);
        vm.prank(minter);
        euro.mint(sponsor, 1, 0);
    }

    function testFuzz_refusesDepositsOf128BitsAndMore(uint128 first, uint256 second) public {
        vm.assume(first != 0);
        uint256 room = type(uint128).max - first;
        second = bound(second, room + 1, type(uint256).max);
        vm.startPrank(minter);
        euro.mint(sponsor, first, "deposit 1");
        vm.expectRevert(
            abi.encodeWithSelector(IMunicipalEuro.MunicipalEuroAmountTooLarge.selector, second, room)
        );
        euro.mint(sponsor, second, "deposit 2");
    }

    function test_refusesAMintToAFund() public {
        vm.expectRevert(abi.encodeWithSelector(IMunicipalEuro.MunicipalEuroFundMustTake.selector, fund));
        vm.prank(minter);
        euro.mint(fund, 1, "deposit");
    }

    function testFuzz_refusesATransferToAFund(uint128 amount) public {
        vm.assume(amount != 0);
        _giveFund(amount);
        vm.prank(fund);
        euro.transfer(sponsor, amount);
        vm.expectRevert(abi.encodeWithSelector(IMunicipalEuro.MunicipalEuroFundMustTake.selector, fund));
        vm.prank(sponsor);
        euro.transfer(fund, amount);
        vm.prank(sponsor);
        euro.approve(minter, amount);
        vm.expectRevert(abi.encodeWithSelector(IMunicipalEuro.MunicipalEuroFundMustTake.selector, fund));
        vm.prank(minter);
        euro.transferFrom(sponsor, fund, amount);
    }

    function testFuzz_aFundBurnsItsOwn(uint128 amount, uint128 burnt, bytes32 settlementReference) public {
        vm.assume(amount != 0 && settlementReference != 0);
        burnt = uint128(bound(burnt, 1, amount));
        _giveFund(amount);
        vm.expectEmit(address(euro));
        emit IMunicipalEuro.Settled(settlementReference, fund, burnt);
        vm.prank(fund);
        euro.burn(burnt, settlementReference);
        assertEq(euro.settled(), burnt);
        assertEq(euro.totalSupply(), euro.deposited() - euro.settled());
        assertEq(euro.balanceOf(fund), amount - burnt);
        assertTrue(euro.isSettled(fund, settlementReference));
    }

    function testFuzz_refusesAReferenceTwiceButNotOfAnotherFund(bytes32 settlementReference) public {
        vm.assume(settlementReference != 0);
        _giveFund(10);
        vm.startPrank(fund);
        euro.burn(1, settlementReference);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMunicipalEuro.MunicipalEuroSettlementUsed.selector, fund, settlementReference
            )
        );
        euro.burn(1, settlementReference);
        euro.transfer(sponsor, 1);
        vm.stopPrank();

        bytes32 role = euro.SETTLER_ROLE();
        vm.prank(admin);
        euro.grantRole(role, sponsor);
        vm.prank(sponsor);
        euro.burn(1, settlementReference);
        assertEq(euro.settled(), 2);
    }

    function testFuzz_refusesABurnByAnybodyElse(address caller) public {
        vm.assume(caller != fund);
        bytes32 role = euro.SETTLER_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
        euro.burn(1, "settlement");
    }

    function testFuzz_refusesABurnAboveTheBalance(uint128 amount, uint256 burnt) public {
        vm.assume(amount != 0);
        burnt = bound(burnt, uint256(amount) + 1, type(uint256).max);
        _giveFund(amount);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, fund, amount, burnt)
        );
        vm.prank(fund);
        euro.burn(burnt, "settlement");
    }

    function test_refusesABurnOfNothingOrWithoutReference() public {
        vm.startPrank(fund);
        vm.expectRevert(IMunicipalEuro.MunicipalEuroZeroAmount.selector);
        euro.burn(0, "settlement");
        vm.expectRevert(IMunicipalEuro.MunicipalEuroNoReference.selector);
        euro.burn(1, 0);
    }

    function testFuzz_onlyTheAdminGrantsRoles(address caller) public {
        vm.assume(caller != admin);
        bytes32 role = euro.MINTER_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, caller, euro.DEFAULT_ADMIN_ROLE()
            )
        );
        vm.prank(caller);
        euro.grantRole(role, caller);
    }

    function _giveFund(uint256 amount) private {
        vm.prank(minter);
        euro.mint(sponsor, amount, "a deposit");
        vm.prank(sponsor);
        euro.approve(fund, amount);
        vm.prank(fund);
        euro.transferFrom(sponsor, fund, amount);
    }
}
