// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {TrustRegistry} from "../src/TrustRegistry.sol";
import {ClaimTerms} from "../src/claim/ClaimTerms.sol";
import {Deployed} from "./Deployed.sol";

/// @title What the tests of all programmes with slots share
/// @notice A registry at the address that the fixtures' proofs of possession name, the token, the actors, signing.
abstract contract ProgrammeBase is Deployed {
    uint8 internal constant SPORT = 1;
    uint8 internal constant TOYS = 200;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    string internal json;
    uint256 internal noon;
    address internal deployer;
    address internal admin = makeAddr("admin");
    address internal sponsor = makeAddr("sponsor");
    address internal settler = makeAddr("settler");
    address internal relayer = makeAddr("relayer");
    address internal desk = makeAddr("desk");
    uint256[3] internal shopKeys = [uint256(0x5401), 0x5402, 0x5403];
    address[3] internal shops;
    TrustRegistry internal registry;
    MunicipalEuro internal euro;

    /// @dev Everything that is there before a programme.
    function _prepare(string memory fixture) internal {
        json = vm.readFile(fixture);
        noon = (vm.parseJsonUint(json, ".today") - 25_567) * 1 days + 12 hours;
        vm.warp(noon);
        deployer = vm.parseJsonAddress(json, ".deployer");
        vm.startPrank(vm.parseJsonAddress(json, ".registryDeployer"));
        registry = TrustRegistry(_create("TrustRegistry", abi.encode(admin)));
        vm.stopPrank();
        euro = MunicipalEuro(_create("MunicipalEuro", abi.encode(admin)));
        vm.startPrank(admin);
        registry.grantRole(registry.REGISTRAR_ROLE(), admin);
        euro.grantRole(euro.MINTER_ROLE(), admin);
        vm.stopPrank();
        for (uint256 i = 0; i < 3; ++i) {
            shops[i] = vm.addr(shopKeys[i]);
        }
    }

    /// @dev Registers the fixture's type and its validator's key.
    function _addKey(string memory path, address validator) internal returns (bytes32) {
        vm.startPrank(admin);
        bytes32 typeId = registry.registerType(vm.parseJsonBytes(json, string.concat(path, ".header")));
        registry.admit(validator, typeId);
        vm.stopPrank();
        bytes memory publicKey = vm.parseJsonBytes(json, string.concat(path, ".publicKey"));
        bytes memory possession = vm.parseJsonBytes(json, string.concat(path, ".possession"));
        vm.prank(validator);
        return registry.addKey(typeId, publicKey, uint40(noon - 30 days), uint40(noon + 300 days), possession);
    }

    function _terms(string memory path) internal view returns (ClaimTerms memory) {
        return abi.decode(vm.parseJsonBytes(json, path), (ClaimTerms));
    }

    /// @dev Typed data of a programme, written out once more.
    function _sign(address programme, uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(programme, structHash));
        return abi.encodePacked(r, s, v);
    }

    function _digest(address programme, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stuiver"),
                keccak256("1"),
                block.chainid,
                programme
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _one(address item) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = item;
    }

    function _address(bytes32 topic) internal pure returns (address) {
        return address(uint160(uint256(topic)));
    }

    function _expectUnauthorised(address caller, bytes32 role) internal {
        vm.expectRevert(
            abi.encodeWithSignature("AccessControlUnauthorizedAccount(address,bytes32)", caller, role)
        );
    }
}
