"""What `make lint` judges beyond the tools: migrations, deployment, the glossary, templates. Needs no database."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
os.environ["WANGGE_HTTPS"] = "1"

ROOT = Path(__file__).resolve().parents[2]
# `check --deploy` notes that are not ours to follow: subdomains and browser lists belong to who owns the domain.
NOT_OURS = {"security.W005", "security.W021"}
_ROW = re.compile(r"^\|\s*(?P<chinese>[^|]+?)\s*\|\s*`(?P<code>[^`|]+)`\s*\|")


def glossary() -> dict[str, set[str]]:
    """code → its Chinese in `docs/glossary.md`: the rows `| 中文 | `code` | … |`. A state and a command may share a code."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines():
        if (row := _ROW.match(line)) is not None:
            found.setdefault(row["code"], set()).add(row["chinese"])
    return found


def terms() -> Iterator[tuple[str, str, str]]:
    """(where, code, Chinese on the screen) of every model, state, command and figure."""
    from django.apps import apps
    from django.utils.module_loading import import_string

    from wangge.kernel import metrics

    for model in apps.get_models():
        if model.__module__.startswith("wangge."):
            yield model._meta.label, model.__name__, str(model._meta.verbose_name)
    for kind in ("STATES", "COMMANDS"):
        for code, chinese in import_string(f"wangge.casework.terms.{kind}").items():
            yield f"casework {kind.lower()}", str(code), chinese
    for metric in metrics.all_metrics():
        yield "metrics", metric.code, metric.name


def wrong_words() -> Iterator[str]:
    if not (ROOT / "docs" / "glossary.md").exists():
        yield "docs/glossary.md is absent"
        return
    known = glossary()
    for where, code, chinese in terms():
        if code not in known:
            yield f"{where}: `{code}` ({chinese}) is not in docs/glossary.md"
        elif chinese not in known[code]:
            wanted = "、".join(sorted(known[code]))
            yield f"{where}: `{code}` reads {chinese} on the screen and {wanted} in docs/glossary.md"


def missing_migrations() -> Iterator[str]:
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState
    from django.utils import translation

    loader = MigrationLoader(None, ignore_no_migrations=True)
    # Django writes its own migrations in English; compared in another language they would all seem to have changed.
    translation.deactivate_all()
    for app, names in loader.detect_conflicts().items():
        yield f"{app}: two newest migrations: {', '.join(sorted(names))}"
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), NonInteractiveMigrationQuestioner()
    )
    for app, migrations in detector.changes(graph=loader.graph).items():
        for migration in migrations:
            yield f"{app}: models changed without a migration: {', '.join(o.describe() for o in migration.operations)}"


def bad_deployment() -> Iterator[str]:
    from django.core import checks

    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and message.id not in NOT_OURS:
            yield str(message)


def bad_templates() -> Iterator[str]:
    from django.template import TemplateSyntaxError, engines

    engine = engines["django"]
    count = 0
    for folder in sorted((ROOT / "wangge").glob("*/templates")):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".html", ".txt", ".xml")):
            count += 1
            try:
                engine.from_string(path.read_text())
            except TemplateSyntaxError as error:
                yield f"{path.relative_to(ROOT)}: {error}"
    if not count:
        yield "no template was found to check"


def main() -> int:
    import django

    django.setup()
    wrong = [*wrong_words(), *bad_templates(), *bad_deployment(), *missing_migrations()]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
