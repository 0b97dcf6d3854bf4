// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {Deployed} from "./Deployed.sol";

/// @notice What the tests create is made of the sources that are here, with the settings that are here.
/// `node contracts/build.mjs --check` compiles again and compares every octet; this tells a developer at once.
contract ArtifactsTest is Deployed {
    string private constant HOW = "an artifact is older than its sources: run `node contracts/build.mjs`";

    function test_artifactsAreMadeOfTheseSources() public view {
        Vm.DirEntry[] memory found = vm.readDir("artifacts");
        assertGt(found.length, 5);
        for (uint256 i = 0; i < found.length; ++i) {
            string memory json = vm.readFile(found[i].path);
            string[] memory sources = vm.parseJsonKeys(json, ".sources");
            assertGt(sources.length, 1);
            for (uint256 j = 0; j < sources.length; ++j) {
                bytes32 known = vm.parseJsonBytes32(json, string.concat(".sources['", sources[j], "']"));
                assertEq(keccak256(vm.readFileBinary(sources[j])), known, string.concat(sources[j], ": ", HOW));
            }
        }
    }

    function test_artifactsAndCallersAreCompiledAlike() public view {
        string memory toml = vm.readFile("foundry.toml");
        string memory deployed = ".profile.default";
        string memory callers = ".profile.tests.additional_compiler_profiles[0]";
        assertEq(_settings(toml, deployed), _settings(toml, callers));
        Vm.DirEntry[] memory found = vm.readDir("artifacts");
        for (uint256 i = 0; i < found.length; ++i) {
            string memory json = vm.readFile(found[i].path);
            bytes memory known = abi.encode(
                vm.parseJsonBool(json, ".compiler.settings.viaIR"),
                vm.parseJsonBool(json, ".compiler.settings.optimizer.enabled"),
                vm.parseJsonUint(json, ".compiler.settings.optimizer.runs"),
                vm.parseJsonString(json, ".compiler.settings.evmVersion")
            );
            assertEq(_settings(toml, deployed), known, HOW);
        }
    }

    function _settings(string memory toml, string memory profile) private pure returns (bytes memory) {
        return abi.encode(
            vm.parseTomlBool(toml, string.concat(profile, ".via_ir")),
            vm.parseTomlBool(toml, string.concat(profile, ".optimizer")),
            vm.parseTomlUint(toml, string.concat(profile, ".optimizer_runs")),
            vm.parseTomlString(toml, string.concat(profile, ".evm_version"))
        );
    }
}
