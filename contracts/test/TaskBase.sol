// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IPurse, PurseRules} from "../src/IPurse.sol";
import {CategoryLimit, SpendingRules} from "../src/ISpending.sol";
import {BoardRules, Collection} from "../src/ITaskBoard.sol";
import {TaskOffer, TaskState} from "../src/ITasks.sol";
import {Purse} from "../src/Purse.sol";
import {TaskBoard} from "../src/TaskBoard.sol";
import {ProgrammeBase} from "./ProgrammeBase.sol";

/// @dev The fields of a collection in fixtures/tasks.json, in the order in which forge decodes them.
struct FixtureCollection {
    address account;
    uint256 asOf;
    uint256 collectedTotal;
    bytes32 nullifier;
    bytes proof;
    uint256 slot;
    address taskAccount;
    bytes32 taskKey;
    uint256 terms;
}

/// @title A task board and its purse, with real claims
/// @notice Two employees, three shops, and the collections of fixtures/tasks.json
/// (tests/contracts/make_programme_fixtures.py).
abstract contract TaskBase is ProgrammeBase {
    uint64 internal constant BUDGET = 1_000_000;
    uint40 internal constant CAP = 150_000;
    uint40 internal constant SLOT_CAP = 5_000;
    uint16 internal constant SLOTS = 30;
    uint32 internal constant COLLECT_WITHIN = 28 days;
    uint32 internal constant APPEAL_WITHIN = 14 days;
    uint256 internal constant PEOPLE = 5;
    /// @dev Indexes in the fixture's collections; those before are the thirty slots of the cap.
    uint256 internal constant BIRTHDAY = 30;
    uint256 internal constant GROUP = 32;
    uint256 internal constant OTHER_PERSON = 36;

    FixtureCollection[] internal collections;
    address internal employee = makeAddr("employee");
    address internal colleague = makeAddr("colleague");
    /// @dev The task accounts of the fixture, and their keys.
    address[PEOPLE] internal people;
    uint256[PEOPLE] internal keys;
    bytes32 internal ageKey;
    Purse internal purse;
    TaskBoard internal board;

    function setUp() public virtual {
        _prepare("test/fixtures/tasks.json");
        FixtureCollection[] memory parsed = abi.decode(vm.parseJson(json, ".collections"), (FixtureCollection[]));
        for (uint256 i = 0; i < parsed.length; ++i) {
            collections.push(parsed[i]);
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            keys[i] = uint256(keccak256(bytes(string.concat("task account ", vm.toString(i)))));
            people[i] = vm.addr(keys[i]);
        }
        ageKey = _addKey(".age", desk);
        _open(_rules());
    }

    // ---- opening ----

    function _rules() internal view returns (BoardRules memory r) {
        r.rulebook = vm.parseJsonBytes32(json, ".rulebook");
        r.period = uint64(vm.parseJsonUint(json, ".period"));
        r.opensAt = uint40(noon - 10 days);
        r.closesAt = uint40(noon + 400 days);
        r.adultRate = 500;
        r.youngRate = 200;
        r.yearlyCap = CAP;
        r.slots = SLOTS;
        r.slotCap = SLOT_CAP;
        r.collectWithin = COLLECT_WITHIN;
        r.appealWithin = APPEAL_WITHIN;
        r.validators = _one(desk);
        r.adultTerms = _terms(".adultTerms");
        r.youngTerms = _terms(".youngTerms");
    }

    function _purseRules() internal view returns (PurseRules memory) {
        return PurseRules(uint40(noon - 10 days), uint40(noon + 500 days), (1 << SPORT) | (1 << TOYS));
    }

    function _newPurse(PurseRules memory rules, SpendingRules memory spending, address board_)
        internal
        returns (Purse)
    {
        return Purse(_create("Purse", abi.encode(rules, spending, board_, euro, sponsor)));
    }

    function _newBoard(BoardRules memory rules, IPurse purse_) internal returns (TaskBoard) {
        return TaskBoard(_create("TaskBoard", abi.encode(rules, registry, purse_)));
    }

    function _noLimits() internal pure returns (SpendingRules memory) {
        return SpendingRules(0, 0, 0, 0, new CategoryLimit[](0));
    }

    function _open(BoardRules memory rules) internal {
        vm.startPrank(deployer);
        purse = _newPurse(_purseRules(), _noLimits(), vm.parseJsonAddress(json, ".board"));
        board = _newBoard(rules, purse);
        vm.stopPrank();
        assertEq(address(board), vm.parseJsonAddress(json, ".board"));
        vm.startPrank(admin);
        euro.grantRole(euro.SETTLER_ROLE(), address(purse));
        euro.mint(sponsor, BUDGET, "deposit 1");
        vm.stopPrank();
        vm.startPrank(sponsor);
        euro.approve(address(purse), type(uint256).max);
        purse.fund(BUDGET);
        purse.grantRole(purse.SETTLER_ROLE(), settler);
        purse.grantRole(board.EMPLOYEE_ROLE(), employee);
        purse.grantRole(board.EMPLOYEE_ROLE(), colleague);
        purse.approveMerchant(shops[0], SPORT);
        purse.approveMerchant(shops[1], TOYS);
        vm.stopPrank();
    }

    // ---- tasks ----

    function _offer(uint16 quarters) internal view returns (TaskOffer memory o) {
        o.description = "weed the garden";
        o.tags = keccak256("outdoors, standing");
        o.insurance = "policy 7";
        o.places = 4;
        o.quarters = quarters;
        o.until = uint40(noon + 300 days);
    }

    function _publish(uint16 quarters, uint8 tools) internal returns (uint256) {
        TaskOffer memory o = _offer(quarters);
        o.tools = tools;
        vm.prank(employee);
        return board.publish(o);
    }

    /// @dev One person chooses it.
    function _chooseAlone(uint256 task, uint256 person) internal {
        uint256[] memory group = new uint256[](1);
        group[0] = person;
        uint16[] memory parts = new uint16[](1);
        parts[0] = 1_000;
        _choose(task, group, parts);
    }

    /// @dev The people must be in the order of their addresses; see `_ascending`.
    function _choose(uint256 task, uint256[] memory group, uint16[] memory parts) internal {
        (address[] memory accounts, bytes[] memory signatures) = _signChoice(task, group, parts);
        vm.prank(relayer);
        board.choose(task, accounts, parts, signatures);
    }

    function _signChoice(uint256 task, uint256[] memory group, uint16[] memory parts)
        internal
        view
        returns (address[] memory accounts, bytes[] memory signatures)
    {
        accounts = _accountsOf(group);
        signatures = new bytes[](group.length);
        bytes32 choice = _hashChoice(task, accounts, parts);
        for (uint256 i = 0; i < group.length; ++i) {
            signatures[i] = _sign(address(board), keys[group[i]], choice);
        }
    }

    function _accountsOf(uint256[] memory group) internal view returns (address[] memory accounts) {
        accounts = new address[](group.length);
        for (uint256 i = 0; i < group.length; ++i) {
            accounts[i] = people[group[i]];
        }
    }

    /// @dev The people 2, 3 and 4 in the order of their addresses.
    function _ascending() internal view returns (uint256[] memory group) {
        group = new uint256[](3);
        (group[0], group[1], group[2]) = (2, 3, 4);
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 2; ++j) {
                if (people[group[j]] > people[group[j + 1]]) (group[j], group[j + 1]) = (group[j + 1], group[j]);
            }
        }
    }

    function _reportDone(uint256 task, uint256 person) internal {
        bytes memory signature = _signStep("TaskDone(uint256 task,uint256 round)", task, keys[person]);
        vm.prank(relayer);
        board.reportDone(task, people[person], signature);
    }

    function _verify(uint256 task, uint16 quarters, uint8 reason, address[] memory accounts) internal {
        vm.prank(employee);
        board.verify(task, quarters, reason, accounts);
    }

    function _appeal(uint256 task, uint256 person, bytes32 statement) internal {
        bytes memory signature = _signAppeal(task, keys[person], statement);
        vm.prank(relayer);
        board.appeal(task, people[person], statement, signature);
    }

    function _refuseReport(uint256 task, uint256 person, bytes memory refusal) internal {
        bytes memory signature = _signStep("TaskDone(uint256 task,uint256 round)", task, keys[person]);
        vm.expectRevert(refusal);
        board.reportDone(task, people[person], signature);
    }

    function _refuseAppeal(uint256 task, uint256 person, bytes32 statement, bytes memory refusal) internal {
        bytes memory signature = _signAppeal(task, keys[person], statement);
        vm.expectRevert(refusal);
        board.appeal(task, people[person], statement, signature);
    }

    /// @dev A task without tools, done by one person and verified in full.
    function _award(uint256 person, uint16 quarters) internal returns (uint256 task) {
        task = _publish(quarters, 0);
        _chooseAlone(task, person);
        _reportDone(task, person);
        _verify(task, quarters, 0, _one(people[person]));
    }

    function _stateOf(uint256 task) internal view returns (TaskState state) {
        (state,,,,,) = board.taskOf(task);
    }

    function _timeOf(uint256 person) internal view returns (uint32 time) {
        (,,, time,,) = board.workOf(people[person]);
    }

    // ---- collecting ----

    /// @dev Accepts the slot first, if need be.
    function _collect(uint256 index) internal {
        _acceptFor(index);
        _deliver(collections[index]);
    }

    function _acceptFor(uint256 index) internal {
        FixtureCollection memory f = collections[index];
        if (board.statementOf(ageKey, f.slot, uint8(f.terms)) == address(0)) {
            board.accept(ageKey, f.slot, uint8(f.terms));
        }
    }

    function _deliver(FixtureCollection memory f) internal {
        bytes memory signature = _signCollection(f, uint256(f.taskKey));
        Collection memory c = _collection(f);
        vm.prank(relayer);
        board.collect(c, signature, f.proof);
    }

    function _collection(FixtureCollection memory f) internal view returns (Collection memory) {
        return Collection(
            f.taskAccount, f.account, f.slot, uint8(f.terms), f.collectedTotal, ageKey, uint32(f.asOf)
        );
    }

    // ---- signing: the typed data of ITasks and ITaskBoard, written out once more ----

    function _hashChoice(uint256 task, address[] memory accounts, uint16[] memory parts)
        internal
        view
        returns (bytes32)
    {
        (, uint16 round,,,,) = board.taskOf(task);
        return keccak256(
            abi.encode(
                keccak256("Choice(uint256 task,uint256 round,bytes32 insurance,address[] accounts,uint16[] parts)"),
                task,
                uint256(round),
                bytes32("policy 7"),
                keccak256(abi.encodePacked(accounts)),
                keccak256(abi.encodePacked(parts))
            )
        );
    }

    function _signStep(string memory kind, uint256 task, uint256 key) internal view returns (bytes memory) {
        (, uint16 round,,,,) = board.taskOf(task);
        return _sign(address(board), key, keccak256(abi.encode(keccak256(bytes(kind)), task, uint256(round))));
    }

    function _signAppeal(uint256 task, uint256 key, bytes32 statement) internal view returns (bytes memory) {
        (, uint16 round,,,,) = board.taskOf(task);
        bytes32 kind = keccak256("Appeal(uint256 task,uint256 round,bytes32 statement)");
        return _sign(address(board), key, keccak256(abi.encode(kind, task, uint256(round), statement)));
    }

    function _signCollection(FixtureCollection memory f, uint256 key) internal view returns (bytes memory) {
        bytes32 kind =
            keccak256("Collection(address taskAccount,address account,uint256 slot,uint256 collectedTotal)");
        return _sign(
            address(board), key, keccak256(abi.encode(kind, f.taskAccount, f.account, f.slot, f.collectedTotal))
        );
    }

    function _assertBooks(uint256 unallocated, uint256 accounts, uint256 merchants) internal view {
        (uint64 u, uint64 a, uint64 m,,) = purse.books();
        assertEq(u, unallocated, "unallocated");
        assertEq(a, accounts, "accounts");
        assertEq(m, merchants, "merchants");
        assertEq(euro.balanceOf(address(purse)), unallocated + accounts + merchants, "backing");
    }
}
