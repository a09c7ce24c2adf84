"""Pages of imports, by the posts that use them: a file sent, read, checked, written, compared, taken back."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import make
from tests.registry.test_imports import TITLES, load, number, person, sheet
from wangge.kernel import clock, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.models import Fact
from wangge.kernel.tables import Column, read
from wangge.registry import queries
from wangge.registry.models import ImportBatch, ImportDifference, Person, Residence
from wangge.registry.services import run_import, undo_import
from wangge.registry.services.imports.batches import ordered_by
from wangge.registry.views import imports as pages
from wangge.territory import queries as territory
from wangge.territory import services as land

pytestmark = pytest.mark.django_db
ROOT = "/registry/imports"


@pytest.fixture
def clerk(district: None) -> Actor:
    return make.actor("registry_clerk", place=make.SHIFENG)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run as the worker would run them, after the page has answered."""
    todo: list[Any] = []

    class Now:
        def defer(self, **given: Any) -> None:
            todo.append(given)

    monkeypatch.setattr(pages.jobs, "carry_out_import", Now())
    monkeypatch.setattr(pages.jobs, "undo_import", Now())

    def work() -> None:
        while todo:
            given = todo.pop(0)
            batch = ImportBatch.objects.get(pk=given["batch_id"])
            if "account" in given:
                undo_import(actor=ordered_by(batch), batch_id=batch.pk)
            else:
                run_import(actor=ordered_by(batch), **given)

    return work  # type: ignore[return-value]  # a fixture that hands out a function


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return str(response.content.decode())


def send(client: Any, rows: list[list[str]], titles: tuple[str, ...] = TITLES, **given: str) -> Any:
    told = {
        "kind": "people",
        "source": "井龙派出所",
        "as_of": "2026-03-01",
        "area": str(make.SHIFENG),
        "role": "",
    } | given
    return client.post(ROOT, told | {"file": SimpleUploadedFile("人员.xlsx", sheet(rows, titles))})


def test_a_file_is_sent_read_checked_written_and_taken_back(clerk, sign_in, worker):
    client = sign_in(clerk)
    assert "还没有导入过表格" in text_of(client.get(ROOT))
    where = send(client, [person(0), person(1, 姓名="张3")], ("姓名", "证号", *TITLES[2:])).headers["Location"]
    page = text_of(client.get(where))
    assert "142****0000" in page
    assert "14200000000" not in page
    assert number(0) not in page
    assert "对照各列" in page
    mapped = {f"column_{at}": key for at, key in enumerate(
        ("name", "id_number", "phone", "ethnic", "hukou_area", "home_address", "employer", "place_code")
    )}  # fmt: skip
    wrong = text_of(client.post(where, mapped | {"column_1": "name"}), 422)
    assert "有两列都对照到“姓名”" in wrong
    assert client.post(where, mapped).status_code == 302
    assert "核对中" in text_of(client.get(where))
    worker()
    page = text_of(client.get(where))
    assert "核对结果（尚未写入）" in page
    assert "姓名中有数字或符号" in page
    errors = client.get(f"{where}/errors")
    told = read(errors.content, "x.xlsx", [Column("name", "姓名"), Column("why", "未通过原因")])
    assert [row["name"] for _, row in told.rows] == ["张3"]
    assert Person.objects.count() == 0
    client.post(f"{where}/run")
    worker()
    page = text_of(client.get(where))
    assert "导入结果" in page
    assert Person.objects.count() == 1
    assert client.post(f"{where}/run").status_code == 409
    client.post(f"{where}/undo")
    worker()
    assert "移除 1 条" in text_of(client.get(where))
    assert Person.objects.count() == 0
    assert "已撤销" in text_of(client.get(f"{ROOT}?q=人员&state=undone"))
    listed = read(client.get(f"{ROOT}/export").content, "x.xlsx", [Column("name", "文件"), Column("state", "状态")])
    assert [row for _, row in listed.rows] == [{"name": "人员.xlsx", "state": "已撤销"}]
    assert "人员.xlsx" in text_of(client.get(f"{ROOT}?sort=total"))
    assert "没有符合条件的导入" in text_of(client.get(f"{ROOT}?q=没有"))


def test_what_differs_is_compared_and_decided_on_pages(clerk, sign_in):
    load([person(0), person(1)])
    batch = load([person(n, 姓名="王五", 联系方式=f"1429999{n:04d}", 民族="回") for n in range(2)], source="卫健")
    client = sign_in(clerk)
    page = text_of(client.get(f"{ROOT}/differences?batch={batch.pk}"))
    assert "142****9999" not in page  # the middle is hidden, not the end
    assert "142****0001" in page
    assert "14299990001" not in page
    assert "回族" in page
    one = ImportDifference.objects.filter(field="name").order_by("pk")[0]
    page = text_of(client.get(f"{ROOT}/differences/{one.pk}"))
    assert page.count('value="take"') == 3
    assert "请至少为一项选择处理方式" in text_of(client.post(f"{ROOT}/differences/{one.pk}", {"reason": ""}), 422)
    assert "请写明理由" in text_of(client.post(f"{ROOT}/differences/{one.pk}", {f"decision_{one.pk}": "keep"}), 422)
    assert (
        client.post(f"{ROOT}/differences/{one.pk}", {f"decision_{one.pk}": "both", "reason": "曾用"}).status_code == 302
    )
    assert Person.objects.get(pk=one.person_id or 0).former_name == "王五"
    many = f"{ROOT}/{batch.pk}/differences"
    refused = client.post(many, {"field": "phone", "decision": "take", "reason": ""}, follow=True)
    assert "批量处理须写明理由" in text_of(refused)
    assert not ImportDifference.objects.filter(field="phone").exclude(state="open").exists()
    assert client.post(many, {"field": "phone", "decision": "take", "reason": "以来文为准"}).status_code == 302
    assert ImportDifference.objects.filter(field="phone", state="taken", reason="以来文为准").count() == 2
    assert client.get(f"{ROOT}/differences/export?state=").status_code == 200


def test_other_posts_see_no_trace(clerk, sign_in):
    batch = load([person(0)], actor=make.actor("street", place=make.JINGLONG), area=make.JINGLONG)
    assert sign_in(make.officer(make.cell())).get(ROOT).status_code == 403
    other = sign_in(make.actor("street", place=430204001000000))
    assert batch.name not in text_of(other.get(ROOT))
    for path in ("", "/errors"):
        assert other.get(f"{ROOT}/{batch.pk}{path}").status_code == 404
    assert other.post(f"{ROOT}/{batch.pk}/undo").status_code == 404
    assert sign_in(clerk).get(f"{ROOT}/{batch.pk}").status_code == 200


def test_organisations_come_from_a_sheet_and_are_compared_too(clerk, sign_in):
    titles = ("统一社会信用代码", "企业名称", "企业地址", "员工数", "网格编码")
    cell = str(make.cell().code)
    rows = [["91350100M000100Y43", "演示机械厂", "响田路1号", "20", cell], ["", "演示餐馆", "响田路2号", "很多", cell]]
    batch = load(rows, actor=clerk, titles=titles, kind="organisations", role="enterprise")
    assert batch.counts == {"added": 1, "refused": 1}
    assert next(queries.refused_rows(clerk, batch, written=True))[2][0][0] == "员工数"
    changed = [["91350100M000100Y43", "演示机械厂", "响田路9号", "21", cell]]
    batch = load(changed, actor=clerk, titles=titles, kind="organisations", role="enterprise", name="b.xlsx")
    assert batch.counts == {"differing": 1, "differences": 2}
    page = text_of(sign_in(clerk).get(f"{ROOT}/differences?batch={batch.pk}"))
    assert "响田路9号" in page
    assert undo_import(actor=clerk, batch_id=ImportBatch.objects.order_by("pk")[0].pk).removed == 0  # compared since


def test_dwellings_come_from_a_sheet(clerk):
    titles = ("网格编码", "路巷", "门牌号", "小区", "楼栋", "单元", "房号", "楼层", "建筑面积")
    cell = str(make.cell().code)
    rows = [[cell, "响田路", "118号", "响田苑", "2栋", "1单元", f"{n}01", str(n), "89.5"] for n in range(1, 4)]
    rows.append([cell, "响田路", "118号", "响田苑", "2栋", "1单元", "401", "四楼", "89.5"])
    batch = load(rows, actor=clerk, titles=titles, kind="dwellings")
    assert batch.counts == {"added": 3, "refused": 1}
    home = load([person(0, 现住门详址="响田苑2栋1单元301")], actor=clerk)
    assert home.counts == {"added": 1, "settled": 1}, home.counts
    again = load(rows[:3], actor=clerk, titles=titles, kind="dwellings", name="c.xlsx")
    assert again.counts == {"same": 3}
    done = undo_import(actor=clerk, batch_id=batch.pk)
    assert (done.removed, done.kept) == (2, 1)  # somebody lives in one of them


def test_a_doubtful_address_waits_and_its_decision_settles_whom_it_was_about(clerk):
    titles = ("网格编码", "小区", "楼栋", "单元", "房号")
    cell = str(make.cell().code)
    load(
        [[cell, "响田苑", "2栋", "1单元", "301"], [cell, "响田苑", "3栋", "1单元", "301"]],
        actor=clerk,
        titles=titles,
        kind="dwellings",
    )
    home = load([person(0, 现住门详址="老机械厂宿舍东头老张家")], actor=clerk)
    assert "settled" not in home.counts or home.counts["settled"] == 0
    doubt = territory.doubts(clerk).get()
    dwelling = territory.dwellings(clerk).order_by("pk")[0]
    with clock.frozen(clock.now()):
        land.decide_doubt(actor=clerk, doubt_id=doubt.pk, address_id=dwelling.pk)
    fact = Fact.objects.filter(name="territory.AddressDecided").latest("pk")
    outbox.deliver(fact.pk, "wangge.registry.reactions.settle_whom_an_import_brought")
    assert Residence.objects.get().dwelling_id == dwelling.pk
    assert ImportBatch.objects.get(pk=home.pk).counts["settled"] == 1
