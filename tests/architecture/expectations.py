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

__all__ = ["expected_members"]

_HOLDS: Final = (ast.Eq, ast.Is, ast.In)
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, eq=False)
class _Source:
    """One file of the tests."""

    path: Path
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(repr=False)
    imported: dict[str, tuple[str, str]]

    def up(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """From a node to the module: what it is in, and by which child."""
        while node in self.parents:
            parent = self.parents[node]
            yield parent, node
            node = parent


@cache
def _sources() -> tuple[_Source, ...]:
    return tuple(_source(path) for path in python_files("tests") if "architecture" not in path.parts)


def _source(path: Path) -> _Source:
    tree = ast.parse(read(path), str(path))
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    imported = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    return _Source(path, tree, parents, imported)


@cache
def _functions() -> dict[str, list[tuple[_Source, _Function]]]:
    """Functions and methods of the tests, by name."""
    found: dict[str, list[tuple[_Source, _Function]]] = {}
    for source in _sources():
        for node in ast.walk(source.tree):
            if isinstance(node, _FUNCTIONS):
                found.setdefault(node.name, []).append((source, node))
    return found


def expected_members(kind: type[StrEnum]) -> set[str]:
    """Names of the members of an enumeration that tests expect to come out."""
    found = set()
    for source in _sources():
        names = {name for name, origin in source.imported.items() if _is_same(origin, kind)}
        if not names:
            continue
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in names
                and node.attr in kind.__members__
                and _is_expected(source, node, frozenset())
            ):
                found.add(node.attr)
    return found


def _is_same(origin: tuple[str, str], kind: type[StrEnum]) -> bool:
    module, name = origin
    return name == kind.__name__ and getattr(import_module(module), name, None) is kind


def _is_expected(source: _Source, node: ast.AST, seen: frozenset[ast.AST]) -> bool:
    """Whether a test fails unless the value of this expression comes out."""
    if node in seen:
        return False
    seen |= {node}
    for parent, child in source.up(node):
        match parent:
            case ast.Compare():
                if _is_held(source, parent):
                    return True
            case ast.Call():
                if child is not parent.func and _call_expects(source, parent, child, seen):
                    return True
            case ast.keyword(arg="match"):
                call = source.parents[parent]
                return isinstance(call, ast.Call) and _name_of(call.func) == "raises"
            case ast.For(target=target, iter=found) | ast.comprehension(target=target, iter=found) if child is found:
                return any(_name_is_expected(source, parent, name, seen) for name in _names(target))
            case ast.Assign(targets=[*targets]):
                return any(_name_is_expected(source, parent, name, seen) for one in targets for name in _names(one))
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return any(_name_is_expected(source, parent, name, seen) for name in _names(target))
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


def _call_expects(source: _Source, call: ast.Call, argument: ast.AST, seen: frozenset[ast.AST]) -> bool:
    """Whether an argument of a call is an expectation: a case of a parametrised test, or a function that asserts it."""
    name = _name_of(call.func)
    if name == "parametrize":
        return _cases_are_expected(source, call, seen)
    position: int | str | None = argument.arg if isinstance(argument, ast.keyword) else None
    if position is None and argument in call.args:
        position = call.args.index(argument)  # type: ignore[arg-type]
    for at, function in _functions().get(name, ()):
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
        if _is_expected_in(at, function, position_name, seen):
            return True
    return False


def _cases_are_expected(source: _Source, call: ast.Call, seen: frozenset[ast.AST]) -> bool:
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
                return any(_is_expected_in(source, parent, name, seen) for name in parameters)
            case ast.ClassDef():
                tests = [node for node in parent.body if isinstance(node, _FUNCTIONS)]
                return any(_is_expected_in(source, test, name, seen) for test in tests for name in parameters)
            case ast.Assign(targets=[ast.Name(id=mark)]):
                tests = [node for node in ast.walk(source.tree) if isinstance(node, _FUNCTIONS)]
                marked = [
                    test
                    for test in tests
                    if any(isinstance(one, ast.Name) and one.id == mark for one in test.decorator_list)
                ]
                return any(_is_expected_in(source, test, name, seen) for test in marked for name in parameters)
    return False


def _name_is_expected(source: _Source, at: ast.AST, name: str, seen: frozenset[ast.AST]) -> bool:
    """Whether a name that is bound here is expected somewhere in its scope."""
    for parent, _ in ((at, at), *source.up(at)):
        if isinstance(parent, _FUNCTIONS):
            return _is_expected_in(source, parent, name, seen)
        if isinstance(parent, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return _is_expected(source, parent, seen)
        if isinstance(parent, ast.ClassDef):
            break
    if _is_expected_in(source, source.tree, name, seen):
        return True
    module = ".".join(source.path.with_suffix("").parts)
    return any(
        _is_expected_in(other, other.tree, local, seen)
        for other in _sources()
        for local, origin in other.imported.items()
        if origin == (module, name)
    )


def _is_expected_in(source: _Source, scope: ast.AST, name: str, seen: frozenset[ast.AST]) -> bool:
    """Whether a name, or an attribute of that name, is used as an expectation somewhere in a function or a file."""
    for node in ast.walk(scope):
        is_name = isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        is_attribute = isinstance(scope, ast.Module) and isinstance(node, ast.Attribute) and node.attr == name
        if (is_name or is_attribute) and _is_expected(source, node, seen):
            return True
    return False


def _names(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
