"""The staff pages, called as the middleware calls them: with an actor on the request."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from wangge.kernel import documents
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.territory import queries, services, views
from wangge.territory.models import GridCell
from wangge.territory.tests import make


@pytest.fixture
def land(db: None) -> None:
    queries.forget()
    make.divisions()


def call(view: Any, actor: Actor | None = None, data: Any = None, *args: Any, **query: str) -> HttpResponse:
    factory = RequestFactory()
    if data is None:
        request = factory.get("/territory/cells", query)
    else:
        request = factory.post("/territory/cells", json.dumps(data), content_type="application/json")
    request.actor = actor or make.editor()  # type: ignore[attr-defined]
    return view(request, *args)


@pytest.mark.django_db
def test_the_list_opens_on_an_empty_database() -> None:
    assert "还没有网格" in call(views.cells).content.decode()
    assert json.loads(call(views.geojson).content)["features"] == []


def test_the_list_shows_the_cells_of_the_street(land: None) -> None:
    make.cell(0)
    page = call(views.cells, within="430204005").content.decode()
    assert "新民社区第01网格" in page
    assert "4.0 公顷" in page
    assert "导入网格" in page
    assert "导入网格" not in call(views.cells, make.editor(make.JINGLONG, "territory.view")).content.decode()
    assert "没有符合条件" in call(views.cells, q="不存在").content.decode()
    with pytest.raises(NoRight):
        call(views.cells, make.editor(make.JINGLONG, "events.view"))


def test_a_cell_page_tells_its_history(land: None) -> None:
    old = make.cell(0)
    new = services.split_cell(actor=make.editor(), code=old.code, line=[make.point(80, -9), make.point(80, 209)])
    page = call(views.cell, None, None, old.code).content.decode()
    assert "已撤销" in page
    assert "分出" in page
    assert new[0].name in page
    assert "撤销网格" in call(views.cell, None, None, new[0].code).content.decode()
    with pytest.raises(NotHere):
        call(views.cell, None, None, 430204005001999)


def test_drawing_saves_and_checking_finds(land: None) -> None:
    drawn = call(views.draw, None, {"community": "430204005001", "geometry": make.square(0, 0), "from_on": None})
    assert drawn.status_code == 201
    code = json.loads(drawn.content)["code"]
    bound = queries.boundary(int(code))
    assert bound is not None
    change = {"code": code, "geometry": make.square(0, 0, 150), "seen_boundary": bound.pk}
    assert call(views.redraw, None, {"changes": [change]}).status_code == 200
    make.cell(150)
    over = {"code": code, "geometry": make.square(0, 0, 160)}
    found = json.loads(call(views.check, None, {"within": "430204005", "changes": [over]}).content)["findings"]
    assert [f["kind"] for f in found] == ["overlap"]
    assert json.loads(call(views.check, None, {"within": "430204005"}).content) == {"findings": []}
    codes = [str(c.pk) for c in GridCell.objects.all()]
    assert call(views.merge, None, {"codes": codes}).status_code == 201


@pytest.mark.parametrize("data", [{}, {"changes": 1}, {"changes": [{"code": "x"}]}, []])
def test_a_body_that_makes_no_sense_is_refused(land: None, data: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        call(views.redraw, None, data if data else {"changes": []})
    assert refusal.value.status == 422


@pytest.mark.parametrize("do", ["check", "load"])
def test_a_file_is_looked_at_before_it_is_loaded(land: None, do: str) -> None:
    data = make.geojson(({"名称": "甲", "社区编码": "430204005001"}, make.square(0, 0)))
    file = SimpleUploadedFile("网格.geojson", data)
    request = RequestFactory().post("/territory/cells/import", {"file": file, "datum": "wgs84", "do": do})
    request.actor = make.editor()  # type: ignore[attr-defined]
    page = views.load(request).content.decode()
    assert ("检查通过" if do == "check" else "已导入 1 个网格") in page
    assert GridCell.objects.count() == (do == "load")


def test_the_notice_board_of_a_cell_prints(land: None) -> None:
    code = make.cell(0).code
    make.cell(200)
    board = queries.board(code)
    assert board.neighbours == ["新民社区第02网格"]
    assert all(0 <= v <= 1 for ring in board.outline for point in ring for v in point)
    data = {
        "name": board.name,
        "path": board.path,
        "code": str(board.code),
        "area": board.area,
        "officers": [["网格员", "周敏", "0731-22610000"]],
        "phone": "0731-22610001",
        "outline": board.outline,
        "neighbours": board.neighbours,
        "updated": "2026年3月2日",
    }
    assert documents.pdf("territory/board", data).startswith(b"%PDF")
