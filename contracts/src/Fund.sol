// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ClaimStatement} from "./claim/ClaimStatement.sol";
import {ClaimWrongLength} from "./claim/ClaimTerms.sol";
import {ClaimVerifier} from "./claim/ClaimVerifier.sol";
import {StatementBuilder} from "./claim/StatementBuilder.sol";
import {DataContract} from "./DataContract.sol";
import {FundMessages} from "./FundMessages.sol";
import {FundRules} from "./FundRules.sol";
import {IFund, PaymentPermit, Rules} from "./IFund.sol";
import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";

/// @title Fund
contract Fund is IFund, AccessControl, EIP712 {
    using SafeERC20 for IMunicipalEuro;

    /// @dev One slot: every change of money reads and writes it once.
    struct Books {
        uint64 unallocated;
        uint64 accounts;
        uint64 merchants;
        bool paused;
        bool closed;
    }

    /// @dev One slot.
    struct Merchant {
        uint64 balance;
        uint16 batch;
        uint8 category;
        bool approved;
    }

    /// @dev One slot. The merchant is never zero in a payment that was made.
    struct Payment {
        address merchant;
        uint40 amount;
        uint40 refunded;
        uint16 batch;
    }

    /// @dev One slot. `validator` is the index in the rules.
    struct Statement {
        address data;
        uint8 validator;
    }

    /// @notice May fund, close, pause, and approve or suspend shops.
    bytes32 public constant SPONSOR_ROLE = keccak256("SPONSOR_ROLE");
    /// @notice May settle.
    bytes32 public constant SETTLER_ROLE = keccak256("SETTLER_ROLE");

    /// @dev 1970-01-01 in days since 1900-01-01.
    uint256 private constant UNIX_EPOCH_DAY = 25_567;

    /// @inheritdoc IFund
    ITrustRegistry public immutable registry;
    /// @inheritdoc IFund
    IMunicipalEuro public immutable euro;

    StatementBuilder private immutable _builder;
    uint256 private immutable _chainId;
    address private immutable _rules;
    uint256 private immutable _shape;
    bytes32 private immutable _rulebook;
    uint256 private immutable _period;
    uint256 private immutable _opensAt;
    uint256 private immutable _claimsUntil;
    uint256 private immutable _closesAt;
    uint256 private immutable _baseAmount;
    uint256 private immutable _unitAmount;
    uint256 private immutable _unit;
    uint256 private immutable _minUnits;
    uint256 private immutable _maxUnits;
    uint256 private immutable _claimsPerValidator;
    uint256 private immutable _categories;

    /// @inheritdoc IFund
    Books public books;
    /// @dev Claims of each of the rules' validators, 32 bits each, the first in the lowest bits.
    uint256 private _claims;
    /// @inheritdoc IFund
    address public sponsor;
    /// @dev 1 once claimed. A whole word, which is written without being read.
    mapping(bytes32 nullifier => uint256) private _claimed;
    mapping(bytes32 keyId => Statement) private _statements;
    /// @dev One more than the index in the rules; zero for everybody else.
    mapping(address validator => uint8) private _validatorNumbers;
    mapping(address account => uint64) private _accounts;
    mapping(address merchant => Merchant) private _merchants;
    /// @inheritdoc IFund
    mapping(bytes32 id => Payment) public payment;

    /// @param rules_ see `Rules`; FundBadRules names the first field that is wrong, ClaimTerms... what is wrong with
    /// the terms.
    /// @param registry_ see `registry`.
    /// @param euro_ see `euro`.
    /// @param sponsor_ gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE, and what is unspent at the end.
    constructor(Rules memory rules_, ITrustRegistry registry_, IMunicipalEuro euro_, address sponsor_)
        EIP712("Stuiver", "1")
    {
        _requireSponsor(euro_, sponsor_);
        FundRules.check(rules_);
        registry = registry_;
        euro = euro_;
        sponsor = sponsor_;
        _chainId = block.chainid;
        _builder = new StatementBuilder();
        _shape = _builder.shape(registry_, rules_.terms);
        _rules = DataContract.write(abi.encode(rules_));
        _rulebook = rules_.rulebook;
        _period = rules_.period;
        _opensAt = rules_.opensAt;
        _claimsUntil = rules_.claimsUntil;
        _closesAt = rules_.closesAt;
        _baseAmount = rules_.baseAmount;
        _unitAmount = rules_.unitAmount;
        _unit = rules_.unit;
        _minUnits = rules_.minUnits;
        _maxUnits = rules_.maxUnits;
        _claimsPerValidator = rules_.claimsPerValidator;
        _categories = rules_.categories;
        for (uint8 i = 0; i < rules_.validators.length; ++i) {
            _validatorNumbers[rules_.validators[i]] = i + 1;
        }
        _grantRole(DEFAULT_ADMIN_ROLE, sponsor_);
        _grantRole(SPONSOR_ROLE, sponsor_);
        emit Opened(rules_.rulebook, rules_.period, sponsor_, address(registry_), address(euro_));
    }

    // ---- the budget ----

    /// @inheritdoc IFund
    function fund(uint64 amount) external onlyRole(SPONSOR_ROLE) {
        _requirePeriod(0, _closesAt);
        if (amount == 0) revert FundZeroAmount();
        Books memory b = books;
        // The sum bounds each of the three, and each balance, for good: elsewhere money only moves between them.
        uint256 total = uint256(b.unallocated) + b.accounts + b.merchants + amount;
        if (total > type(uint64).max) revert FundAmountTooLarge(total, type(uint64).max);

        books.unallocated = b.unallocated + amount;
        emit Funded(msg.sender, amount);
        euro.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IFund
    function close() external onlyRole(SPONSOR_ROLE) {
        if (block.timestamp < _closesAt) revert FundNotOver(block.timestamp, _closesAt);
        Books memory b = books;
        if (b.closed) revert FundClosed();

        b.unallocated = 0;
        b.accounts = 0;
        b.closed = true;
        books = b;
        // What came past `fund` before the token knew this fund as one goes back as well.
        uint256 returned = euro.balanceOf(address(this)) - b.merchants;
        emit Closed(sponsor, returned);
        euro.safeTransfer(sponsor, returned);
    }

    // ---- claims ----

    /// @inheritdoc IFund
    function accept(bytes32 keyId) external {
        if (block.chainid != _chainId) revert FundOtherChain(block.chainid, _chainId);
        if (_statements[keyId].data != address(0)) revert FundAlreadyAccepted(keyId);
        (, address validator,,,,,) = registry.key(keyId);
        uint8 number = _validatorNumbers[validator];
        if (number == 0) revert FundValidatorNotAccepted(keyId);
        if (!registry.isValid(keyId)) revert FundValidatorRevoked(keyId);

        address data = _builder.store(registry, keyId, _rules, scope());
        _statements[keyId] = Statement(data, number - 1);
        emit Accepted(keyId, validator, data);
    }

    /// @inheritdoc IFund
    function claim(bytes32 keyId, address account, uint32 asOf, uint256[] calldata disclosed, bytes calldata proof)
        external
    {
        Books memory b = books;
        if (b.paused) revert FundPaused();
        _requirePeriod(_opensAt, _claimsUntil);
        Statement memory statement = _statements[keyId];
        if (statement.data == address(0)) revert FundValidatorNotAccepted(keyId);
        if (!registry.isValid(keyId)) revert FundValidatorRevoked(keyId);
        uint256 today = block.timestamp / 1 days + UNIX_EPOCH_DAY;
        if (asOf != today && asOf != today - 1) revert FundStaleClaim(asOf, today);
        uint256 amount = _allotment(disclosed, proof.length);
        if (account == address(0)) revert FundZeroAccount();
        // Before the proof: who sends a claim again, or loses a race with another relayer, pays for no verification.
        bytes32 nullifier = ClaimVerifier.nullifierOf(proof);
        if (_claimed[nullifier] != 0) revert FundAlreadyClaimed(nullifier);

        ClaimVerifier.verify(ClaimStatement.unpack(_shape), statement.data, account, asOf, disclosed, proof);
        _claimed[nullifier] = 1;
        _countClaim(keyId, statement.validator);
        if (b.unallocated < amount) revert FundBudgetExhausted(b.unallocated, amount);

        // `amount` is at most `unallocated`, and with it all sums are below 2^64 (see `fund`).
        // forge-lint: disable-start(unsafe-typecast)
        b.unallocated -= uint64(amount);
        b.accounts += uint64(amount);
        books = b;
        _accounts[account] += uint64(amount);
        emit Claimed(nullifier, keyId, account, uint64(amount), asOf);
        // forge-lint: disable-end(unsafe-typecast)
    }

    // ---- shops and payments ----

    /// @inheritdoc IFund
    function approveMerchant(address merchant, uint8 category) external onlyRole(SPONSOR_ROLE) {
        if (merchant == address(0)) revert FundZeroAccount();
        if ((_categories >> category) & 1 == 0) revert FundCategoryNotAllowed(category);
        Merchant storage m = _merchants[merchant];
        m.category = category;
        m.approved = true;
        emit MerchantApproved(merchant, category);
    }

    /// @inheritdoc IFund
    function suspendMerchant(address merchant) external onlyRole(SPONSOR_ROLE) {
        if (!_merchants[merchant].approved) revert FundWrongShop(merchant);
        _merchants[merchant].approved = false;
        emit MerchantSuspended(merchant);
    }

    /// @inheritdoc IFund
    function pay(
        PaymentPermit calldata permit,
        bytes calldata permitSignature,
        address merchant,
        uint256 amount,
        bytes calldata chargeSignature
    ) external {
        Books memory b = books;
        if (b.paused) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        if (block.timestamp > permit.deadline) revert FundPermitExpired(permit.deadline);
        Merchant memory m = _merchants[merchant];
        if (!m.approved || (permit.merchant != address(0) && permit.merchant != merchant)) {
            revert FundWrongShop(merchant);
        }
        bytes32 id = FundMessages.paymentId(permit.account, permit.nonce);
        if (payment[id].merchant != address(0)) revert FundPermitUsed(id);
        if (amount == 0) revert FundZeroAmount();
        if (amount > permit.limit) revert FundAmountAboveLimit(amount, permit.limit);
        if (amount > type(uint40).max) revert FundAmountTooLarge(amount, type(uint40).max);
        _requireSignature(FundMessages.hashPermit(permit), permitSignature, permit.account);
        _requireSignature(FundMessages.hashCharge(id, merchant, amount), chargeSignature, merchant);
        uint64 balance = _accounts[permit.account];
        if (balance < amount) revert FundInsufficientBalance(balance, amount);

        // `amount` is below 2^40, and at most what all accounts hold.
        // forge-lint: disable-start(unsafe-typecast)
        _accounts[permit.account] = balance - uint64(amount);
        m.balance += uint64(amount);
        _merchants[merchant] = m;
        b.accounts -= uint64(amount);
        b.merchants += uint64(amount);
        books = b;
        payment[id] = Payment(merchant, uint40(amount), 0, m.batch);
        emit Paid(id, permit.account, merchant, uint64(amount));
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @inheritdoc IFund
    function refund(address account, uint256 nonce, uint256 refundedTotal, bytes calldata signature) external {
        Books memory b = books;
        if (b.paused) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        bytes32 id = FundMessages.paymentId(account, nonce);
        Payment memory p = payment[id];
        if (p.merchant == address(0)) revert FundUnknownPayment(id);
        Merchant memory m = _merchants[p.merchant];
        if (p.batch != m.batch) revert FundPaymentSettled(id);
        if (refundedTotal <= p.refunded || refundedTotal > p.amount) {
            revert FundRefundOutOfRange(refundedTotal, p.refunded, p.amount);
        }
        _requireSignature(FundMessages.hashRefund(id, refundedTotal), signature, p.merchant);

        // `refundedTotal` is at most `p.amount`. The shop still holds it: its balance is what its payments since the
        // last settlement left, less what it refunded of them.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 total = uint40(refundedTotal);
        uint64 amount = total - p.refunded;
        p.refunded = total;
        payment[id] = p;
        m.balance -= amount;
        _merchants[p.merchant] = m;
        b.merchants -= amount;
        b.accounts += amount;
        books = b;
        _accounts[account] += amount;
        emit Refunded(id, account, p.merchant, amount);
    }

    /// @inheritdoc IFund
    function settle(address[] calldata merchants, bytes32 settlementReference) external onlyRole(SETTLER_ROLE) {
        uint64 total;
        for (uint256 i = 0; i < merchants.length; ++i) {
            Merchant memory m = _merchants[merchants[i]];
            uint64 amount = m.balance;
            if (amount == 0) continue;
            if (m.batch == type(uint16).max) revert FundTooManySettlements(merchants[i]);
            total += amount;
            m.balance = 0;
            m.batch += 1;
            _merchants[merchants[i]] = m;
            emit MerchantSettled(merchants[i], m.batch, amount, settlementReference);
        }
        if (total == 0) revert FundNothingToSettle();

        books.merchants -= total;
        euro.burn(total, settlementReference);
    }

    // ---- the sponsor ----

    /// @inheritdoc IFund
    function pause() external onlyRole(SPONSOR_ROLE) {
        books.paused = true;
        emit Paused(msg.sender);
    }

    /// @inheritdoc IFund
    function unpause() external onlyRole(SPONSOR_ROLE) {
        books.paused = false;
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IFund
    function handOver(address successor) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireSponsor(euro, successor);
        address former = sponsor;
        sponsor = successor;
        _revokeRole(SPONSOR_ROLE, former);
        _revokeRole(SPONSOR_ROLE, msg.sender);
        _revokeRole(DEFAULT_ADMIN_ROLE, former);
        _revokeRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(SPONSOR_ROLE, successor);
        _grantRole(DEFAULT_ADMIN_ROLE, successor);
        emit HandedOver(former, successor);
    }

    // ---- views ----

    /// @inheritdoc IFund
    function rules() external view returns (Rules memory) {
        // The octets are encoded rules: what this function returns.
        bytes memory encoded = DataContract.read(_rules);
        assembly ("memory-safe") {
            return(add(encoded, 32), mload(encoded))
        }
    }

    /// @inheritdoc IFund
    function scope() public view returns (bytes memory) {
        return ClaimStatement.contextId(_chainId, address(this), _rulebook, _period);
    }

    /// @inheritdoc IFund
    function accountOf(address account) external view returns (uint64 balance) {
        return books.closed ? 0 : _accounts[account];
    }

    /// @inheritdoc IFund
    function merchantOf(address merchant)
        external
        view
        returns (uint8 category, bool approved, uint64 balance, uint16 batch)
    {
        Merchant memory m = _merchants[merchant];
        return (m.category, m.approved, m.balance, m.batch);
    }

    /// @inheritdoc IFund
    function paymentId(address account, uint256 nonce) external pure returns (bytes32) {
        return FundMessages.paymentId(account, nonce);
    }

    /// @inheritdoc IFund
    function claimsOf(address validator) external view returns (uint32) {
        uint256 number = _validatorNumbers[validator];
        // forge-lint: disable-next-line(unsafe-typecast) the lowest 32 bits are meant
        return number == 0 ? 0 : uint32(_claims >> (32 * (number - 1)));
    }

    /// @inheritdoc IFund
    function isClaimed(bytes32 nullifier) external view returns (bool) {
        return _claimed[nullifier] != 0;
    }

    /// @inheritdoc IFund
    function statementOf(bytes32 keyId) external view returns (address) {
        return _statements[keyId].data;
    }

    // ---- checks ----

    /// @dev Somebody to whom `close` can send what is left: the token refuses a transfer to a holder of its
    /// SETTLER_ROLE, and a fund cannot give itself anything back.
    function _requireSponsor(IMunicipalEuro token, address candidate) private view {
        if (candidate == address(0)) revert FundZeroAccount();
        if (candidate == address(this) || IAccessControl(address(token)).hasRole(SETTLER_ROLE, candidate)) {
            revert FundBadSuccessor(candidate);
        }
    }

    function _requirePeriod(uint256 from, uint256 until) private view {
        if (block.timestamp < from || block.timestamp >= until) {
            revert FundOutsidePeriod(block.timestamp, from, until);
        }
    }

    function _requireSignature(bytes32 structHash, bytes calldata signature, address expected) private view {
        (address signer, ECDSA.RecoverError failure,) =
            ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        // A failure yields signer zero, which must not pass for an `expected` of zero.
        if (failure != ECDSA.RecoverError.NoError || signer != expected) revert FundBadSignature(signer, expected);
    }

    /// @dev What a claim with these disclosed values gets; at most 2^64 - 1 by `FundRules`.
    function _allotment(uint256[] calldata disclosed, uint256 proofLength) private view returns (uint256) {
        if (_unit == FundRules.NO_UNIT) return _baseAmount;
        if (disclosed.length <= _unit) revert ClaimWrongLength(proofLength, disclosed.length);
        uint256 units = disclosed[_unit];
        if (units < _minUnits || units > _maxUnits) revert FundUnitsOutOfRange(units, _minUnits, _maxUnits);
        return _baseAmount + _unitAmount * units;
    }

    /// @dev Adds one to the validator's claims, unless it has the cap.
    function _countClaim(bytes32 keyId, uint256 index) private {
        uint256 claims = _claims;
        if ((claims >> (32 * index)) & type(uint32).max >= _claimsPerValidator) {
            (, address validator,,,,,) = registry.key(keyId);
            revert FundValidatorCapReached(validator, _claimsPerValidator);
        }
        _claims = claims + (1 << (32 * index));
    }
}
