"""Where the code is: what the tests of the structure walk over."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sla", "ops_portal", "insights", "backups")


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below these folders of the repository."""
    found = (path for name in folders for path in (ROOT / name).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def own_code() -> list[Path]:
    """Return every Python file of the product, tests and migrations left out."""
    return [ROOT / "run.py", ROOT / "wsgi.py", *python_files(*PACKAGES)]


def templates() -> list[Path]:
    """Return every HTML template."""
    return sorted((ROOT / "ops_portal" / "templates").rglob("*.html"))


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield every function of a file with a name people find it by."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of lines of a function, its docstring and decorators left out."""
    first = node.body[0]
    start = node.lineno
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        documented = (first.end_lineno or 0) - first.lineno + 1
        return (node.end_lineno or 0) - start + 1 - documented
    return (node.end_lineno or 0) - start + 1
