"""`wangge audit`: published documents in, findings out. Needs no database and loads no Django.

Exit status: 0 nothing wrong, 1 errors were found, 2 nothing could be read (or, without errors, some file could not).
"""

import errno
import hashlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click

from wangge.disclosure import terms

CLEAN, ERRORS, UNREADABLE = 0, 1, 2
STDIN = "标准输入"
# Fewer files than this are not worth the start of further processes.
SHARED_FROM = 4


@dataclass(slots=True)
class Outcome:
    """What became of one file: its report, or the sentence why there is none. `same_as` names an earlier equal file."""

    file: str
    report: Any = None
    code: str = ""
    sentence: str = ""
    same_as: str = ""
    trace: str = ""
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, ...]:
        """Worst first; then what could not be read, then repetitions."""
        if self.report is None:
            return (1 if self.code != "same_file" else 2, 0, 0, 0)
        return (0, -self.summary["error"], -self.summary["suspicious"], -self.summary["rounding"])


class Failed(click.ClickException):
    """The command itself could not do its work; unlike a usage error it shows no help."""

    exit_code = UNREADABLE

    def show(self, file: IO[Any] | None = None) -> None:
        """The sentence alone, without an English word before it."""
        click.echo(self.format_message(), file=file, err=file is None)


def audit(files: Sequence[str], form: str, out: Path | None) -> int:
    """Audit the files and folders, write the result in that form, and give the exit status."""
    paths = list(_found(files))
    if not paths:
        raise Failed("这些文件夹里没有可以审核的文件（PDF、DOCX、XLSX、HTML、TXT）。")
    several = len(paths) > 1 or any(Path(f).is_dir() for f in files)
    _check_out(form, out, several)
    if out is not None and any(_is_same(path, out) for path in paths):
        raise Failed(f"“{out}”正是要审核的文件，结果会盖掉它。请另写一个文件名。")
    outcomes = _audited(paths, several)
    _write(outcomes, form, out, several)
    for one in outcomes:
        if one.sentence and (not several or form != "table" or out is not None):
            click.echo(f"{one.file}：{one.sentence}", err=True)
        if one.trace:
            click.echo(f"{one.file}\n{one.trace}", err=True)
    return status(outcomes)


def status(outcomes: Sequence[Outcome]) -> int:
    """1 when a document has errors, 2 when a file could not be read and none has errors, else 0."""
    if any(o.report and o.summary["error"] for o in outcomes):
        return ERRORS
    return UNREADABLE if any(o.report is None and o.code != "same_file" for o in outcomes) else CLEAN


def _found(files: Sequence[str]) -> Iterator[str]:
    """The files named, and those in the folders named, in order and each once."""
    seen = set()
    for one in files:
        path = Path(one)
        inside: list[Path | str] = [one]
        if one != "-" and path.is_dir():
            hidden = {".git", "__MACOSX"}
            inside = [
                p
                for p in sorted(path.rglob("*"))
                if p.suffix.lower() in terms.SUFFIXES
                and not p.name.startswith((".", "~$"))
                and not hidden & set(p.parts)
                and p.is_file()
            ]
        for name in map(str, inside):
            if name not in seen:
                seen.add(name)
                yield name


# ---- auditing -----------------------------------------------------------------------------------------------------


def _audited(paths: Sequence[str], several: bool) -> list[Outcome]:
    """Every file's outcome, worst first; the same bytes twice are audited once."""
    outcomes: list[Outcome | None] = [None] * len(paths)
    first: dict[str, str] = {}
    todo: list[tuple[int, str]] = []
    for n, path in enumerate(paths):
        try:
            digest = _digest(path) if path != "-" else ""
        except OSError as error:
            outcomes[n] = Outcome(path, code="no_file", sentence=_why(error))
            continue
        if digest and digest in first:
            said = f"与“{first[digest]}”是同一个文件，没有重复审核。"
            outcomes[n] = Outcome(path, code="same_file", sentence=said, same_as=first[digest])
            continue
        first[digest] = path
        todo.append((n, path))
    with ExitStack() as stack:
        results = _started(todo, stack)
        with _bar(len(todo), several) as advance:
            for n, done in results:
                outcomes[n] = done
                advance(done.file)
    ready = [o for o in outcomes if o is not None]
    _same_words(ready)
    return sorted(ready, key=lambda o: o.rank) if several else ready


def _digest(path: str) -> str:
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "没有这个文件。请核对路径。"
    if isinstance(error, PermissionError):
        return "没有读取这个文件的权限。"
    return f"文件读不出来：{_said(error)}。"


_REASONS = {
    errno.ELOOP: "链接绕成了圈",
    errno.ENOSPC: "磁盘已满",
    errno.ENOENT: "没有这个文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这是文件夹",
    errno.EACCES: "没有写入的权限",
    errno.EPERM: "没有写入的权限",
    errno.EROFS: "磁盘只能读",
    errno.ENAMETOOLONG: "文件名太长",
}


def _said(error: OSError) -> str:
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def _is_same(path: str, out: Path) -> bool:
    try:
        return path != "-" and out.exists() and os.path.samefile(path, out)
    except OSError:
        return False


def _same_words(outcomes: Sequence[Outcome]) -> None:
    """Say of a document whose printed words equal an earlier one's, in another file or format."""
    first: dict[str, str] = {}
    for one in outcomes:
        if one.report and (digest := one.summary["text_sha256"]):
            earlier = first.setdefault(digest, one.file)
            one.same_as = earlier if earlier != one.file else ""


def _started(todo: Sequence[tuple[int, str]], stack: ExitStack) -> Iterator[tuple[int, Outcome]]:
    """Outcomes in order. Many files share the processors, which are set to work here, before a bar has its thread."""
    workers = min(os.cpu_count() or 1, len(todo))
    if len(todo) < SHARED_FROM or workers < 2 or any(path == "-" for _, path in todo):
        return ((n, one(path)) for n, path in todo)
    pool = stack.enter_context(ProcessPoolExecutor(workers))
    return _gathered(todo, [pool.submit(one, path) for _, path in todo])


def _gathered(todo: Sequence[tuple[int, str]], futures: Sequence[Future[Outcome]]) -> Iterator[tuple[int, Outcome]]:
    """A process that dies takes the shared work with it; what was left is then done file by file."""
    for (n, path), future in zip(todo, futures, strict=True):
        try:
            yield n, future.result()
        except BrokenProcessPool:
            yield n, _alone(path)


def _alone(path: str) -> Outcome:
    """The file in a process of its own: whatever it does there, the others are still audited."""
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(one, path).result()
    except BrokenProcessPool:
        return Outcome(path, code="internal", sentence="审核这个文件时程序意外中止，其他文件不受影响。")


def one(path: str) -> Outcome:
    """Read, understand and audit a file; never raises."""
    name = STDIN if path == "-" else path
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        report = terms.audit_bytes(data, name)
        return Outcome(name, report, summary=terms.summary(report))
    except terms.unreadable() as error:
        return Outcome(name, code=str(getattr(error, "code", "")), sentence=str(error))
    except OSError as error:
        return Outcome(name, code="no_file", sentence=_why(error))
    except Exception as error:
        sentence = f"审核这个文件时程序出错（{type(error).__name__}），其他文件不受影响。请把文件交给运维人员。"
        return Outcome(name, code="internal", sentence=sentence, trace=traceback.format_exc())


class _bar:
    """A progress bar on a terminal's standard error; nothing elsewhere."""

    def __init__(self, count: int, several: bool) -> None:
        self.count, self.shown = count, several and sys.stderr.isatty()

    def __enter__(self) -> Callable[[str], None]:
        if not self.shown:
            return lambda file: None
        from rich.console import Console
        from rich.progress import Progress

        self.progress = Progress(console=Console(stderr=True), transient=True)
        task = self.progress.add_task("审核", total=self.count)
        self.progress.start()
        return lambda file: self.progress.update(task, advance=1, description=Path(file).name[:24])

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self.progress.stop()


# ---- writing ------------------------------------------------------------------------------------------------------


def _check_out(form: str, out: Path | None, several: bool) -> None:
    """Refuse before the work what would fail after it."""
    if form == "xlsx" and out is None and (several or sys.stdout.isatty()):
        raise Failed("表格文件不能显示在屏幕上，请用 --out 指定保存的位置。")
    if form == "html" and out is None and several:
        raise Failed("多个文件的网页请用 --out 指定一个文件夹。")
    if out is None:
        return
    if several and form in ("html", "xlsx") and out.exists() and not out.is_dir():
        raise Failed(f"“{out}”不是文件夹。审核多个文件时，--out 应指定一个文件夹。")
    if not (several and form in ("html", "xlsx")) and out.is_dir():
        raise Failed(f"“{out}”是文件夹，请写明要保存的文件名。")


def _write(outcomes: Sequence[Outcome], form: str, out: Path | None, several: bool) -> None:
    try:
        if several and form in ("html", "xlsx"):
            assert out is not None
            _write_folder(outcomes, form, out)
            return
        content = _content(outcomes, form, several, colour=out is None and sys.stdout.isatty())
        if not content:
            return
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(content)
        else:
            stream: IO[bytes] = sys.stdout.buffer
            stream.write(content)
            stream.flush()
    except BrokenPipeError:  # `wangge audit … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise Failed(f"结果写不到“{out or '标准输出'}”：{_said(error)}。") from None


def _content(outcomes: Sequence[Outcome], form: str, several: bool, colour: bool) -> bytes:
    if form == "json":
        told = [_told(o) for o in outcomes]
        return _json(told if several else told[0])
    if form == "table":
        return _tables(outcomes, several, colour).encode()
    report = outcomes[0].report
    if report is None:
        return b""
    return terms.as_html(report).encode() if form == "html" else terms.as_xlsx(report)


def _told(outcome: Outcome) -> dict[str, Any]:
    """The JSON of one file: the contract, or `file` and `error`; `same_as` names the earlier equal file."""
    same = {"same_as": outcome.same_as} if outcome.same_as else {}
    if outcome.report is None:
        return {"file": outcome.file, "error": {"code": outcome.code, "sentence": outcome.sentence}} | same
    return terms.as_json(outcome.report) | same


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _tables(outcomes: Sequence[Outcome], several: bool, colour: bool) -> str:
    width = os.get_terminal_size().columns if colour else None
    shown = "\n".join(terms.as_table(o.report, width, colour) for o in outcomes if o.report)
    return f"{shown}\n{terms.ranking(_rows(outcomes), 'table', width, colour)!s}" if several else shown


def _rows(outcomes: Sequence[Outcome], links: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What a ranking shows of each file."""
    rows = []
    for o in outcomes:
        link = {"link": links[o.file]} if links and o.file in links else {}
        rows.append(o.summary | link if o.report else {"file": o.file, "sentence": o.sentence})
    return rows


def _write_folder(outcomes: Sequence[Outcome], form: str, out: Path) -> None:
    """A file per document and one that ranks them."""
    out.mkdir(parents=True, exist_ok=True)
    links: dict[str, str] = {}
    for o in outcomes:
        if o.report is None:
            continue
        name = f"{len(links) + 1:03d}-{Path(o.file).stem[:60]}.{form}"
        links[o.file] = name
        content = terms.as_html(o.report).encode() if form == "html" else terms.as_xlsx(o.report)
        (out / name).write_bytes(content)
    ranking = terms.ranking(_rows(outcomes, links), form)
    name = "index.html" if form == "html" else "排名.xlsx"
    (out / name).write_bytes(ranking.encode() if isinstance(ranking, str) else ranking)
    click.echo(f"已写入 {len(links)} 份文件的结果和排名：{out}", err=True)
