"""What every test can ask for. Each part is a plugin of its own and starts nothing by itself."""

pytest_plugins = (
    "tests.servers",
    "tests.portal",
    "tests.browsers",
    "tests.sockets",
)
