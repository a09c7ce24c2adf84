from wangge.disclosure.tests.conftest import known_reports  # noqa: F401
