// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ITrustRegistry} from "../src/ITrustRegistry.sol";
import {ClaimTerms, Shape} from "../src/claim/ClaimTerms.sol";

/// @title The claim libraries behind external calls
/// @notice Tests know the interfaces only: what is in `callers` is compiled as programmes are, tests are not.
interface IClaimCaller {
    function shape(ITrustRegistry registry, ClaimTerms memory terms) external view returns (Shape memory);

    function shapeOf(bytes memory header, ClaimTerms memory terms) external pure returns (Shape memory);

    function store(
        ITrustRegistry registry,
        bytes32 keyId,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) external returns (address);

    function build(
        bytes memory header,
        bytes memory generators,
        bytes memory publicKey,
        uint256 domain,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) external view returns (bytes memory);

    /// @dev `gasUsed` is the library's own: no calldata, no transaction.
    function verify(
        Shape memory shape_,
        address statement,
        address recipient,
        uint32 asOf,
        uint256[] calldata disclosed,
        bytes calldata proof
    ) external view returns (bytes32 nullifier, uint256 gasUsed);
}

/// @title The parts of a statement behind external calls
interface IPartsCaller {
    function contextId(uint256 chainId, address fund, bytes32 rulebook, uint256 period)
        external
        pure
        returns (bytes memory);

    function scopePoint(bytes memory context) external view returns (bytes memory);

    function pack(Shape memory shape) external pure returns (uint256);

    function unpack(uint256 packed) external pure returns (Shape memory);

    function write(bytes memory data) external returns (address pointer);

    function read(address pointer) external view returns (bytes memory);
}
