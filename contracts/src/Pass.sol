// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ClaimVerifier} from "./claim/ClaimVerifier.sol";
import {Budget} from "./Budget.sol";
import {Merchant} from "./BudgetWords.sol";
import {Claims} from "./Claims.sol";
import {DataContract} from "./DataContract.sol";
import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {IPass, Offer, PassRules} from "./IPass.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";
import {PassOffers, StoredOffer} from "./PassOffers.sol";
import {SlottedClaims} from "./SlottedClaims.sol";

/// @title Pass
contract Pass is IPass, Budget, SlottedClaims {
    using PassOffers for StoredOffer;

    /// @dev Terms of an activation and of a use.
    uint8 private constant ACTIVATION = 0;
    uint8 private constant USE = 1;
    bytes32 private constant USE_TYPE = keccak256("OfferUse(uint256 offer,bytes32 nullifier,uint256 price)");

    address private immutable _rules;
    address private immutable _desk;
    address private immutable _activationTerms;
    uint256 private immutable _activationShape;
    address private immutable _useTerms;
    uint256 private immutable _useShape;
    uint256 private immutable _activateUntil;
    uint256 private immutable _activationsPerValidator;

    /// @inheritdoc IPass
    uint256 public offers;
    mapping(uint256 offer => StoredOffer) private _offers;
    /// @inheritdoc IPass
    mapping(address account => bool) public isActivated;

    /// @param rules_ see `PassRules`; FundBadRules names the first field that is wrong, ClaimTerms... what is wrong with
    /// the terms.
    /// @param registry_ see `registry`.
    /// @param euro_ see `euro`.
    /// @param sponsor_ gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE, and what is left at the end.
    constructor(PassRules memory rules_, ITrustRegistry registry_, IMunicipalEuro euro_, address sponsor_)
        Budget(euro_, sponsor_, rules_.opensAt, rules_.closesAt, rules_.categories)
        Claims(registry_, rules_.rulebook, rules_.period, rules_.validators)
    {
        if (rules_.activateUntil <= rules_.opensAt) revert FundBadRules("activateUntil");
        if (rules_.closesAt < rules_.activateUntil) revert FundBadRules("closesAt");
        if (rules_.activationsPerValidator == 0) revert FundBadRules("activationsPerValidator");
        if (rules_.desk == address(0)) revert FundBadRules("desk");
        if (rules_.terms.disclosed.length != 0) revert FundBadRules("terms");
        if (rules_.useTerms.disclosed.length != 0) revert FundBadRules("useTerms");
        (_activationShape, _activationTerms) = _openTerms(rules_.terms);
        (_useShape, _useTerms) = _openTerms(rules_.useTerms);
        _rules = DataContract.write(abi.encode(rules_));
        _desk = rules_.desk;
        _activateUntil = rules_.activateUntil;
        _activationsPerValidator = rules_.activationsPerValidator;
        emit PassOpened(rules_.rulebook, rules_.period, sponsor_, address(registry_), address(euro_));
    }

    // ---- the citizen ----

    /// @inheritdoc IPass
    function activate(bytes32 keyId, address account, uint32 asOf, bytes calldata proof) external {
        if (_books.paused()) revert FundPaused();
        _requirePeriod(_opensAt, _activateUntil);
        Statement memory statement = _statementFor(_id(keyId, 0, ACTIVATION), keyId, asOf);
        if (account == address(0)) revert FundZeroAccount();
        if (isActivated[account]) revert PassAccountTaken(account);
        // Before the proof, as in every programme: a replay costs no verification.
        bytes32 nullifier = ClaimVerifier.nullifierOf(proof);
        if (_claimed[nullifier] != 0) revert FundAlreadyClaimed(nullifier);

        _verify(_activationShape, statement, account, asOf, proof);
        _claimed[nullifier] = 1;
        _countClaim(keyId, statement.validator, _activationsPerValidator);
        isActivated[account] = true;
        emit Activated(nullifier, keyId, account, asOf);
    }

    /// @inheritdoc IPass
    function use(
        uint256 offer,
        uint256 number,
        bytes32 keyId,
        address merchant,
        uint256 price,
        uint32 asOf,
        bytes calldata proof,
        bytes calldata signature
    ) external {
        if (_books.paused()) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        StoredOffer memory o = _offer(offer);
        o.requireUsable(offer, number);
        _requireShop(o, offer, merchant);
        (uint256 reduction, uint256 sponsorPart) = o.split(price);
        Statement memory statement = _statementFor(_id(keyId, offer * 256 + number, USE), keyId, asOf);
        bytes32 nullifier = ClaimVerifier.nullifierOf(proof);
        if (_claimed[nullifier] != 0) revert FundAlreadyClaimed(nullifier);
        _requireSignature(keccak256(abi.encode(USE_TYPE, offer, nullifier, price)), signature, merchant);

        _verify(_useShape, statement, _recipient(merchant, price), asOf, proof);
        _claimed[nullifier] = 1;
        uint256 most = _claimsInAll() * o.usesPerPass;
        if (o.used >= most) revert PassMoreUsesThanPasses(offer, most);
        _offers[offer].used = o.used + 1;
        _owe(merchant, sponsorPart);
        // forge-lint: disable-start(unsafe-typecast) a number is below 2^8 and amounts below 2^40, see PassOffers
        emit OfferUsed(
            nullifier,
            offer,
            merchant,
            uint8(number),
            keyId,
            uint64(price),
            uint64(reduction),
            uint64(sponsorPart),
            asOf
        );
        // forge-lint: disable-end(unsafe-typecast)
    }

    // ---- the sponsor ----

    /// @inheritdoc IPass
    function publishOffer(Offer calldata terms) external onlyRole(SPONSOR_ROLE) returns (uint256 number) {
        _requirePeriod(0, _closesAt);
        PassOffers.check(terms, _categories);
        number = ++offers;
        _offers[number] = PassOffers.stored(terms);
        emit OfferPublished(number, terms);
    }

    /// @inheritdoc IPass
    function withdrawOffer(uint256 offer) external onlyRole(SPONSOR_ROLE) {
        if (_offer(offer).withdrawn) revert PassOfferWithdrawn(offer);
        _offers[offer].withdrawn = true;
        emit OfferWithdrawn(offer);
    }

    // ---- views ----

    /// @inheritdoc IPass
    function rules() external view returns (PassRules memory) {
        DataContract.answer(_rules);
    }

    /// @inheritdoc IPass
    function offerOf(uint256 offer) external view returns (Offer memory terms, uint32 used, bool withdrawn) {
        StoredOffer memory o = _offer(offer);
        return (o.published(), o.used, o.withdrawn);
    }

    /// @inheritdoc IPass
    function claimsOf(address validator) external view returns (uint32) {
        return _claimsBy(validator);
    }

    /// @inheritdoc IPass
    function quote(uint256 offer, uint256 price)
        external
        view
        returns (uint256 citizen, uint256 sponsorPart, uint256 merchantPart)
    {
        uint256 reduction;
        (reduction, sponsorPart) = _offer(offer).split(price);
        return (price - reduction, sponsorPart, reduction - sponsorPart);
    }

    // ---- checks ----

    /// @dev No rule counts by category here.
    function _categorised(address, Merchant m, uint8 category) internal pure override returns (Merchant) {
        return m.withCategory(category, 0, 0);
    }

    /// @dev Slot 0 is the activation; slots from 256 on are offers and uses that exist.
    function _termsOf(uint256 slot, uint8 terms) internal view override returns (address) {
        if (slot == 0 && terms == ACTIVATION) return _activationTerms;
        if (slot < 256 || terms != USE || slot % 256 >= _offers[slot / 256].usesPerPass) {
            revert FundUnknownSlot(slot, terms);
        }
        return _useTerms;
    }

    /// @dev Pass credentials are the desk's alone, and it activates nobody.
    function _numberOf(address validator, uint256 terms) internal view override returns (uint8) {
        if (terms == ACTIVATION) return super._numberOf(validator, terms);
        return validator == _desk ? 1 : 0;
    }

    function _offer(uint256 offer) private view returns (StoredOffer memory o) {
        o = _offers[offer];
        if (o.usesPerPass == 0) revert PassUnknownOffer(offer);
    }

    function _requireShop(StoredOffer memory o, uint256 offer, address merchant) private view {
        Merchant m = _merchants[merchant];
        if (!m.approved() || (o.merchant != address(0) && o.merchant != merchant)) revert FundWrongShop(merchant);
        if (m.category() != o.category) revert PassWrongCategory(offer, m.category());
    }

    /// @dev What the proof of a use is bound to.
    function _recipient(address merchant, uint256 price) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(merchant, price)))));
    }
}
