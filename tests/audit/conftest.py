from wangge.disclosure.tests.conftest import known_reports  # noqa: F401 (a fixture is found by its name)
