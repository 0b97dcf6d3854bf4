// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ClaimStatement} from "./claim/ClaimStatement.sol";
import {ClaimWrongLength} from "./claim/ClaimTerms.sol";
import {ClaimVerifier} from "./claim/ClaimVerifier.sol";
import {Budget} from "./Budget.sol";
import {Books} from "./BudgetWords.sol";
import {Claims} from "./Claims.sol";
import {DataContract} from "./DataContract.sol";
import {FundRules} from "./FundRules.sol";
import {IFund, Rules} from "./IFund.sol";
import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {SpendingRules} from "./ISpending.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";
import {Spending} from "./Spending.sol";

/// @title Fund
contract Fund is IFund, Spending, Claims {
    address private immutable _rules;
    address private immutable _terms;
    uint256 private immutable _shape;
    uint256 private immutable _claimsUntil;
    uint256 private immutable _baseAmount;
    uint256 private immutable _unitAmount;
    uint256 private immutable _unit;
    uint256 private immutable _minUnits;
    uint256 private immutable _maxUnits;
    uint256 private immutable _claimsPerValidator;

    /// @param rules_ see `Rules`; FundBadRules names the first field that is wrong, ClaimTerms... what is wrong with
    /// the terms.
    /// @param spending see `SpendingRules`; all zero for none.
    /// @param registry_ see `registry`.
    /// @param euro_ see `euro`.
    /// @param sponsor_ gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE, and what is unspent at the end.
    constructor(
        Rules memory rules_,
        SpendingRules memory spending,
        ITrustRegistry registry_,
        IMunicipalEuro euro_,
        address sponsor_
    )
        Budget(euro_, sponsor_, rules_.opensAt, rules_.closesAt, rules_.categories)
        Spending(spending, rules_.categories)
        Claims(registry_, rules_.rulebook, rules_.period, rules_.validators)
    {
        FundRules.check(rules_, spending.voucherAmount);
        (_shape, _terms) = _openTerms(rules_.terms);
        _rules = DataContract.write(abi.encode(rules_));
        _claimsUntil = rules_.claimsUntil;
        _baseAmount = rules_.baseAmount;
        _unitAmount = rules_.unitAmount;
        _unit = rules_.unit;
        _minUnits = rules_.minUnits;
        _maxUnits = rules_.maxUnits;
        _claimsPerValidator = rules_.claimsPerValidator;
        emit Opened(rules_.rulebook, rules_.period, sponsor_, address(registry_), address(euro_));
    }

    // ---- claims ----

    /// @inheritdoc IFund
    function accept(bytes32 keyId) external {
        (address validator, address data) = _accept(keyId, keyId, 0, _terms, _scope());
        emit Accepted(keyId, validator, data);
    }

    /// @inheritdoc IFund
    function claim(bytes32 keyId, address account, uint32 asOf, uint256[] calldata disclosed, bytes calldata proof)
        external
    {
        Books b = _books;
        if (b.paused()) revert FundPaused();
        _requirePeriod(_opensAt, _claimsUntil);
        Statement memory statement = _statementFor(keyId, keyId, asOf);
        uint256 amount = _allotment(disclosed, proof.length);
        if (account == address(0)) revert FundZeroAccount();
        // Before the proof: who sends a claim again, or loses a race with another relayer, pays for no verification.
        bytes32 nullifier = ClaimVerifier.nullifierOf(proof);
        if (_claimed[nullifier] != 0) revert FundAlreadyClaimed(nullifier);

        ClaimVerifier.verify(ClaimStatement.unpack(_shape), statement.data, account, asOf, disclosed, proof);
        _claimed[nullifier] = 1;
        _countClaim(keyId, statement.validator, _claimsPerValidator);
        _credit(b, account, amount);
        // forge-lint: disable-next-line(unsafe-typecast) at most the unallocated budget
        emit Claimed(nullifier, keyId, account, uint64(amount), asOf);
    }

    // ---- views ----

    /// @inheritdoc IFund
    function rules() external view returns (Rules memory) {
        DataContract.answer(_rules);
    }

    /// @inheritdoc IFund
    function scope() external view returns (bytes memory) {
        return _scope();
    }

    /// @inheritdoc IFund
    function claimsOf(address validator) external view returns (uint32) {
        return _claimsBy(validator);
    }

    /// @inheritdoc IFund
    function statementOf(bytes32 keyId) external view returns (address) {
        return _statements[keyId].data;
    }

    /// @dev What a claim with these disclosed values gets; at most 2^64 - 1 by `FundRules`.
    function _allotment(uint256[] calldata disclosed, uint256 proofLength) private view returns (uint256) {
        if (_unit == FundRules.NO_UNIT) return _baseAmount;
        if (disclosed.length <= _unit) revert ClaimWrongLength(proofLength, disclosed.length);
        uint256 units = disclosed[_unit];
        if (units < _minUnits || units > _maxUnits) revert FundUnitsOutOfRange(units, _minUnits, _maxUnits);
        return _baseAmount + _unitAmount * units;
    }
}
