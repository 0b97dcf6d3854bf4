// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ClaimStatement} from "./claim/ClaimStatement.sol";
import {ClaimTerms} from "./claim/ClaimTerms.sol";
import {StatementBuilder} from "./claim/StatementBuilder.sol";
import {DataContract} from "./DataContract.sol";
import {IClaims} from "./IClaims.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";

/// @title Claims
abstract contract Claims is IClaims {
    /// @dev One slot. `validator` is the index in the rules.
    struct Statement {
        address data;
        uint8 validator;
    }

    /// @dev 1970-01-01 in days since 1900-01-01.
    uint256 private constant UNIX_EPOCH_DAY = 25_567;
    uint256 private constant MAX_VALIDATORS = 8;

    /// @inheritdoc IClaims
    ITrustRegistry public immutable registry;

    StatementBuilder private immutable _builder;
    uint256 private immutable _chainId;
    bytes32 private immutable _rulebook;
    uint256 private immutable _period;

    /// @dev Claims of each of the rules' validators, 32 bits each, the first in the lowest bits.
    uint256 private _claims;
    /// @dev Not 0 once claimed. A whole word, which is written without being read.
    mapping(bytes32 nullifier => uint256) internal _claimed;
    mapping(bytes32 id => Statement) internal _statements;
    /// @dev One more than the index in the rules; zero for everybody else.
    mapping(address validator => uint8) private _validatorNumbers;

    /// @param registry_ see `registry`.
    /// @param rulebook hash of the published rulebook; part of every scope.
    /// @param period number of the period; part of every scope.
    /// @param validators whose credentials count: one to eight different addresses, or FundBadRules("validators").
    constructor(ITrustRegistry registry_, bytes32 rulebook, uint256 period, address[] memory validators) {
        registry = registry_;
        _builder = new StatementBuilder();
        _chainId = block.chainid;
        _rulebook = rulebook;
        _period = period;
        uint256 count = validators.length;
        if (count == 0 || count > MAX_VALIDATORS) revert FundBadRules("validators");
        for (uint256 i = 0; i < count; ++i) {
            address validator = validators[i];
            if (validator == address(0) || _validatorNumbers[validator] != 0) revert FundBadRules("validators");
            // forge-lint: disable-next-line(unsafe-typecast) at most 8
            _validatorNumbers[validator] = uint8(i + 1);
        }
    }

    // ---- views ----

    /// @inheritdoc IClaims
    function isClaimed(bytes32 nullifier) external view returns (bool) {
        return _claimed[nullifier] != 0;
    }

    // ---- for programmes ----

    /// @dev Checks terms (claim.md 3.1 to 3.5) and keeps them. For constructors.
    /// @return shape packed, see `ClaimStatement.unpack`.
    /// @return data contract of the encoded terms.
    function _openTerms(ClaimTerms memory terms) internal returns (uint256 shape, address data) {
        shape = _builder.shape(registry, terms);
        data = DataContract.write(abi.encode(terms));
    }

    /// @dev The octets of the programme's scope (claim.md 2.1), without a slot.
    function _scope() internal view returns (bytes memory) {
        return ClaimStatement.contextId(_chainId, address(this), _rulebook, _period);
    }

    /// @dev Builds the statement for a key, these terms and this scope, and keeps it under `id`. Refusals, in this order:
    /// FundOtherChain, FundAlreadyAccepted, FundValidatorNotAccepted, FundValidatorRevoked, those of claim.md (3.6).
    /// @param role what the validator must be; see `_numberOf`.
    function _accept(bytes32 id, bytes32 keyId, uint256 role, address terms, bytes memory context)
        internal
        returns (address validator, address data)
    {
        if (block.chainid != _chainId) revert FundOtherChain(block.chainid, _chainId);
        if (_statements[id].data != address(0)) revert FundAlreadyAccepted(keyId);
        (, validator,,,,,) = registry.key(keyId);
        uint8 number = _numberOf(validator, role);
        if (number == 0) revert FundValidatorNotAccepted(keyId);
        if (!registry.isValid(keyId)) revert FundValidatorRevoked(keyId);

        data = _builder.store(registry, keyId, terms, context);
        _statements[id] = Statement(data, number - 1);
    }

    /// @dev One more than the validator's index, zero for nobody.
    function _numberOf(address validator, uint256) internal view virtual returns (uint8) {
        return _validatorNumbers[validator];
    }

    /// @dev The statement under which a claim of that day is checked. Refusals, in this order: FundValidatorNotAccepted,
    /// FundValidatorRevoked, FundStaleClaim.
    function _statementFor(bytes32 id, bytes32 keyId, uint32 asOf) internal view returns (Statement memory statement) {
        statement = _statements[id];
        if (statement.data == address(0)) revert FundValidatorNotAccepted(keyId);
        if (!registry.isValid(keyId)) revert FundValidatorRevoked(keyId);
        uint256 today = block.timestamp / 1 days + UNIX_EPOCH_DAY;
        if (asOf != today && asOf != today - 1) revert FundStaleClaim(asOf, today);
    }

    /// @dev Adds one to the validator's claims, unless it has the cap.
    function _countClaim(bytes32 keyId, uint256 index, uint256 cap) internal {
        uint256 claims = _claims;
        if ((claims >> (32 * index)) & type(uint32).max >= cap) {
            (, address validator,,,,,) = registry.key(keyId);
            revert FundValidatorCapReached(validator, cap);
        }
        _claims = claims + (1 << (32 * index));
    }

    /// @dev Claims of one validator.
    function _claimsBy(address validator) internal view returns (uint32) {
        uint256 number = _validatorNumbers[validator];
        // forge-lint: disable-next-line(unsafe-typecast) the lowest 32 bits are meant
        return number == 0 ? 0 : uint32(_claims >> (32 * (number - 1)));
    }

    /// @dev Claims of all validators together.
    function _claimsInAll() internal view returns (uint256 count) {
        for (uint256 claims = _claims; claims != 0; claims >>= 32) {
            count += claims & type(uint32).max;
        }
    }
}
