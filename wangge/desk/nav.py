"""The rail: which rooms the active post may enter, with counts of what waits there."""

from django.urls import NoReverseMatch, reverse

from wangge.casework import queries as casework
from wangge.kernel.actor import Actor
from wangge.kernel.paging import count_capped

# (words, URL name, any of these rights; none: everybody). An empty word is a line between groups.
ITEMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("待办", "desk:inbox", ("events.view",)),
    ("全部件", "desk:cases", ("events.view",)),
    ("登记事件", "desk:new", ("events.report",)),
    ("调度台", "desk:console", ("events.console",)),
    ("督办牌", "desk:cards", ("events.view",)),
    ("设备告警", "events:alarms", ("devices.view",)),
    ("设备", "events:devices", ("devices.view",)),
    ("四平台", "desk:platforms", ("events.console", "events.export")),
    ("", "", ()),
    ("网格", "territory:cells", ("territory.view",)),
    ("人员", "registry:people", ("registry.view",)),
    ("房屋", "registry:dwellings", ("registry.view",)),
    ("标准地址", "territory:addresses", ("territory.view", "registry.view", "territory.places")),
    ("部件", "territory:fixtures", ("territory.view", "registry.view", "territory.places")),
    ("组织", "registry:organisations", ("registry.view",)),
    ("", "", ()),
    ("采集记录", "registry:collected", ("registry.view",)),
    ("核实抽查", "registry:stale", ("registry.view",)),
    ("到期事项", "registry:due", ("registry.view",)),
    ("任务清单", "registry:campaigns", ("registry.view", "exchange.request")),
    ("", "", ()),
    ("导入", "registry:imports", ("registry.import",)),
    ("标准导出", "registry:exports", ("registry.export", "registry.special")),
    ("数据字典", "registry:dictionary", ("registry.lists", "registry.export")),
    ("区划移交", "desk:transfers", ("territory.transfer", "territory.sign")),
    ("类别与时限", "desk:categories", ("catalogue.edit",)),
    ("工作日历", "desk:calendar", ("calendar.edit",)),
    ("", "", ()),
    ("数据归集", "exchange:sources", ("exchange.manage", "exchange.link")),
    ("关联复核", "exchange:review", ("exchange.link",)),
    ("数据目录", "exchange:catalogue", ("exchange.manage", "exchange.request", "exchange.approve")),
    ("数据共享", "exchange:shares", ("exchange.manage", "exchange.request", "exchange.approve")),
    ("个人信息请求", "exchange:privacy", ("privacy.handle",)),
    ("销档清单", "exchange:destructions", ("registry.special",)),
    ("", "", ()),
    ("公开文本审核", "disclosure:audits", ("disclosure.audit",)),
    ("账簿", "finance:books", ("finance.view",)),
    ("预算单位", "finance:units", ("finance.chart",)),
    ("绩效", "finance:performance", ("performance.view", "performance.edit", "performance.approve")),
    ("公开文本", "disclosure:sets", ("disclosure.prepare", "disclosure.review", "disclosure.publish")),
    ("信息公开", "disclosure:publications", ("disclosure.prepare", "disclosure.review", "disclosure.publish")),
    ("", "", ()),
    ("账号", "identity:accounts", ("identity.accounts", "identity.security")),
    ("岗位", "identity:posts", ("identity.accounts", "identity.view")),
    ("机构", "identity:departments", ("identity.accounts", "identity.view")),
    ("角色权限", "identity:roles", ("identity.security",)),
    ("登录会话", "identity:admin-sessions", ("identity.security",)),
    ("审计记录", "identity:audit", ("audit.read",)),
)

# Pages that lie under an item without their address saying so: the tabs of one desk.
ALSO: dict[str, tuple[str, ...]] = {
    "/registry/stale": ("/registry/samples", "/registry/limits"),
    "/registry/campaigns": ("/registry/lists",),
}

Item = tuple[str, str, str, bool]


def items(actor: Actor, path: str, waiting: str | None = None) -> list[Item]:
    """`(label, url, count, active)` for the actor; a line between groups is `("", "", "", False)`.

    `waiting` is the count of the inbox when the page has it already.
    """
    found: list[Item] = []
    for label, name, rights in ITEMS:
        if not label:
            if found and found[-1][0]:
                found.append(("", "", "", False))
            continue
        if rights and not any(actor.may(r) for r in rights):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # a room that this installation leaves out
            continue
        count = (waiting or count_capped(casework.inbox(actor))) if name == "desk:inbox" else ""
        found.append((label, url, "" if count == "0" else count, _is_here(url, path)))
    if found and not found[-1][0]:
        found.pop()
    return found


def _is_here(url: str, path: str) -> bool:
    if url == "/desk/":
        return path == url
    if url == "/finance/" and path.startswith(("/finance/performance", "/finance/setup")):
        return False
    if any(path == one or path.startswith(one + "/") for one in ALSO.get(url, ())):
        return True
    if url == "/devices" and path.startswith("/devices/alarms"):
        return False
    return (
        path == url
        or path.startswith(url.rstrip("/") + "/")
        or (url == "/desk/cases" and path.startswith("/desk/case/"))
    )


def first(actor: Actor) -> str:
    """Where somebody without cases begins: the first page they may enter, else their own account."""
    return next((url for _, url, _, _ in items(actor, "") if url), "/account")
