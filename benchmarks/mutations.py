"""Small changes of a module's code, each of which a test should notice: what `mutants.py` tries.

Comparisons, signs, operators, numbers, `and` and `or`, `not`, results, calls and assignments whose result nobody takes, min and
max, ends of slices. Left alone: texts, annotations, decorators, imports, `zip`'s strict, what only type checkers read.
"""

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
REPLACED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
EXTREMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"}
TYPES = {"None", "int", "float", "str", "bytes", "Path", "PathLike", "ndarray", "integer", "floating", "Image"}  # of unions
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutation:
    """A change of ``file`` from byte ``start`` to ``end``. Its key knows neither file nor line: it stays when code moves."""

    file: str
    line: int
    function: str  # Class.method, the outermost one; empty in a module's or class's own lines
    statement: str
    old: str
    new: str
    nth: int  # of those alike in one statement
    start: int
    end: int

    @property
    def key(self) -> str:
        return digest(self.function, self.statement, self.old, self.new, str(self.nth))

    def applied(self, source: bytes) -> bytes:
        """The changed module; empty if that is no Python."""
        found = source[: self.start] + self.new.encode() + source[self.end :]
        try:
            compile(found, self.file, "exec", dont_inherit=True)
        except SyntaxError:
            return b""
        return found


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def mutations(file: str, source: bytes) -> list[Mutation]:
    """All of a module, in the order of its lines."""
    starts, found, alike = [0], [], Counter[tuple[str, ...]]()
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, new, function, statement in changed(ast.parse(source), "", ""):
        start, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        same = (function, statement, ast.unparse(node), new)
        found.append(Mutation(file, node.lineno, *same, alike[same], start, end))
        alike[same] += 1
    return found


def changed(node: ast.AST, function: str, statement: str) -> Iterator[tuple[ast.AST, str, str, str]]:
    """(a part of the tree, its new code, function, statement)"""
    if isinstance(node, ast.stmt):
        statement = next(line for line in ast.unparse(node).splitlines() if not line.startswith("@"))
    for new in replacements(node):
        yield node, new, function, statement
    for child in parts(node):
        inside = function
        if isinstance(node, (ast.Module, ast.ClassDef)) and isinstance(child, (ast.ClassDef, *FUNCTIONS)):
            inside = f"{function}{child.name}" + "." * isinstance(child, ast.ClassDef)
        yield from changed(child, inside, statement)


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """What of a node may change: no annotation, decorator, import, text."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr)):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'"):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST) and not (isinstance(each, ast.keyword) and each.arg == "strict"):
                yield each


def replacements(node: ast.AST) -> Iterator[str]:
    """The new code of a node itself."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                other = copy.deepcopy(node)
                other.ops[place] = COMPARED[type(operator)]()
                yield f"({ast.unparse(other)})"
        case ast.BoolOp() | ast.BinOp() | ast.AugAssign() if type(node.op) in REPLACED and not textual(node):
            other = copy.deepcopy(node)
            other.op = REPLACED[type(node.op)]()
            yield ast.unparse(other) if isinstance(node, ast.AugAssign) else f"({ast.unparse(other)})"
        case ast.UnaryOp():
            yield f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield str(value - 1 if value % 2 else value + 1)
        case ast.Constant(value=float(value)):
            yield repr(value * 2 or 1.0)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and not value.value):
            yield "return None"
        case ast.Expr(value=ast.Call()):
            yield "pass"
        case ast.Assign(targets=targets) if all(isinstance(each, (ast.Attribute, ast.Subscript)) for each in targets):
            yield "pass"
        case ast.Name(id=name) if name in EXTREMES:
            yield EXTREMES[name]
        case ast.Attribute(attr=name) if name in EXTREMES:
            yield f"{ast.unparse(node.value)}.{EXTREMES[name]}"
        case ast.Slice():
            for end in ("lower", "upper"):
                bound = getattr(node, end)
                if bound is not None and not isinstance(bound, ast.Constant):
                    other = copy.deepcopy(node)
                    setattr(other, end, ast.BinOp(bound, ast.Add(), ast.Constant(1)))
                    yield ast.unparse(other)


def textual(node: ast.BoolOp | ast.BinOp | ast.AugAssign) -> bool:
    """Sums of texts and unions of types: any change of them fails, which proves nothing."""
    sides = [node.left, node.right] if isinstance(node, ast.BinOp) else []
    if any(isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str)) for side in sides):
        return True
    return isinstance(node.op, ast.BitOr) and any(ast.unparse(side).split(".")[-1] in TYPES for side in sides)
