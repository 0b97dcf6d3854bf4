// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IProgramme} from "./IProgramme.sol";

/// @title Checks signatures of typed data (EIP-712, "Stuiver", version "1")
abstract contract Signed is IProgramme, EIP712 {
    constructor() EIP712("Stuiver", "1") {}

    function _requireSignature(bytes32 structHash, bytes calldata signature, address expected) internal view {
        (address signer, ECDSA.RecoverError failure,) =
            ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        // A failure yields signer zero, which must not pass for an `expected` of zero.
        if (failure != ECDSA.RecoverError.NoError || signer != expected) revert FundBadSignature(signer, expected);
    }
}
