"""`python -m ops_portal …`: the commands, for a machine whose environment says where things are."""

from ops_portal.cli import main

main(prog_name="portal")
