# SPDX-License-Identifier: EUPL-1.2
"""Which members of an enumeration the tests expect, read from their sources.

A member counts only where a test fails unless it comes out: compared for equality, identity or membership in an
``assert``; given as ``match`` to ``pytest.raises``; or by way of a name that is compared so: a parameter of a
parametrised test, the variable of a loop, a constant, an argument of a function of the tests. A member that is
merely mentioned, raised by a test or excluded by ``is not`` does not count.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.architecture.source import python_files, read

__all__ = ["Case", "cases_in", "cases_of", "expected_members", "expected_texts"]

_HOLDS: Final = (ast.Eq, ast.Is, ast.In)
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_ANSWERS: Final[dict[ast.AST, bool]] = {}


@dataclass(frozen=True, eq=False)
class _Source:
    """One file of the tests."""

    path: Path
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(repr=False)
    imported: dict[str, tuple[str, str]]
    uses: dict[str, list[ast.AST]] = field(repr=False)
    functions: dict[str, list[_Function]] = field(repr=False)

    def up(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """From a node to the module: what it is in, and by which child."""
        while node in self.parents:
            parent = self.parents[node]
            yield parent, node
            node = parent


@cache
def _sources() -> tuple[_Source, ...]:
    return tuple(_source(path, read(path)) for path in python_files("tests") if "architecture" not in path.parts)


def _source(path: Path, text: str) -> _Source:
    tree = ast.parse(text, str(path))
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    imported = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    uses: dict[str, list[ast.AST]] = {}
    functions: dict[str, list[_Function]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            uses.setdefault(node.id, []).append(node)
        elif isinstance(node, ast.Attribute):
            uses.setdefault(node.attr, []).append(node)
        elif isinstance(node, _FUNCTIONS):
            functions.setdefault(node.name, []).append(node)
    return _Source(path, tree, parents, imported, uses, functions)


@cache
def _functions() -> dict[str, list[tuple[_Source, _Function]]]:
    """Functions and methods of the tests, by name."""
    found: dict[str, list[tuple[_Source, _Function]]] = {}
    for source in _sources():
        for name, functions in source.functions.items():
            found.setdefault(name, []).extend((source, function) for function in functions)
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """A place where a test expects a member.

    Attributes:
        member: its name.
        words: what the case is called: the file, the test or the constant, and the entry of a table of cases.
    """

    member: str
    words: str


def expected_members(kind: type[StrEnum]) -> set[str]:
    """Names of the members of an enumeration that tests expect to come out."""
    return {case.member for case in cases_of(kind)}


@cache
def cases_of(kind: type[StrEnum]) -> tuple[Case, ...]:
    """Every place where a test expects a member of an enumeration."""
    return tuple(case for source in _sources() for case in _cases(source, kind))


def cases_in(text: str, kind: type[StrEnum]) -> tuple[Case, ...]:
    """The same in one file of tests, by its text."""
    return tuple(_cases(_source(Path("text.py"), text), kind))


def _cases(source: _Source, kind: type[StrEnum]) -> Iterator[Case]:
    names = {name for name, origin in source.imported.items() if _is_same(origin, kind)}
    if not names:
        return
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in names
            and node.attr in kind.__members__
            and _is_expected(source, node)
        ):
            yield Case(node.attr, _words_of(source, node))


def _words_of(source: _Source, node: ast.AST) -> str:
    words = [source.path.stem]
    entry: ast.AST | None = None
    for parent, child in source.up(node):
        match parent:
            case ast.Tuple() | ast.Call() if entry is None:
                entry = parent
            case ast.Dict() if entry is None:
                entry = child
                words += [
                    ast.unparse(key)
                    for key, value in zip(parent.keys, parent.values, strict=True)
                    if value is child and key
                ]
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                words.append(name)
    if entry is not None:
        words.append(ast.unparse(entry))
    return " ".join(words).replace("_", " ").lower()


@cache
def expected_texts() -> frozenset[str]:
    """Texts that tests expect to come out, such as the codes of a protocol in an answer."""
    return frozenset(
        node.value
        for source in _sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_expected(source, node)
    )


def _is_same(origin: tuple[str, str], kind: type[StrEnum]) -> bool:
    module, name = origin
    return name == kind.__name__ and getattr(import_module(module), name, None) is kind


def _is_expected(source: _Source, node: ast.AST) -> bool:
    """Whether a test fails unless the value of this expression comes out."""
    if node not in _ANSWERS:
        _ANSWERS[node] = False  # as long as it is being found out: a name that is only passed around is not expected
        _ANSWERS[node] = _finds_expectation(source, node)
    return _ANSWERS[node]


def _finds_expectation(source: _Source, node: ast.AST) -> bool:
    for parent, child in source.up(node):
        match parent:
            case ast.Compare():
                if _is_held(source, parent):
                    return True
            case ast.Call():
                if child is not parent.func and _call_expects(source, parent, child):
                    return True
            case ast.keyword(arg="match"):
                call = source.parents[parent]
                return isinstance(call, ast.Call) and _name_of(call.func) == "raises"
            case ast.For(target=target, iter=found) | ast.comprehension(target=target, iter=found) if child is found:
                return any(_name_is_expected(source, parent, name) for name in _names(target))
            case ast.Assign(targets=[*targets]):
                return any(_name_is_expected(source, parent, name) for one in targets for name in _names(one))
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return any(_name_is_expected(source, parent, name) for name in _names(target))
            case ast.stmt() | ast.Lambda():
                return False
    return False


def _is_held(source: _Source, compare: ast.Compare) -> bool:
    """Whether a comparison must be true for a test to pass."""
    if not all(isinstance(operation, _HOLDS) for operation in compare.ops):
        return False
    for parent, child in source.up(compare):
        if isinstance(parent, ast.Assert):
            return child is parent.test
        if isinstance(parent, ast.UnaryOp | ast.stmt):
            return False
    return False


def _call_expects(source: _Source, call: ast.Call, argument: ast.AST) -> bool:
    """Whether an argument of a call is an expectation: a case of a parametrised test, or a function that asserts it."""
    name = _name_of(call.func)
    if name == "parametrize":
        return _cases_are_expected(source, call)
    position: int | str | None = argument.arg if isinstance(argument, ast.keyword) else None
    if position is None and argument in call.args:
        position = call.args.index(argument)
    own = [(source, function) for function in source.functions.get(name, [])]
    for at, function in own or _functions().get(name, []):
        parameters = [one.arg for one in (*function.args.posonlyargs, *function.args.args) if one.arg != "self"]
        keywords = {*parameters, *(one.arg for one in function.args.kwonlyargs)}
        if isinstance(position, int):
            if position >= len(parameters):
                continue
            position_name = parameters[position]
        elif position in keywords:
            position_name = str(position)
        else:
            continue
        if _is_expected_in(at, function, position_name):
            return True
    return False


def _cases_are_expected(source: _Source, call: ast.Call) -> bool:
    """Whether a test that is parametrised so asserts one of its parameters."""
    first = call.args[0]
    parameters = set()
    if isinstance(first, ast.Constant):
        parameters = {name.strip() for name in str(first.value).split(",")}
    elif isinstance(first, ast.Tuple | ast.List):
        parameters = {str(name.value) for name in first.elts if isinstance(name, ast.Constant)}
    for parent, _ in source.up(call):
        match parent:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return any(_is_expected_in(source, parent, name) for name in parameters)
            case ast.ClassDef():
                tests = [node for node in parent.body if isinstance(node, _FUNCTIONS)]
                return any(_is_expected_in(source, test, name) for test in tests for name in parameters)
            case ast.Assign(targets=[ast.Name(id=mark)]):
                tests = [node for node in ast.walk(source.tree) if isinstance(node, _FUNCTIONS)]
                marked = [
                    test
                    for test in tests
                    if any(isinstance(one, ast.Name) and one.id == mark for one in test.decorator_list)
                ]
                return any(_is_expected_in(source, test, name) for test in marked for name in parameters)
    return False


def _name_is_expected(source: _Source, at: ast.AST, name: str) -> bool:
    """Whether a name that is bound here is expected somewhere in its scope."""
    for parent, _ in ((at, at), *source.up(at)):
        if isinstance(parent, _FUNCTIONS):
            return _is_expected_in(source, parent, name)
        if isinstance(parent, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return _is_expected(source, parent)
        if isinstance(parent, ast.ClassDef):
            break
    if _is_expected_in(source, source.tree, name):
        return True
    module = ".".join(source.path.with_suffix("").parts)
    return any(
        _is_expected_in(other, other.tree, local)
        for other in _sources()
        for local, origin in other.imported.items()
        if origin == (module, name)
    )


def _is_expected_in(source: _Source, scope: ast.AST, name: str) -> bool:
    """Whether a name, or an attribute of that name, is used as an expectation somewhere in a function or a file."""
    for node in source.uses.get(name, ()):
        if isinstance(node, ast.Attribute) and not isinstance(scope, ast.Module):
            continue
        is_inside = isinstance(scope, ast.Module) or any(parent is scope for parent, _ in source.up(node))
        if is_inside and _is_expected(source, node):
            return True
    return False


def _names(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
