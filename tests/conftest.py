"""What every test may use."""

pytest_plugins = ["tests.accounts_fixtures", "tests.workspaces_fixtures", "tests.parts"]
