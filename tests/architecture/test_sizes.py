"""Files and functions stay small enough to be read at once."""

import ast
import statistics

from tests.architecture.tree import ROOT, body_lines, functions, own_code, templates

MAX_FILE, MAX_SLA_FILE, MAX_FUNCTION, MAX_TEMPLATE = 300, 150, 35, 150
MEDIAN_FILE = 120  # a fence; the aim is 80
FORBIDDEN_NAMES = {"util", "utils", "helpers", "common", "manager", "service"}


def lines_of(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_too_long_to_read():
    limits = {p: MAX_SLA_FILE if "sla" in p.parts[-2:-1] else MAX_FILE for p in own_code()}
    limits.pop(ROOT / "run.py")  # one file on purpose: it runs before anything is installed
    assert [str(p) for p, most in limits.items() if lines_of(p) > most] == []


def test_half_of_the_files_fit_on_two_screens():
    sizes = [lines_of(p) for p in own_code() if p.name != "__init__.py"]
    assert statistics.median(sizes) <= MEDIAN_FILE


def test_no_function_is_too_long_to_read():
    long = [
        name for p in own_code() for name, node in functions(p) if body_lines(node) > MAX_FUNCTION
    ]
    assert long == []


def test_no_template_is_too_long_to_read():
    assert [str(p) for p in templates() if lines_of(p) > MAX_TEMPLATE] == []


def test_no_module_is_a_drawer_for_odds_and_ends():
    assert [str(p) for p in own_code() if p.stem in FORBIDDEN_NAMES] == []


def test_no_function_takes_a_bare_yes_or_no():
    bare = []
    for path in own_code():
        for name, node in functions(path):
            for argument in (*node.args.posonlyargs, *node.args.args):
                note = argument.annotation
                if isinstance(note, ast.Name) and note.id == "bool":
                    bare.append(f"{name}({argument.arg})")
    assert bare == []
