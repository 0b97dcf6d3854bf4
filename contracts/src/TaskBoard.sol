// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {ClaimVerifier} from "./claim/ClaimVerifier.sol";
import {Calendar} from "./Calendar.sol";
import {Claims} from "./Claims.sol";
import {DataContract} from "./DataContract.sol";
import {IPurse} from "./IPurse.sol";
import {BoardRules, Collection, ITaskBoard} from "./ITaskBoard.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";
import {SlottedClaims} from "./SlottedClaims.sol";
import {TaskMessages} from "./TaskMessages.sol";
import {Tasks} from "./Tasks.sol";

/// @title TaskBoard
contract TaskBoard is ITaskBoard, Tasks, SlottedClaims {
    /// @notice Of the purse: may publish, withdraw, hand out, release, verify and decide.
    bytes32 public constant EMPLOYEE_ROLE = keccak256("EMPLOYEE_ROLE");

    /// @dev Terms of a collection at the adult rate and at the young one.
    uint8 private constant ADULT = 0;
    uint8 private constant YOUNG = 1;

    /// @inheritdoc ITaskBoard
    IPurse public immutable purse;

    address private immutable _rules;
    uint256 private immutable _opensAt;
    uint256 private immutable _closesAt;
    uint256 private immutable _adultRate;
    uint256 private immutable _youngRate;
    uint256 private immutable _slots;
    uint256 private immutable _slotCap;
    address private immutable _adultTerms;
    uint256 private immutable _adultShape;
    address private immutable _youngTerms;
    uint256 private immutable _youngShape;

    /// @param rules_ see `BoardRules`; FundBadRules names the first field that is wrong, ClaimTerms... what is wrong with
    /// the terms.
    /// @param registry_ see `registry`.
    /// @param purse_ see `purse`; deployed before, for the address that this board gets.
    constructor(BoardRules memory rules_, ITrustRegistry registry_, IPurse purse_)
        Tasks(rules_.collectWithin, rules_.appealWithin)
        Claims(registry_, rules_.rulebook, rules_.period, rules_.validators)
    {
        if (purse_.board() != address(this)) revert FundBadRules("purse");
        if (rules_.closesAt <= rules_.opensAt) revert FundBadRules("closesAt");
        if (rules_.adultRate == 0 || rules_.adultRate % 4 != 0) revert FundBadRules("adultRate");
        if (rules_.youngRate == 0 || rules_.youngRate % 4 != 0) revert FundBadRules("youngRate");
        if (rules_.slots == 0 || rules_.slots > 256) revert FundBadRules("slots");
        if (rules_.yearlyCap == 0 || uint256(rules_.slots) * rules_.slotCap != rules_.yearlyCap) {
            revert FundBadRules("yearlyCap");
        }
        if (rules_.collectWithin == 0) revert FundBadRules("collectWithin");
        if (rules_.appealWithin == 0) revert FundBadRules("appealWithin");
        if (rules_.adultTerms.disclosed.length != 0) revert FundBadRules("adultTerms");
        if (rules_.youngTerms.disclosed.length != 0) revert FundBadRules("youngTerms");
        (_adultShape, _adultTerms) = _openTerms(rules_.adultTerms);
        (_youngShape, _youngTerms) = _openTerms(rules_.youngTerms);
        _rules = DataContract.write(abi.encode(rules_));
        purse = purse_;
        _opensAt = rules_.opensAt;
        _closesAt = rules_.closesAt;
        _adultRate = rules_.adultRate;
        _youngRate = rules_.youngRate;
        _slots = rules_.slots;
        _slotCap = rules_.slotCap;
        emit BoardOpened(rules_.rulebook, rules_.period, address(purse_), address(registry_));
    }

    /// @inheritdoc ITaskBoard
    function collect(Collection calldata c, bytes calldata signature, bytes calldata proof) external {
        _requireOpen();
        _requireSlot(c.slot, c.terms);
        (uint256 year,) = Calendar.yearAndMonth(block.timestamp);
        if (c.slot / 256 != year) revert TaskNotThisYear(c.slot, year);
        (uint32 time, uint256 amount) = _due(c);
        Statement memory statement = _statementFor(_id(c.keyId, c.slot, c.terms), c.keyId, c.asOf);
        bytes32 nullifier = ClaimVerifier.nullifierOf(proof);
        uint256 earned = _claimed[nullifier];
        if (earned + amount > _slotCap) revert TaskSlotFull(nullifier, earned, amount, _slotCap);
        _requireSignature(
            TaskMessages.hashCollection(c.taskAccount, c.account, c.slot, c.collectedTotal), signature, c.taskAccount
        );

        _verify(c.terms == ADULT ? _adultShape : _youngShape, statement, _recipient(c), c.asOf, proof);
        earned += amount;
        _claimed[nullifier] = earned;
        workOf[c.taskAccount].collected += time;
        // forge-lint: disable-start(unsafe-typecast) at most the cap of a slot, below 2^40
        emit Collected(
            nullifier, c.taskAccount, c.account, c.slot, c.terms, c.keyId, time, uint64(amount), uint64(earned), c.asOf
        );
        // forge-lint: disable-end(unsafe-typecast)
        purse.credit(c.account, amount);
    }

    // ---- views ----

    /// @inheritdoc ITaskBoard
    function rules() external view returns (BoardRules memory) {
        DataContract.answer(_rules);
    }

    /// @inheritdoc ITaskBoard
    function earnedOf(bytes32 nullifier) external view returns (uint256) {
        return _claimed[nullifier];
    }

    // ---- checks ----

    /// @dev What this collection takes: seconds, and cents at the rate of its terms.
    function _due(Collection calldata c) private view returns (uint32 time, uint256 amount) {
        Work memory work = workOf[c.taskAccount];
        if (work.time == 0) revert TaskNothingAwarded(c.taskAccount);
        if (block.timestamp >= work.until) revert TaskCollectionTooLate(c.taskAccount, work.until);
        if (c.collectedTotal <= work.collected || c.collectedTotal > work.time) {
            revert TaskCollectionOutOfRange(c.collectedTotal, work.collected, work.time);
        }
        // forge-lint: disable-next-line(unsafe-typecast) at most `work.time`
        time = uint32(c.collectedTotal) - work.collected;
        uint256 rate = c.terms == ADULT ? _adultRate : _youngRate;
        if (time * rate % 1 hours != 0) revert TaskNotWholeCents(time, rate);
        amount = time * rate / 1 hours;
    }

    /// @dev What the proof of a collection is bound to.
    function _recipient(Collection calldata c) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(c.taskAccount, c.account, c.collectedTotal)))));
    }

    function _termsOf(uint256 slot, uint8 terms) internal view override returns (address) {
        _requireSlot(slot, terms);
        return terms == ADULT ? _adultTerms : _youngTerms;
    }

    function _requireSlot(uint256 slot, uint8 terms) private view {
        if (slot % 256 >= _slots || terms > YOUNG) revert FundUnknownSlot(slot, terms);
    }

    /// @dev The purse keeps the roles, so that a handing over, and an employee's leaving, happen in one place.
    function _requireEmployee() internal view override {
        if (!IAccessControl(address(purse)).hasRole(EMPLOYEE_ROLE, msg.sender)) {
            revert IAccessControl.AccessControlUnauthorizedAccount(msg.sender, EMPLOYEE_ROLE);
        }
    }

    function _requireOpen() internal view override {
        if (block.timestamp < _opensAt || block.timestamp >= _closesAt) {
            revert FundOutsidePeriod(block.timestamp, _opensAt, _closesAt);
        }
    }
}
