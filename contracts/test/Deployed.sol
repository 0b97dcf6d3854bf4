// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Test} from "forge-std/Test.sol";

/// @title Contracts as they are deployed
/// @notice Creates what contracts/artifacts holds, octet for octet; `Artifacts.t.sol` demands that it is made of these
/// sources. No test carries a programme in its own code, so that tests may be compiled quickly.
abstract contract Deployed is Test {
    /// @dev `new`, from the artifact.
    function _create(string memory name, bytes memory arguments) internal returns (address created) {
        return _createFrom(bytes.concat(_code(name), arguments));
    }

    /// @dev The library behind external calls, compiled like the programmes that contain it.
    function _createCaller(string memory name) internal returns (address created) {
        return _createFrom(vm.getCode(string.concat(name, ".sol:", name)));
    }

    function _code(string memory name) internal view returns (bytes memory) {
        return vm.getCode(string.concat("artifacts/", name, ".json"));
    }

    function _createFrom(bytes memory creation) private returns (address created) {
        assembly ("memory-safe") {
            created := create(0, add(creation, 32), mload(creation))
            if iszero(created) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}
