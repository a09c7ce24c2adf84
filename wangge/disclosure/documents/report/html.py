"""One self-contained HTML page per document, and a page that ranks several. No link leads out, no script is fetched."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wangge.disclosure.documents.model import Report
from wangge.disclosure.documents.report import contract, marks, view
from wangge.disclosure.documents.report.mask import masked
from wangge.disclosure.terms import KINDS, SEVERITIES

_ROOT = Path(__file__).resolve().parents[3]
_FRAME = """
body { margin: 0; color: var(--ink); background: var(--ground); font: var(--desk-text)/var(--desk-line) var(--font); }
body.one { display: grid; grid-template-rows: auto minmax(0, 1fr); height: 100vh; }
a { color: var(--blue); }
header, main.ranking { padding: var(--s3) var(--s4); }
h1 { margin: 0 0 var(--s1); font-size: var(--heading-1); line-height: 1.4; }
header p { margin: 0; color: var(--ink-2); overflow-wrap: anywhere; }
.tag { display: inline-block; padding: 0 4px; border: 1px solid currentColor; border-radius: var(--radius); font-size: var(--small); }
.tag[data-severity="error"] { color: var(--red); }
.tag[data-severity="suspicious"] { color: var(--amber); }
.tag[data-severity="rounding"] { color: var(--grey); }
.filters { display: flex; flex-wrap: wrap; gap: var(--s2); margin: 0 0 var(--s2); }
select { min-height: 28px; font: inherit; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 1px; }
.skip { position: absolute; left: 8px; top: -100px; padding: 8px 16px; background: var(--ground); border: 2px solid var(--blue); }
.skip:focus { top: 8px; z-index: 9; }
[hidden] { display: none !important; }
.nowrap { white-space: nowrap; }
table.rank { border-collapse: collapse; }
table.rank th, table.rank td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: left; }
table.rank .num { text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 900px) { body.one { display: block; height: auto; } }
@page { margin: 15mm 12mm; }
@media print { body.one { display: block; height: auto; } header { padding: 0; } }
"""


def _asset(path: str) -> str:
    return (_ROOT / path).read_text(encoding="utf-8")


def _shell(title: str, kind: str, body: str, script: str = "") -> str:
    style = _asset("kernel/static/wangge/tokens.css") + _asset("disclosure/static/disclosure/audit.css") + _FRAME
    return (
        '<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{style}</style></head>\n'
        f'<body class="{kind}">\n{body}\n{f"<script>{script}</script>" if script else ""}</body></html>\n'
    )


def page(report: Report) -> str:
    """The document on the left, its findings on the right; links lead both ways, `j` and `k` step, it prints in order."""
    document = report.document
    made = marks.of(report.findings)
    text = view.document(document.source, made)
    lost = view.unplaced(document.source, made)
    totals, cover = report.checks.total(), contract.coverage(document)
    counts = "，".join(f"{word} {sum(f.severity == s for f in report.findings)} 条" for s, word in SEVERITIES.items())
    title = f"{document.unit} {document.year} 年{KINDS[document.kind]}"
    found = [contract.finding(f, n) for n, f in enumerate(report.findings, 1)]
    head = (
        f'<a class="skip" href="#found">跳到发现</a><header><h1>{escape(title)}</h1>'
        f"<p>{escape(masked(document.source.file))}。{counts}。核对 {totals['run']} 次，相符 {totals['passed']} 次，"
        f"尾差 {totals['rounding']} 次，不符 {totals['failed']} 次。"
        f"读出 {cover['cells_read']}/{cover['cells_seen']} 格（{cover['share']:.1%}）。</p>"
        f'<p>文件摘要 <span translate="no">{document.source.sha256}</span> <a class="to-found" href="#found">跳到发现</a></p></header>'
    )
    listed = _filters(found) + "".join(_group(s, [f for f in found if f["severity"] == s], lost) for s in SEVERITIES)
    if not found:
        listed = "<p>核对的关系全部相符，没有发现问题。</p>"
    body = (
        f'{head}<main class="audit"><article class="doc" id="doc" tabindex="0" aria-label="公开文本">{text}</article>'
        f'<section class="found" id="found" tabindex="0" aria-label="发现">{listed}{_gaps(report)}</section></main>'
    )
    return _shell(title, "one", body, _asset("disclosure/static/disclosure/audit.js"))


def _filters(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return ""
    rules = "".join(f"<option>{escape(r)}</option>" for r in sorted({f["rule"] for f in found}))
    severities = "".join(f'<option value="{s}">{w}</option>' for s, w in SEVERITIES.items())
    return (
        '<p class="filters no-print"><label>规则 <select data-filter="rule"><option value="">全部</option>'
        f'{rules}</select></label><label>类别 <select data-filter="severity"><option value="">全部</option>'
        f"{severities}</select></label><span>按 j、k 逐条查看</span></p>"
    )


def _group(severity: str, found: Sequence[Mapping[str, Any]], lost: set[int]) -> str:
    if not found:
        return ""
    items = "".join(_item(f, f["number"] in lost) for f in found)
    return f"<div data-group><h2>{SEVERITIES[severity]}（{len(found)}）</h2><ol>{items}</ol></div>"


def _item(f: Mapping[str, Any], lost: bool) -> str:
    facts = (("公开文本", f["printed"]), ("应为", f["expected"]), ("相差", f["difference"]), ("计算", f["formula"]))
    lines = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    number = f["number"]
    where = escape(f["where"])
    link = f"{number}. {where}" if lost else f'<a href="#m{number}">{number}. {where}</a>'
    quote = f"<blockquote>{escape(f['quote'])}</blockquote>" if f["quote"] else ""
    doubt = "" if f["origin"] == "issuer" else "<p>也可能是转换文字时造成的，请对照原件。</p>"
    return (
        f'<li class="finding" id="f{number}" data-finding="{number}" data-rule="{escape(f["rule"])}"'
        f' data-severity="{f["severity"]}"><p class="head">{link}'
        f'<span class="tag" data-severity="{f["severity"]}">{SEVERITIES[f["severity"]]}</span>'
        f'<span class="nowrap">{escape(f["rule"])}，把握 {f["confidence"]:.0%}</span></p>'
        f"<p>{escape(f['explanation'])}</p><dl>{lines}</dl>{quote}{doubt}</li>"
    )


def _gaps(report: Report) -> str:
    gaps = [contract._gap(g) for g in report.document.gaps]
    if not gaps:
        return "<h2>未识别（0）</h2><p>全部内容均已识别。</p>"
    lines = "".join(
        f"<li>{escape(g['what'])}：{escape(g['why'])}{'（' + escape(g['where']) + '）' if g['where'] else ''}</li>"
        for g in gaps
    )
    return f'<h2>未识别（{len(gaps)}）</h2><ol class="gaps">{lines}</ol>'


def ranking(rows: Iterable[Mapping[str, Any]]) -> str:
    """A page that lists several documents, worst first; `link` in a row leads to its own page, `sentence` says why not."""
    lines = []
    for n, row in enumerate(rows, 1):
        name = escape(row["file"])
        name = f'<a href="{quote(row["link"])}">{name}</a>' if row.get("link") else name
        if row.get("sentence"):
            lines.append(
                f'<tr><td class="num">{n}</td><td>{name}</td><td colspan="6">{escape(row["sentence"])}</td></tr>'
            )
            continue
        lines.append(
            f'<tr><td class="num">{n}</td><td>{name}</td><td>{escape(row["unit"])}</td><td>{row["year"]}</td>'
            f'<td>{KINDS[row["kind"]]}</td><td class="num">{row["error"]}</td><td class="num">{row["suspicious"]}</td>'
            f'<td class="num">{row["rounding"]}</td></tr>'
        )
    heads = "<th>文件</th><th>单位</th><th>年度</th><th>种类</th>" + "".join(
        f'<th class="num">{word}</th>' for word in SEVERITIES.values()
    )
    table = f'<table class="rank"><thead><tr><th class="num">名次</th>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    return _shell("审核排名", "many", f'<main class="ranking"><h1>审核排名</h1>{table}</main>')
