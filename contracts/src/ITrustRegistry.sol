// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @title Trust registry: whose signatures count, for which credential type, from when until when
/// @notice A *registrar* admits validators per credential type; a *validator* manages its own BBS keys; anyone
/// registers a
/// credential type, which is nothing but its header and what can be computed from it.
///
/// Assumptions:
/// - The registrar knows who stands behind a validator's address. The registry holds nothing personal and no secret.
/// - A public key comes with a proof that the validator has its secret (claim.md 1.7). The proof names chain, registry,
///   type and validator: nobody registers, and then revokes, a key that is somebody else's.
/// - Points are in EIP-2537 form: each coordinate left-padded to 64 octets; G2 is x.c0, x.c1, y.c0, y.c1.
interface ITrustRegistry {
    /// @notice A credential type became known. `header` is claim.md (1.3).
    event TypeRegistered(bytes32 indexed typeId, bytes header);
    /// @notice `validator` may add keys for the type from now on.
    event Admitted(address indexed validator, bytes32 indexed typeId);
    /// @notice `validator` may no longer add keys for the type; its keys for it are revoked, one event each.
    event Dismissed(address indexed validator, bytes32 indexed typeId);
    /// @notice A key was added. `publicKey` is 256 octets.
    event KeyAdded(
        bytes32 indexed keyId,
        bytes32 indexed typeId,
        address indexed validator,
        bytes publicKey,
        uint40 validFrom,
        uint40 validUntil
    );
    /// @notice A key's validity was shortened to `validUntil`.
    event KeyRetired(bytes32 indexed keyId, uint40 validUntil);
    /// @notice A key is invalid from now on, for good.
    event KeyRevoked(bytes32 indexed keyId);

    /// @notice The header is not claim.md (1.3); `offset` is the first octet that is wrong or missing.
    error TrustRegistryBadHeader(uint256 offset);
    /// @notice The type is already registered.
    error TrustRegistryTypeExists(bytes32 typeId);
    /// @notice The type is not registered.
    error TrustRegistryUnknownType(bytes32 typeId);
    /// @notice A validator cannot be the zero address.
    error TrustRegistryZeroValidator();
    /// @notice The validator is already admitted for the type.
    error TrustRegistryAlreadyAdmitted(address validator, bytes32 typeId);
    /// @notice The validator is not admitted for the type.
    error TrustRegistryNotAdmitted(address validator, bytes32 typeId);
    /// @notice The public key is not 256 octets of a point of G2 other than the identity.
    error TrustRegistryBadKey();
    /// @notice `possession` does not prove that the caller has the key's secret (claim.md 1.7).
    error TrustRegistryNoPossession();
    /// @notice The key is already registered for the type, by whomever.
    error TrustRegistryKeyExists(bytes32 keyId);
    /// @notice The key is not registered.
    error TrustRegistryUnknownKey(bytes32 keyId);
    /// @notice The validity is empty, over, or not shorter than before.
    error TrustRegistryBadValidity(uint40 validFrom, uint40 validUntil);
    /// @notice A validator holds at most `limit` keys of one type that are neither revoked nor expired.
    error TrustRegistryTooManyKeys(uint256 limit);
    /// @notice Only the key's validator, and for a revocation a registrar, may do this.
    error TrustRegistryNotKeyHolder(bytes32 keyId, address caller);
    /// @notice The key is already revoked.
    error TrustRegistryKeyRevoked(bytes32 keyId);

    /// @notice Makes a credential type known and computes its generators (claim.md 1.4). Anyone may.
    /// @param header claim.md (1.3): number of claims, their widths, the issuer header.
    /// @return typeId keccak256 of the header.
    function registerType(bytes calldata header) external returns (bytes32 typeId);

    /// @notice Admits a validator for a type. Registrars only.
    /// @param validator signs its own keys in.
    /// @param typeId a registered type.
    function admit(address validator, bytes32 typeId) external;

    /// @notice Dismisses a validator for a type and revokes its keys for it. Registrars only. Admitting it again
    /// revives no key.
    /// @param validator one that was admitted.
    /// @param typeId the type.
    function dismiss(address validator, bytes32 typeId) external;

    /// @notice Adds a key of the caller, who must be admitted for the type. Several keys may be valid at once
    /// (rotation).
    /// @param typeId a type for which the caller is admitted.
    /// @param publicKey 256 octets in EIP-2537 form.
    /// @param validFrom first second of validity, unix time.
    /// @param validUntil last second of validity, unix time; in the future and not before `validFrom`.
    /// @param possession 128 octets in EIP-2537 form: the key's secret times the point that claim.md (1.7) names, for
    /// this chain, this registry, `typeId` and the caller.
    /// @return keyId keccak256(abi.encode(typeId, compressed public key)).
    function addKey(
        bytes32 typeId,
        bytes calldata publicKey,
        uint40 validFrom,
        uint40 validUntil,
        bytes calldata possession
    ) external returns (bytes32 keyId);

    /// @notice Shortens a key's validity. Its validator only.
    /// @param keyId a key of the caller's.
    /// @param validUntil not in the past and earlier than before.
    function retireKey(bytes32 keyId, uint40 validUntil) external;

    /// @notice Revokes a key at once and for good. Its validator or a registrar.
    /// @param keyId the key.
    function revokeKey(bytes32 keyId) external;

    /// @notice Whether claims with this key count now. One storage read; false for an unknown key.
    /// @param keyId any key.
    /// @return false for one that was never added.
    function isValid(bytes32 keyId) external view returns (bool);

    /// @notice Whether the validator is admitted for the type.
    /// @param validator any address.
    /// @param typeId any type.
    /// @return false for what was never registered.
    function isAdmitted(address validator, bytes32 typeId) external view returns (bool);

    /// @notice A type's header and the widths of its claims (0: text, 1..32: bits of an integer).
    /// @param typeId hash of the header.
    /// @return header the octets, as registered.
    /// @return widths one for each claim.
    function typeOf(bytes32 typeId) external view returns (bytes memory header, uint8[] memory widths);

    /// @notice A type's generators Q1, H_0, .., H_(L+1), 128 octets each.
    /// @param typeId hash of the header.
    /// @return the points, uncompressed, one after another.
    function generators(bytes32 typeId) external view returns (bytes memory);

    /// @notice Everything about a key. `domain` is claim.md (1.5).
    /// @param keyId any key.
    /// @return typeId what it signs.
    /// @return validator whose key it is; zero for an unknown key.
    /// @return validFrom first second of validity, unix time.
    /// @return validUntil last second of validity, unix time.
    /// @return revoked whether it counts no more, for good.
    /// @return publicKey 256 octets in EIP-2537 form.
    /// @return domain of claim.md (1.5).
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
        );
}
