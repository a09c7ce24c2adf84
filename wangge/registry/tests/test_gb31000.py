"""The flat tables of GB/T 31000-2015, cell by cell against tables written here by hand."""

import csv
import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from tests import make as district_make
from wangge.identity import queries as identity
from wangge.kernel import clock, files, scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.registry import services
from wangge.registry.models import StandardExport
from wangge.registry.queries import gb31000
from wangge.registry.rules import identity as numbers
from wangge.registry.tests import make

CORE = "公民身份号码 姓名 曾用名 性别 出生日期 民族 籍贯 婚姻状况 政治面貌 学历 宗教信仰 职业类别 职业 服务处所 联系方式 户籍地 户籍门(楼)详址 现住地 现住门(楼)详址"
HEADS = {
    "T12": f"{CORE} 人户一致标识 户号 户主公民身份号码 户主姓名 与户主关系 户主联系方式",
    "T13": f"{CORE} 流入原因 办证类型 证件号码 登记日期 证件到期日期 住所类型 是否重点关注人员",
    "T14": f"{CORE} 健康状况 个人年收入 人户一致标识 留守人员类型 家庭主要成员公民身份号码 家庭主要成员姓名 家庭主要成员健康状况 与留守人员关系 家庭主要成员联系方式 家庭主要成员工作详细地址 家庭年收入 困难及诉求 帮扶情况",
    "T15": "外文姓 外文名 中文姓名 性别 出生日期 国籍(地区) 宗教信仰 证件代码 证件号码 证件有效期 联系方式 来华目的 职业类别 职业 服务处所 现住地 现住详址 抵达日期 预计离开日期 是否重点关注人员",
    "T17": f"{CORE} 是否累犯 原罪名 原判刑期 服刑场所 释放日期 危险性评估类型 衔接日期 衔接情况 安置日期 安置情况 未安置原因 帮教情况 是否重新犯罪 重新犯罪罪名",
    "T18": f"{CORE} 社区矫正人员编号 原羁押场所 矫正类别 案件类别 具体罪名 原判刑期 原判刑开始日期 原判刑结束日期 矫正开始日期 矫正结束日期 接收方式 “四史”情况 是否累惯犯 “三涉”情况 是否建立矫正小组 矫正小组人员组成情况 矫正解除(终止)类型 是否有脱管 脱管原因 检察监督脱管情况 脱管纠正情况 是否有漏管 漏管原因 检察监督漏管情况 漏管纠正情况 奖惩情况 刑罚变更执行情况 是否重新犯罪 重新犯罪名称",
    "T19": f"{CORE} 家庭经济状况 是否纳入低保 监护人公民身份号码 监护人姓名 监护人联系方式 初次发病日期 目前诊断类型 有无肇事肇祸史 肇事肇祸次数 上次肇事肇祸日期 目前危险性评估等级 治疗情况 治疗医院名称 实施住院治疗原因 接收康复训练机构名称 参与管理人员 帮扶情况",
    "T20": f"{CORE} 初次发现日期 管控情况 管控人姓名 管控人联系方式 帮扶情况 帮扶人姓名 帮扶人联系方式 有无犯罪史 犯罪情况 吸毒原因 吸毒后果",
    "T21": f"{CORE} 感染途径 是否有违法犯罪史 违法犯罪情况 案件类别 关注类型 帮扶情况 帮扶人姓名 帮扶人联系方式 收治情况 收治机构名称",
    "T22": f"{CORE} 人员类型 家庭情况 监护人公民身份号码 监护人姓名 与监护人关系 监护人联系方式 监护人居住详址 是否违法犯罪 违法犯罪情况 帮扶人姓名 帮扶人联系方式 帮扶手段 帮扶情况",
    "T16": "房屋编号 房屋地址 建筑用途 建筑面积 证件代码 证件号码 房主姓名 房主联系方式 房主现居详址 出租用途 隐患类型 承租人公民身份号码 承租人姓名 承租人联系方式 经度 纬度",
    "T8": "网格名称 网格长姓名 网格员姓名 性别 民族 政治面貌 出生日期 学历 手机号码 固定电话 网格员数量 网格户数 网格面积",
    "T9": "小区(单位)名称 楼栋名称 建筑面积 层数 单元数 楼栋户数 楼栋人数 楼栋长姓名 性别 民族 政治面貌 出生日期 学历 手机号码 所在地 经度 纬度",
    "T23": "统一社会信用代码 企业名称 企业类别 企业地址 企业联系方式 员工数 法定代表人证件代码 法定代表人证件号码 法定代表人姓名 法定代表人联系方式 治保负责人姓名 治保负责人联系方式 是否危化企业 安全隐患类型 关注程度 是否具备建立中共党组织条件 是否有中共党组织 中共党员数量 是否有工会 工会会员数量 是否有共青团组织 共青团团员数量 是否有妇联组织 妇女数量 经度 纬度",
    "T31": "学校名称 学校地址 办学类型 主管教育行政部门 在校学生人数 校长姓名 校长联系方式 分管安全负责人姓名 分管安全负责人联系方式 安全保卫负责人姓名 安全保卫负责人联系方式 治安责任人姓名 治安责任人联系方式 安全保卫人数 经度 纬度",
}  # fmt: skip
WHO: dict[str, Any] = {
    "name": "苗禾青", "former_name": "苗小禾", "ethnic": "土家族", "native_place": "430204", "marriage": "已婚", "politics": "群众", "education": "高中",
    "religion": "无", "occupation_class": "40100", "occupation": "营业员", "employer": "演示商行", "phone": "14200000777", "hukou_area": "430204",
    "hukou_address": "演示路118号", "home_area": "430204", "home_address": "演示路118号2栋301室",
}  # fmt: skip
SINCE = date(2025, 6, 1)


def core(number: str) -> str:
    """The nineteen cells of the person that `WHO` describes."""
    return (
        f"{number}|苗禾青|苗小禾|1|19860528|15|430204|20|13|60|00|40100|营业员|演示商行|14200000777|430204|演示路118号"
        "|430204|演示路118号2栋301室"
    )


def sheet(path) -> list[list[str]]:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [[str(c) for c in row] for row in rows]


def exported(actor, area: int, code: str, folder) -> list[list[str]]:
    """The rows of a table as XLSX, after they were found to be the same in the CSV."""
    services.write_standard(actor=actor, area=area, codes=[code], out=folder)
    (path,) = folder.glob(f"{code}_*.xlsx")
    rows = sheet(path)
    with open(path.with_suffix(".csv"), encoding="utf-8-sig", newline="") as f:
        assert list(csv.reader(f)) == rows
    return rows


def special(kind: str):
    """Somebody who may see this group and no other."""
    role = {
        "released": "justice_officer", "correction": "justice_officer", "psychiatric": "health_officer", "drug": "police_officer",
        "hiv": "disease_officer", "youth": "youth_officer",
    }[kind]  # fmt: skip
    return district_make.actor(
        role, place=district_make.SHIFENG if role == "disease_officer" else district_make.JINGLONG
    )


@pytest.fixture
def clerk(district):
    return district_make.actor("registry_clerk", place=district_make.SHIFENG)


@pytest.mark.parametrize("code", HEADS)
def test_the_columns_are_the_standards_in_its_order(clerk, code, tmp_path):
    may = gb31000.tables_for(clerk)
    actor = clerk if code in may else special(gb31000.ROLE_OF[code])
    area = district_make.JINGLONG if code not in may and actor.lo != clerk.lo else district_make.SHIFENG
    assert exported(actor, area, code, tmp_path)[0] == HEADS[code].split(" ")


@pytest.mark.parametrize(
    ("kind", "code", "details", "cells"),
    [
        ("migrant", "T13", {"inflow_reason": "务工", "permit_kind": "居住证", "permit_number": "430204A1", "registered_on": "2025-06-01",
            "permit_until": "2026-06-01", "dwelling_kind": "租赁房屋", "is_watched": "否"}, "01|01|430204A1|20250601|20260601|02|0"),
        ("left_behind", "T14", {"health": "一般", "own_income": "6000", "is_at_hukou": "一致", "left_kind": "留守老人", "family_id_number": "11010519491231002X",
            "family_name": "苗禾生", "family_health": "较好", "family_relation": "长子", "family_phone": "14200000778", "family_work_address": "外省演示市",
            "family_income": "30000", "needs": "定期送药", "help": "每月探访"},
            "03|6000|01|01|11010519491231002X|苗禾生|02|22|14200000778|外省演示市|30000|定期送药|每月探访"),
        ("released", "T17", {"is_repeat": "否", "crime": "侵犯财产", "sentence": "一年", "prison": "演示监狱", "released_on": "2025-06-01", "risk": "一般帮教",
            "met_on": "2025-06-01", "met_by": "司法所接回", "settled_on": "2025-07-01", "settled_by": "公益性岗位", "is_new_crime": "否"},
            "0|05|一年|演示监狱|20250601|02|20250601|03|20250701|02|||0|"),
        ("correction", "T18", {"correction_number": "4302040000000001", "correction_kind": "缓刑", "case_kind": "050000", "crime": "盗窃", "sentence": "一年",
            "correction_from": "2025-06-01", "correction_until": "2026-05-31", "received_by": "自行报到", "four_histories": "吸毒史、自杀史",
            "has_group": "是", "group_members": "司法所工作人员、志愿者", "is_out_of_control": "否", "is_missed": "否", "is_new_crime": "否"},
            "4302040000000001||02|050000|盗窃|一年|||20250601|20260531|01|01,03|||1|01,03||0||||0||||||0|"),
        ("psychiatric", "T19", {"family_economy": "低收入家庭", "is_dibao": "是", "guardian_name": "苗禾生", "guardian_phone": "14200000778",
            "diagnosis": "精神分裂症", "has_harmed": "否", "times_harmed": 0, "risk_level": "3级", "treatment": "居家服药", "managers": "基层医务人员、片区民警",
            "help": "民政"}, "03|1||苗禾生|14200000778||01|0|0||04|02||||01,02|01"),
        ("drug", "T20", {"found_on": "2024-01-02", "control": "在控", "controller_name": "苗禾生", "controller_phone": "14200000778", "helper_name": "苗禾田",
            "helper_phone": "14200000779", "has_crime": "无"}, "20240102|01|苗禾生|14200000778||苗禾田|14200000779|0|||"),
        ("hiv", "T21", {"infected_by": "不详", "has_crime": "否", "concern": "无", "helper_name": "苗禾田", "helper_phone": "14200000779", "care": "抗病毒治疗"},
            "99|0|||00||苗禾田|14200000779|02|"),
        ("youth", "T22", {"youth_kind": "服刑人员未成年子女", "family": "单亲", "guardian_id_number": "11010519491231002X", "guardian_name": "苗禾生",
            "guardian_relation": "祖父", "guardian_phone": "14200000778", "guardian_address": "演示路118号", "has_crime": "否", "helper_name": "苗禾田",
            "helper_phone": "14200000779", "help_kind": "困难帮扶"}, "04|02|11010519491231002X|苗禾生|61|14200000778|演示路118号|0||苗禾田|14200000779|03|"),
    ],
)  # fmt: skip
def test_a_role_comes_out_with_the_core_fields_in_the_standards_codes(district, tmp_path, kind, code, details, cells):
    number = make.number()
    person = make.person(make.officer(), id_number=number, **WHO)
    by = special(kind) if kind in gb31000.SPECIAL_TABLES else make.officer()
    with scope.use(by):
        services.begin_role(actor=by, person_id=person.pk, kind=kind, since=SINCE, details=details, source="走访采集")
    taker = by if kind in gb31000.SPECIAL_TABLES else district_make.actor("registry_clerk", place=district_make.SHIFENG)
    rows = exported(taker, district_make.JINGLONG, code, tmp_path)
    assert rows[1:] == [f"{core(number)}|{cells}".split("|")]


def test_the_household_comes_out_with_the_registered_person(clerk, tmp_path):
    by, head_number, number = make.officer(), make.number(), make.number()
    head = make.person(by, id_number=head_number, name="苗禾生", phone="14200000778")
    wife = make.person(by, id_number=number, **(WHO | {"hukou_address": WHO["home_address"]}))
    house = services.make_household(actor=by, place_code=by.lo, head_id=head.pk, number="430204118", since=SINCE)
    services.join_household(actor=by, household_id=house.pk, person_id=wife.pk, relation="12", since=SINCE)
    services.begin_role(
        actor=by, person_id=wife.pk, kind="hukou", since=SINCE, details={"is_at_hukou": "一致"}, source="户口簿"
    )
    rows = exported(clerk, district_make.JINGLONG, "T12", tmp_path)
    expected = core(number).replace("|演示路118号|430204|", "|演示路118号2栋301室|430204|")
    assert rows[1:] == [f"{expected}|01|430204118|{head_number}|苗禾生|12|14200000778".split("|")]


def test_a_foreigner_comes_out_without_the_citizens_fields(clerk, tmp_path):
    by = make.officer()
    guest = make.person(
        by, id_type="414", id_number="E12345678", name="安娜", sex="2", birth_on="1990-02-03", phone="14200000780", employer="演示外语学校",
        occupation="教师", home_area="430204", home_address="演示路118号2栋302室",
    )  # fmt: skip
    details = {
        "foreign_surname": "Doe", "foreign_name": "Anna", "nationality": "USA", "document_until": "2030-01-01", "visit_purpose": "就业",
        "arrived_on": "2025-06-01", "leaves_on": "2026-12-31", "is_watched": "否",
    }  # fmt: skip
    services.begin_role(actor=by, person_id=guest.pk, kind="foreigner", since=SINCE, details=details, source="走访采集")
    rows = exported(clerk, district_make.JINGLONG, "T15", tmp_path)
    expected = "Doe|Anna|安娜|2|19900203|USA||414|E12345678|20300101|14200000780|02||教师|演示外语学校|430204|演示路118号2栋302室|20250601|20261231|0"
    assert rows[1:] == [expected.split("|")]


def test_a_letting_has_a_row_a_tenant_and_its_hazard(clerk, tmp_path):
    by = make.officer()
    dwelling = make.dwelling(by.lo)
    number = make.number()
    tenant = make.person(by, id_number=number, name="苗禾田", phone="14200000779")
    services.settle(actor=by, person_id=tenant.pk, dwelling_id=dwelling, kind="rent", since=SINCE)
    rental = services.begin_rental(
        actor=by, dwelling_id=dwelling, since=SINCE,
        values={"landlord_id_type": "111", "landlord_id_number": "11010519491231002X", "landlord_name": "苗禾生", "landlord_phone": "14200000778",
            "landlord_address": "演示路9号", "let_as": "住房"},
    )  # fmt: skip
    (row,) = exported(clerk, district_make.JINGLONG, "T16", tmp_path)[1:]
    assert row[0] == str(dwelling)
    assert row[1].endswith("演示路118号2栋1单元301室")
    assert row[2:4] == ["01", ""]
    assert row[4:14] == f"111|11010519491231002X|苗禾生|14200000778|演示路9号|02|00|{number}|苗禾田|14200000779".split(
        "|"
    )
    assert float(row[14]) == pytest.approx(district_make.point(district_make.cell())[0], abs=1e-7)
    services.set_hazard(actor=by, rental_id=rental.pk, codes=["01"], text="阳台充电")
    assert exported(clerk, district_make.JINGLONG, "T16", tmp_path)[1][10] == "01"


def test_the_lead_of_a_building_comes_out_with_the_building(clerk, tmp_path):
    from wangge.territory import queries as territory

    by = make.officer()
    dwelling = make.dwelling(by.lo)
    building = next(a for a in territory.address_path(dwelling) if a.kind == "building")
    lead = make.person(
        by,
        id_number=make.number(),
        name="苗禾生",
        phone="14200000778",
        ethnic="汉族",
        politics="中共党员",
        education="初中",
    )
    services.settle(actor=by, person_id=lead.pk, dwelling_id=dwelling, kind="own", since=SINCE)
    services.begin_building_lead(actor=by, building_id=building.pk, person_id=lead.pk, since=SINCE)
    (row,) = exported(clerk, district_make.JINGLONG, "T9", tmp_path)[1:]
    assert row[:2] == ["演示路118号", "2栋"]
    assert "|".join(row[5:15]) == "0|1|苗禾生|1|01|01|19860528|70|14200000778|430204"


def test_organisations_come_out_by_kind(clerk, tmp_path):
    cell = district_make.cell()
    first = "91430204MA4L00001"
    uscc = first + numbers.uscc_check_digit(first)
    lng, lat = district_make.point(cell)
    services.register_organisation(
        actor=clerk, kind="enterprise", place_code=cell.code, source="走访采集",
        values={"uscc": uscc, "name": "演示商行", "enterprise_kind": "个体工商户", "address": "演示路 1 号", "phone": "073122330000", "employees": 6,
            "legal_id_type": "身份证", "legal_id_number": "11010519491231002x", "legal_name": "苗禾青", "legal_phone": "14200000901",
            "guard_name": "苗禾青", "guard_phone": "14200000901", "is_hazardous": "否", "safety_hazard": "无", "attention": "低", "can_have_party": "否",
            "has_party": "否", "party_members": 0, "has_union": "否", "union_members": 0, "has_league": "否", "league_members": 0, "has_women": "否",
            "women": 4, "lng": lng, "lat": lat},
    )  # fmt: skip
    services.register_organisation(
        actor=clerk, kind="school", place_code=cell.code, source="教育局",
        values={"name": "演示小学", "address": "演示路 2 号", "school_kind": "小学", "education_office": "石峰区", "students": 860, "head_name": "苗禾生",
            "head_phone": "14200000778"},
    )  # fmt: skip
    (row,) = exported(clerk, district_make.JINGLONG, "T23", tmp_path)[1:]
    expected = f"{uscc}|演示商行|03|演示路 1 号|073122330000|6|111|11010519491231002X|苗禾青|14200000901|苗禾青|14200000901|0|00|03|0|0|0|0|0|0|0|0|4"
    assert row[:-2] == expected.split("|")
    assert [float(row[-2]), float(row[-1])] == pytest.approx([lng, lat], abs=1e-7)
    (row,) = exported(clerk, district_make.JINGLONG, "T31", tmp_path)[1:]
    assert "|".join(row) == "演示小学|演示路 2 号|21|430204|860|苗禾生|14200000778|||||||||"
    missing = sheet(tmp_path / "导出说明.xlsx")
    assert ["T31", "学校", "1.0", "", ""] in missing
    assert ["T31", "学校", "", "安全保卫人数", "1.0"] in missing


def test_a_cell_comes_out_with_its_lead_its_officers_and_its_size(clerk, tmp_path):
    cell = district_make.cell()
    district_make.officer(cell, name="grid-a")
    district_make.officer(cell, name="grid-b")
    rows = exported(clerk, cell.code, "T8", tmp_path)[1:]
    assert {(r[0], r[2], r[10], r[11]) for r in rows} == {
        (cell.name, "演示grid-a", "2", "0"),
        (cell.name, "演示grid-b", "2", "0"),
    }
    assert float(rows[0][12]) > 1000


def test_roles_that_are_over_and_people_who_left_do_not_come_out(clerk, tmp_path):
    by = make.officer()
    details = {"inflow_reason": "务工", "dwelling_kind": "租赁房屋", "is_watched": "否"}
    for name in ("苗禾一", "苗禾二", "苗禾三"):
        one = make.person(by, name=name)
        row = services.begin_role(
            actor=by, person_id=one.pk, kind="migrant", since=SINCE, details=details, source="走访采集"
        )
        if name == "苗禾二":
            services.end_role(
                actor=by, person_id=one.pk, kind="migrant", row_id=row.pk, until=date(2026, 1, 1), reason="返乡"
            )
        if name == "苗禾三":
            services.depart(actor=by, person_id=one.pk, on=date(2026, 2, 1), reason="返乡")
    rows = exported(clerk, district_make.JINGLONG, "T13", tmp_path)
    assert [r[1] for r in rows[1:]] == ["苗禾一"]


def test_more_rows_than_a_batch_come_out_once_each(clerk, tmp_path, monkeypatch):
    by = make.officer()
    details = {"inflow_reason": "务工", "dwelling_kind": "租赁房屋", "is_watched": "否"}
    names = [f"苗禾{n}" for n in "一二三四五六七"]
    for name in names:
        one = make.person(by, name=name)
        services.begin_role(actor=by, person_id=one.pk, kind="migrant", since=SINCE, details=details, source="走访采集")
    whole = gb31000.batch
    monkeypatch.setattr(gb31000, "batch", lambda *a, **k: whole(*a, **(k | {"size": 3})))
    rows = exported(clerk, district_make.JINGLONG, "T13", tmp_path)
    assert sorted(r[1] for r in rows[1:]) == sorted(names)


# ---- who may take what away -------------------------------------------------------------------------------------------


def test_a_special_group_is_taken_by_its_own_right_and_never_by_the_system(district, tmp_path):
    assert not gb31000.SPECIAL_CODES & set(gb31000.tables_for(SYSTEM))
    assert gb31000.tables_for(special("psychiatric")) == ["T19"]
    assert set(gb31000.tables_for(special("released"))) == {"T17", "T18"}
    clerk = district_make.actor("registry_clerk", place=district_make.SHIFENG)
    assert not gb31000.SPECIAL_CODES & set(gb31000.tables_for(clerk))
    assert gb31000.tables_for(make.officer()) == []
    for actor, code in ((clerk, "T21"), (SYSTEM, "T17"), (special("psychiatric"), "T17"), (make.officer(), "T12")):
        with pytest.raises(Refusal) as refused:
            services.write_standard(actor=actor, area=district_make.JINGLONG, codes=[code], out=tmp_path / "x")
        assert refused.value.status == 403
    assert not (tmp_path / "x").exists()


def test_an_area_out_of_reach_is_refused(district, tmp_path):
    street = district_make.actor("street", place=district_make.JINGLONG)
    for area in (district_make.SHIFENG, district_make.HETANG, 12):
        with pytest.raises(Refusal) as refused:
            services.write_standard(actor=street, area=area, codes=["T12"], out=tmp_path)
        assert refused.value.code == "place"


def test_what_left_is_on_record_without_a_name(clerk, tmp_path):
    make.person(make.officer(), **WHO)
    exported(clerk, district_make.JINGLONG, "T12", tmp_path)
    entry = AuditEntry.objects.filter(action="registry.standard_exported").latest("pk")
    assert entry.data["rows"] == {"T12": 0}
    assert "苗禾青" not in str(entry.data)


# ---- at the desk ------------------------------------------------------------------------------------------------------


def test_an_export_is_ordered_written_and_fetched_by_its_owner_alone(clerk, sign_in):
    by = make.officer()
    number = make.number()
    person = make.person(by, id_number=number, **WHO)
    services.begin_role(
        actor=by, person_id=person.pk, kind="migrant", since=SINCE, source="走访采集",
        details={"inflow_reason": "务工", "dwelling_kind": "租赁房屋", "is_watched": "否"},
    )  # fmt: skip
    client = sign_in(clerk)
    page = client.get("/registry/exports").content.decode()
    assert "T13 流动人口" in page
    assert "艾滋病" not in page
    bad = client.post("/registry/exports", {"area": str(district_make.JINGLONG), "tables": ["T13"], "reason": "报"})
    assert bad.status_code == 422
    assert (
        client.post(
            "/registry/exports", {"area": str(district_make.JINGLONG), "tables": ["T21"], "reason": "报市委政法委"}
        ).status_code
        == 422
    )
    made = client.post(
        "/registry/exports", {"area": str(district_make.JINGLONG), "tables": ["T13", "T12"], "reason": "报市委政法委"}
    )
    one = StandardExport.objects.get()
    assert made["Location"] == f"/registry/exports/{one.pk}"
    assert "排队" in client.get(made["Location"]).content.decode()
    assert client.post(f"/registry/exports/{one.pk}/file").status_code == 409
    services.run_export(actor=SYSTEM, export_id=one.pk)
    services.run_export(actor=SYSTEM, export_id=one.pk)  # a second worker finds nothing to do
    one.refresh_from_db()
    assert (one.state, one.counts["T13"]["rows"], one.written) == ("done", 1, 1)
    with files.store().open(f"exports/{one.pk}") as f:
        assert number.encode() not in f.read()
    sent = client.post(f"/registry/exports/{one.pk}/file")
    archive = zipfile.ZipFile(io.BytesIO(sent.content))
    assert number in archive.read("T13_流动人口.csv").decode()
    assert sorted(archive.namelist()) == sorted(
        ["T12_户籍人口.csv", "T12_户籍人口.xlsx", "T13_流动人口.csv", "T13_流动人口.xlsx", "导出说明.xlsx"]
    )
    other = district_make.actor("registry_clerk", place=district_make.SHIFENG, name="clerk-two")
    assert sign_in(other).post(f"/registry/exports/{one.pk}/file").status_code == 404
    assert "只有导出人本人" in sign_in(other).get(f"/registry/exports/{one.pk}").content.decode()
    assert AuditEntry.objects.filter(action="registry.export_fetched", subject=str(one.pk)).count() == 1
    assert client.post(f"/registry/exports/{one.pk}/remove").status_code == 302
    assert client.post(f"/registry/exports/{one.pk}/file").status_code == 410
    assert not files.store().has(f"exports/{one.pk}")


def test_an_export_is_gone_after_a_day_and_a_lost_one_is_begun_anew(clerk):
    one = services.order_export(actor=clerk, area=district_make.JINGLONG, codes=["T12"], reason="报市委政法委")
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    later = clock.now() + timedelta(minutes=11)
    with clock.frozen(later):
        assert services.repair_exports(actor=SYSTEM) == 1
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'registry.write_export'")
        assert cursor.fetchone()[0] == 1
    services.run_export(actor=SYSTEM, export_id=one.pk)
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        with pytest.raises(Refusal, match="已清除"):
            services.fetch_export(actor=clerk, export_id=one.pk)
        assert services.repair_exports(actor=SYSTEM) == 1
    assert StandardExport.objects.get(pk=one.pk).state == "removed"
    with pytest.raises(NotHere):
        services.fetch_export(actor=SYSTEM, export_id=one.pk)


def test_an_export_does_no_more_than_its_owner_may_when_it_is_written(clerk):
    justice = special("released")
    one = services.order_export(actor=justice, area=district_make.JINGLONG, codes=["T17"], reason="季度帮教数据")
    StandardExport.objects.filter(pk=one.pk).update(actor=one.actor | {"rights": ["registry.view"]})
    services.run_export(actor=SYSTEM, export_id=one.pk)
    one.refresh_from_db()
    assert (one.state, "不能导出" in one.trouble) == ("failed", True)


def test_a_right_that_was_taken_away_closes_the_file(clerk):
    one = services.order_export(actor=clerk, area=district_make.JINGLONG, codes=["T12"], reason="报市委政法委")
    services.run_export(actor=SYSTEM, export_id=one.pk)
    account = identity.account_by_id(clerk.id)
    less = identity.actor_for(account, None, "desk")
    assert less.id == clerk.id
    with pytest.raises((Refusal, NotHere)):
        services.fetch_export(actor=less, export_id=one.pk)
