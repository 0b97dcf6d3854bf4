// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IClaims} from "../../src/IClaims.sol";
import {IFund, Rules} from "../../src/IFund.sol";
import {ClaimTerms} from "../../src/claim/ClaimTerms.sol";
import {CategoryLimit} from "../../src/ISpending.sol";
import {FixtureClaim, FundBase} from "../FundBase.sol";

/// @dev What a claim costs by itself, everything it touches being cold.
contract Meter {
    function claim(IFund fund, bytes32 keyId, FixtureClaim calldata c)
        external
        returns (uint256 used, bytes memory answer)
    {
        uint256 before = gasleft();
        try fund.claim(keyId, c.account, uint32(c.asOf), c.disclosed, c.proof) {}
        catch (bytes memory reason) {
            answer = reason;
        }
        used = before - gasleft();
    }
}

/// @notice What whole transactions cost: every call is one of its own, with base fee, calldata and cold storage.
/// forge-config: default.isolate = true
contract GasTest is FundBase {
    function test_aClaimWithoutPredicate() public {
        _measureClaim("0", 370_000);
    }

    function test_aClaimWithOnePredicate() public {
        _measureClaim("1", 395_000);
    }

    function test_aClaimWithTwoPredicates() public {
        _measureClaim("2", 395_000);
    }

    function test_aClaimWithFourPredicates() public {
        _measureClaim("4", 430_000);
    }

    function test_aClaimOfTheChildBudget() public {
        _claim(1);
        _claim(0);
        _report("claim, child budget", 405_000);
    }

    /// @dev A replay pays for its octets and for five cold reads. By EIP-7623 a transaction with many octets and little
    /// work pays a floor for the octets; this one pays nothing beyond it.
    function test_aReplayIsRefusedBeforeTheProof() public {
        _claim(0);
        FixtureClaim memory c = claims[0];
        bytes32 keyId = keyIds[c.key];
        (uint256 work, bytes memory answer) = new Meter().claim(fund, keyId, c);
        assertEq(answer, abi.encodeWithSelector(IClaims.FundAlreadyClaimed.selector, c.nullifier));
        emit log_named_uint("replay, without its octets", work);
        assertLe(work, 22_000);

        bytes memory octets = abi.encodeCall(fund.claim, (keyId, c.account, uint32(c.asOf), c.disclosed, c.proof));
        uint256 tokens;
        for (uint256 i = 0; i < octets.length; ++i) {
            tokens += octets[i] == 0 ? 1 : 4;
        }
        vm.prank(relayer);
        try fund.claim(keyId, c.account, uint32(c.asOf), c.disclosed, c.proof) {
            revert("accepted");
        } catch {
            uint256 total = vm.lastCallGas().gasTotalUsed;
            emit log_named_uint("replay", total);
            assertEq(total, 21_000 + 10 * tokens, "the floor for these octets");
        }
    }

    function test_aPayment() public {
        _claim(0);
        _pay(0, 0, 100, uint256(keccak256("nonce 1")));
        _report("first payment at a shop", 78_000);
        _pay(0, 0, 100, uint256(keccak256("nonce 2")));
        _report("repeat payment", 78_000);
        _refund(0, uint256(keccak256("nonce 2")), 50, 0);
        _report("refund", 54_000);
        _settle(0, "file 1");
        _report("settlement of one shop", 120_000);
    }

    /// @dev The limit of a shop counts in one more slot, that of a category beside the balance; rules that are off cost
    /// nothing (`test_aPayment`).
    function test_aPaymentWithEveryLimit() public {
        (_limits.voucherAmount, _limits.paymentLimit, _limits.shopLimit) = (100, 50_000, 10_000);
        _limits.products = 6;
        _limits.categoryLimits.push(CategoryLimit(SPORT, 10_000));
        Rules memory r = _rules();
        r.baseAmount = 0;
        _reopen(r);
        _product = 2;
        _claim(0);
        _pay(0, 0, 100, uint256(keccak256("nonce 1")));
        _report("first payment at a shop, every limit", 102_000);
        _pay(0, 0, 100, uint256(keccak256("nonce 2")));
        _report("repeat payment, every limit", 84_500);
        _refund(0, uint256(keccak256("nonce 2")), 100, 0);
        _report("refund, every limit", 61_000);
    }

    /// @dev The second claim of a validator: its count is there already, as for all but one.
    function _measureClaim(string memory predicates, uint256 most) private {
        string memory path = string.concat(".measured.", predicates);
        Rules memory r = _rules();
        r.terms = abi.decode(vm.parseJsonBytes(json, string.concat(path, ".terms")), (ClaimTerms));
        (r.unit, r.unitAmount, r.minUnits, r.maxUnits) = (255, 0, 0, 0);
        _reopen(r);
        FixtureClaim[] memory measured =
            abi.decode(vm.parseJson(json, string.concat(path, ".claims")), (FixtureClaim[]));
        _claim(measured[0]);
        _claim(measured[1]);
        _report(string.concat("claim, predicates: ", predicates), most);
    }

    function _report(string memory what, uint256 most) private {
        Vm.Gas memory gas = vm.lastCallGas();
        emit log_named_uint(what, gas.gasTotalUsed);
        assertLe(gas.gasTotalUsed, most, what);
        assertGt(gas.gasTotalUsed, 21_000, "not a transaction of its own");
    }
}
