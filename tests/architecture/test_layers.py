"""Imports go down only; a new folder must be placed in the contract."""

from importlinter.cli import lint_imports

from tests.architecture.tree import ROOT


def test_imports_keep_their_layers():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), is_debug_mode=False) == 0
