// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";
import {DataContract} from "./DataContract.sol";
import {Bls12381} from "./bls/Bls12381.sol";
import {CredentialType} from "./claim/CredentialType.sol";

/// @title Trust registry
/// @dev A key's validity is one storage word, so that a claim reads one slot. Dismissing a validator therefore revokes
/// its
/// keys one by one; `MAX_KEYS` bounds that work.
contract TrustRegistry is ITrustRegistry, AccessControl {
    /// @notice May admit and dismiss validators and revoke any key.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    /// @notice Keys of one validator and type that may be neither revoked nor expired at a time.
    uint256 public constant MAX_KEYS = 8;

    /// @dev `points` is a data contract: the generators, then the header.
    struct Type {
        address points;
        uint8 claims;
    }

    /// @dev The first word decides validity. `material` is a data contract: public key (256), domain (32).
    struct Key {
        address validator;
        uint40 validFrom;
        uint40 validUntil;
        bool revoked;
        bytes32 typeId;
        address material;
    }

    mapping(bytes32 typeId => Type) private _types;
    mapping(bytes32 keyId => Key) private _keys;
    mapping(address validator => mapping(bytes32 typeId => bool)) private _admitted;
    /// @dev Keys not known to be revoked or expired; `addKey` drops those that are.
    mapping(address validator => mapping(bytes32 typeId => bytes32[])) private _liveKeys;

    /// @param admin receives DEFAULT_ADMIN_ROLE and appoints registrars.
    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc ITrustRegistry
    function registerType(bytes calldata header) external returns (bytes32 typeId) {
        (uint8[] memory widths, uint256 fault) = CredentialType.parse(header);
        if (fault != CredentialType.NO_FAULT) revert TrustRegistryBadHeader(fault);
        typeId = keccak256(header);
        if (_types[typeId].points != address(0)) revert TrustRegistryTypeExists(typeId);
        emit TypeRegistered(typeId, header);
        address points = DataContract.write(bytes.concat(CredentialType.generators(widths.length), header));
        _types[typeId] = Type({points: points, claims: uint8(widths.length)});
    }

    /// @inheritdoc ITrustRegistry
    function admit(address validator, bytes32 typeId) external onlyRole(REGISTRAR_ROLE) {
        if (validator == address(0)) revert TrustRegistryZeroValidator();
        _knownType(typeId);
        if (_admitted[validator][typeId]) revert TrustRegistryAlreadyAdmitted(validator, typeId);
        _admitted[validator][typeId] = true;
        emit Admitted(validator, typeId);
    }

    /// @inheritdoc ITrustRegistry
    function dismiss(address validator, bytes32 typeId) external onlyRole(REGISTRAR_ROLE) {
        if (!_admitted[validator][typeId]) revert TrustRegistryNotAdmitted(validator, typeId);
        _admitted[validator][typeId] = false;
        emit Dismissed(validator, typeId);
        bytes32[] storage live = _liveKeys[validator][typeId];
        for (uint256 i = 0; i < live.length; ++i) {
            if (!_keys[live[i]].revoked) _revoke(live[i]);
        }
        delete _liveKeys[validator][typeId];
    }

    /// @inheritdoc ITrustRegistry
    function addKey(
        bytes32 typeId,
        bytes calldata publicKey,
        uint40 validFrom,
        uint40 validUntil,
        bytes calldata possession
    ) external returns (bytes32 keyId) {
        if (!_admitted[msg.sender][typeId]) revert TrustRegistryNotAdmitted(msg.sender, typeId);
        if (validUntil < validFrom || validUntil <= block.timestamp) {
            revert TrustRegistryBadValidity(validFrom, validUntil);
        }
        if (!Bls12381.isG2(publicKey)) revert TrustRegistryBadKey();
        bytes memory compressed = Bls12381.compressG2(publicKey);
        keyId = keccak256(abi.encode(typeId, compressed));
        if (_keys[keyId].validator != address(0)) revert TrustRegistryKeyExists(keyId);
        if (!_isPossession(typeId, publicKey, possession)) revert TrustRegistryNoPossession();
        _remember(msg.sender, typeId, keyId);
        (bytes memory points, bytes memory header) = _split(_types[typeId]);
        uint256 domain = CredentialType.domain(compressed, points, header);
        emit KeyAdded(keyId, typeId, msg.sender, publicKey, validFrom, validUntil);
        _keys[keyId] = Key({
            validator: msg.sender,
            validFrom: validFrom,
            validUntil: validUntil,
            revoked: false,
            typeId: typeId,
            material: DataContract.write(abi.encodePacked(publicKey, domain))
        });
    }

    /// @inheritdoc ITrustRegistry
    function retireKey(bytes32 keyId, uint40 validUntil) external {
        Key storage held = _knownKey(keyId);
        if (held.validator != msg.sender) revert TrustRegistryNotKeyHolder(keyId, msg.sender);
        if (held.revoked) revert TrustRegistryKeyRevoked(keyId);
        if (validUntil >= held.validUntil || validUntil < block.timestamp) {
            revert TrustRegistryBadValidity(held.validFrom, validUntil);
        }
        held.validUntil = validUntil;
        emit KeyRetired(keyId, validUntil);
    }

    /// @inheritdoc ITrustRegistry
    function revokeKey(bytes32 keyId) external {
        Key storage held = _knownKey(keyId);
        if (held.validator != msg.sender && !hasRole(REGISTRAR_ROLE, msg.sender)) {
            revert TrustRegistryNotKeyHolder(keyId, msg.sender);
        }
        if (held.revoked) revert TrustRegistryKeyRevoked(keyId);
        _revoke(keyId);
    }

    /// @inheritdoc ITrustRegistry
    function isValid(bytes32 keyId) external view returns (bool) {
        Key storage held = _keys[keyId];
        // an unknown key's `validUntil` is 0
        return !held.revoked && held.validFrom <= block.timestamp && block.timestamp <= held.validUntil;
    }

    /// @inheritdoc ITrustRegistry
    function isAdmitted(address validator, bytes32 typeId) external view returns (bool) {
        return _admitted[validator][typeId];
    }

    /// @inheritdoc ITrustRegistry
    function typeOf(bytes32 typeId) external view returns (bytes memory header, uint8[] memory widths) {
        (, header) = _split(_knownType(typeId));
        (widths,) = CredentialType.parse(header);
    }

    /// @inheritdoc ITrustRegistry
    function generators(bytes32 typeId) external view returns (bytes memory points) {
        (points,) = _split(_knownType(typeId));
    }

    /// @inheritdoc ITrustRegistry
    function key(bytes32 keyId)
        external
        view
        returns (
            bytes32 typeId,
            address validator,
            uint40 validFrom,
            uint40 validUntil,
            bool revoked,
            bytes memory publicKey,
            uint256 domain
        )
    {
        Key storage held = _knownKey(keyId);
        publicKey = DataContract.read(held.material);
        assembly ("memory-safe") {
            domain := mload(add(publicKey, 288))
            mstore(publicKey, 256)
        }
        return (held.typeId, held.validator, held.validFrom, held.validUntil, held.revoked, publicKey, domain);
    }

    /// @dev (1.7) `e(possession, BP2) = e(point, W)`, as one pairing check with the opposite point.
    function _isPossession(bytes32 typeId, bytes calldata publicKey, bytes calldata possession)
        private
        view
        returns (bool)
    {
        if (!Bls12381.isG1(possession)) return false;
        bytes memory point = CredentialType.possessionPoint(address(this), typeId, msg.sender);
        bytes memory opposite = Bls12381.g1Msm(bytes.concat(point, bytes32(Bls12381.R - 1)));
        return Bls12381.pairing(bytes.concat(possession, Bls12381.bp2(), opposite, publicKey));
    }

    function _knownType(bytes32 typeId) private view returns (Type storage known) {
        known = _types[typeId];
        if (known.points == address(0)) revert TrustRegistryUnknownType(typeId);
    }

    function _knownKey(bytes32 keyId) private view returns (Key storage known) {
        known = _keys[keyId];
        if (known.validator == address(0)) revert TrustRegistryUnknownKey(keyId);
    }

    function _revoke(bytes32 keyId) private {
        _keys[keyId].revoked = true;
        emit KeyRevoked(keyId);
    }

    /// @dev Adds the key to its validator's live keys, in the place of dead ones.
    function _remember(address validator, bytes32 typeId, bytes32 keyId) private {
        bytes32[] storage live = _liveKeys[validator][typeId];
        for (uint256 i = live.length; i > 0; --i) {
            Key storage held = _keys[live[i - 1]];
            if (held.revoked || held.validUntil < block.timestamp) {
                live[i - 1] = live[live.length - 1];
                live.pop();
            }
        }
        if (live.length == MAX_KEYS) revert TrustRegistryTooManyKeys(MAX_KEYS);
        live.push(keyId);
    }

    function _split(Type storage known) private view returns (bytes memory points, bytes memory header) {
        bytes memory data = DataContract.read(known.points);
        uint256 size = 128 * (uint256(known.claims) + 3);
        points = new bytes(size);
        header = new bytes(data.length - size);
        assembly ("memory-safe") {
            mcopy(add(points, 32), add(data, 32), size)
            mcopy(add(header, 32), add(add(data, 32), size), mload(header))
        }
    }
}
