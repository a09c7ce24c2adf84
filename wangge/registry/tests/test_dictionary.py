"""The dictionary: a district's own names, each for its time, and the standard's codes on the way out."""

from datetime import date
from typing import Any

import pytest

from tests import make
from wangge.kernel.errors import NoRight, Refusal
from wangge.kernel.models import AuditEntry
from wangge.registry import queries, services
from wangge.registry.queries import dictionary

BASIS = {"reason": "石综治〔2026〕3号"}


def keeper(place: int = make.SHIFENG):
    return make.actor("registry_clerk", place=place)


def test_a_code_is_renamed_from_a_day_on_and_old_days_keep_the_old_name(district):
    by = keeper()
    services.name_code(actor=by, table="5.19", code="01", label="消防隐患", since=date(2026, 1, 1), **BASIS)
    services.name_code(actor=by, table="5.19", code="01", label="火灾隐患", since=date(2026, 3, 1), **BASIS)
    assert queries.label(by, "5.19", "01", date(2025, 12, 31)) == "火灾"
    assert queries.label(by, "5.19", "01", date(2026, 2, 28)) == "消防隐患"
    assert queries.label(by, "5.19", "01") == "火灾隐患"
    assert queries.own_labels(by) == {"5.19": {"01": "火灾隐患"}}
    assert queries.own_labels(keeper(make.HETANG)) == {}
    assert queries.own_labels(keeper(make.HETANG), place=make.JINGLONG) == {"5.19": {"01": "火灾隐患"}}
    assert AuditEntry.objects.filter(action="registry.code_named", subject="5.19:01").count() == 2


def test_an_own_code_stands_for_one_of_the_standards(district):
    by = keeper()
    with pytest.raises(Refusal) as refused:
        services.name_code(actor=by, table="5.19", code="06", label="电动车入户", since=date(2026, 1, 1), **BASIS)
    assert refused.value.field == "stands_for"
    services.name_code(
        actor=by, table="5.19", code="06", label="电动车入户", stands_for="01", since=date(2026, 1, 1), **BASIS
    )
    assert dictionary.stands_for(make.SHIFENG) == {("5.19", "06"): "01"}
    assert [e.code for e in dictionary.entries(by, "5.19") if e.is_own] == ["06"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"label": ""}, "label"), ({"label": "治安"}, "label_taken"), ({"since": date(2025, 12, 31)}, "too_early"), ({"reason": " "}, "reason"),
        ({"code": "6", "stands_for": "01"}, "code_form"), ({"table": "9.99"}, "not_found"),
    ],
)  # fmt: skip
def test_names_that_would_confuse_are_refused(district, given, code):
    by = keeper()
    base: dict[str, Any] = {"table": "5.19", "code": "01", "label": "消防隐患", "since": date(2026, 1, 1), **BASIS}
    services.name_code(actor=by, **base)
    with pytest.raises(Refusal) as refused:
        services.name_code(actor=by, **(base | {"label": "别的名称", "since": date(2026, 2, 1)} | given))
    assert refused.value.code == code


def test_a_name_ends_and_the_standards_holds_again(district):
    by = keeper()
    made = services.name_code(actor=by, table="5.19", code="01", label="消防隐患", since=date(2026, 1, 1), **BASIS)
    services.end_name(actor=by, label_id=made.pk, until=date(2026, 3, 10), reason="不再使用")
    assert queries.label(by, "5.19", "01") == "火灾"
    with pytest.raises(Refusal):
        services.end_name(actor=by, label_id=made.pk, until=date(2026, 3, 11), reason="不再使用")
    with pytest.raises(Refusal):
        services.end_name(actor=keeper(make.HETANG), label_id=made.pk, until=date(2026, 3, 11), reason="不再使用")


def test_only_the_keeper_of_the_lists_names_codes(district, sign_in):
    officer = make.officer(make.cell())
    with pytest.raises(NoRight):
        services.name_code(actor=officer, table="5.19", code="01", label="消防隐患", since=date(2026, 1, 1), **BASIS)
    page = sign_in(officer).get("/registry/dictionary/codes/5.19")
    assert page.status_code == 200
    assert "登记名称" not in page.content.decode()


def test_the_pages_show_search_name_and_end(district, sign_in):
    client = sign_in(keeper())
    assert "流动人口" in client.get("/registry/dictionary?q=流动").content.decode()
    assert "矫正开始日期" in client.get("/registry/dictionary/tables/T18").content.decode()
    assert client.get("/registry/dictionary/tables/T99").status_code == 404
    assert client.get("/registry/dictionary/codes/9.99").status_code == 404
    assert "石峰区" in client.get("/registry/dictionary/codes/2260?q=石峰").content.decode()
    given = {"code": "01", "label": "消防隐患", "since": "2026-03-01", "reason": "石综治〔2026〕3号", "stands_for": ""}
    assert client.post("/registry/dictionary/codes/5.19", given).status_code == 302
    page = client.get("/registry/dictionary/codes/5.19").content.decode()
    assert "消防隐患" in page
    assert (
        "消防隐患"
        not in client.get("/registry/dictionary/codes/5.19?at=2026-02-01").content.decode().split("名称沿革")[0]
    )
    assert client.post("/registry/dictionary/codes/5.19", given | {"label": "治安"}).status_code == 422
    made = dictionary.history_of(keeper(), "5.19")[0]
    ended = client.post(f"/registry/dictionary/codes/5.19/{made.pk}/end", {"until": "2026-03-10", "reason": "不再使用"})
    assert ended.status_code == 302
    assert queries.label(keeper(), "5.19", "01") == "火灾"
    assert client.get("/registry/dictionary/codes/5.19/export").content[:2] == b"PK"
