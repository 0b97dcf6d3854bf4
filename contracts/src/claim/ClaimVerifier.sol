// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Shape} from "./ClaimTerms.sol";

/// @title Checks a claim proof (section 7)
library ClaimVerifier {
    function verify(
        Shape memory shape,
        address statement,
        address recipient,
        uint32 asOf,
        uint256[] calldata disclosed,
        bytes calldata proof
    ) internal view returns (bytes32 nullifier);
}
