"""The command line `jiuzhu`: thin; each command asks one module, imported only when it is needed.

`--help` and a night with nothing new must answer before the heavy imports would have ended.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flows import terminal
from flows.errors import SettingsError

app = typer.Typer(
    cls=terminal.Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="救助数仓:各部门的表格每夜变成可核对、可追溯的救助统计。例:jiuzhu nightly",
)
NIGHT, RESULTS, DEPARTMENTS = "每夜运行", "看结果", "与部门往来"
Audience = Annotated[Literal["analyst", "public"], typer.Option(help="读哪个库:analyst 内部使用;public 已隐去小格子")]
TableOrData = Annotated[Literal["table", "csv", "json"], typer.Option(help="输出样式")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="写到文件,而不是屏幕")]


def command(name: str, panel: str, purpose: str, example: str) -> Any:
    """Register a command; its help is one line in Chinese with an example."""
    return app.command(name, cls=terminal.Command, rich_help_panel=panel, help=f"{purpose}。例:jiuzhu {example}")


@command(
    "sample",
    NIGHT,
    "生成虚构的示范区(339900)各部门报表",
    "sample --out data/inbox",
)
def sample(
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="写到哪个收件箱")] = None,
    seed: Annotated[int, typer.Option(help="随机种子;相同种子逐字节相同")] = 20250630,
    scale: Annotated[int, typer.Option(min=1, help="几个示范区(500 约为一百万救助对象)")] = 1,
    months: Annotated[int, typer.Option(min=1, help="花名册和发放的月数")] = 18,
) -> None:
    from flows.sample import generate
    from flows.settings import settings
    from flows.show import say

    place = out or settings().inbox
    generate(place, seed=seed, scale=scale, months=months)
    say(f"示范区报表在 {place}")


@command(
    "nightly",
    NIGHT,
    "跑一夜:收文件、检查、建表、审核、发布",
    "nightly",
)
def nightly(
    inbox: Annotated[Path | None, typer.Option(metavar="DIR", help="收件箱;默认是数据文件夹里的 inbox")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="没有新文件也从落地数据重建并发布")] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM", help="业务月份;默认最近报来的月份")] = None,
) -> None:
    from flows.gap import month_of

    month = month_of(as_of, "--as-of") if as_of else None
    from flows.tonight import run

    outcome = run(inbox, rebuild, month)
    from flows.status import after_night

    after_night(outcome)
    raise typer.Exit(outcome.exit_code)


@command(
    "serve",
    NIGHT,
    "守着时间表,每天定时跑一夜(默认 02:00,Asia/Shanghai,设置 JIUZHU_CRON)",
    "serve",
)
def serve() -> None:
    from flows.serve import serve as keep

    keep()


@command(
    "status",
    NIGHT,
    "现在用的是哪次发布、哪个业务月份,最近一夜收了什么,数据和密钥在哪",
    "status",
)
def status() -> None:
    from flows import status

    status.show()


@command(
    "releases",
    NIGHT,
    "列出全部发布,* 是正在使用的",
    "releases",
)
def releases() -> None:
    from flows import status

    status.show_releases()


@command(
    "rollback",
    NIGHT,
    "退回到以前的一次发布;之后没有新报表的夜晚保持不变",
    "rollback 20250702T020000Z-1a2b3c",
)
def rollback(release: Annotated[str, typer.Argument(metavar="ID", help="发布编号,见 jiuzhu releases")]) -> None:
    from flows.release import rollback as move
    from flows.show import say

    move(release)
    say(f"现在使用的发布:{release}")


@command(
    "gap",
    RESULTS,
    "街道、村(社区)差距表:差多少,是不是真的差,补齐要多少",
    "gap --level village --month 2025-06",
)
def gap(
    level: Annotated[str | None, typer.Option(help="级别,如 street、village;默认 street")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="月份;默认最近一个月")] = None,
    programme: Annotated[str | None, typer.Option(help="救助项目代码;默认 dibao")] = None,
    indicator: Annotated[str | None, typer.Option(help="指标代码;默认 coverage(覆盖率)")] = None,
    basis: Annotated[str | None, typer.Option(help="hukou 户籍口径(默认)或 resident 常住口径")] = None,
    format: Annotated[Literal["table", "csv", "json", "xlsx"], typer.Option(help="输出样式")] = "table",
    out: Out = None,
    audience: Audience = "analyst",
) -> None:
    from flows import gap as question
    from flows import query, show

    asked = question.month_of(month) if month else None
    found = question.read(query.database(audience), level, asked, programme, indicator, basis)
    if format == "xlsx":
        from flows.workbook import write_one

        place = show.output(out or Path(f"{question.file_name(found)}.xlsx"))
        write_one(found, place, audience)
        show.say(f"{place}\n{show.notice(audience)}")
        return
    show.deliver(found.rows, format, out, audience, lambda: question.table(found), question.notes(found))


@command(
    "figures",
    RESULTS,
    "调研报告里的每个数字:由明细算得,并与报告所述核对",
    "figures --format csv",
)
def figures(format: TableOrData = "table", out: Out = None, audience: Audience = "analyst") -> None:
    from flows import figures as question
    from flows import query, show

    rows = question.read(query.database(audience))
    show.deliver(rows, format, out, audience, lambda: question.table(rows))


@command(
    "indicators",
    RESULTS,
    "列出差距表能用的全部指标和定义",
    "indicators",
)
def indicators(format: TableOrData = "table", out: Out = None) -> None:
    from flows import indicators as question
    from flows import query, show

    rows = question.read(query.database("analyst"))
    show.deliver(rows, format, out, None, lambda: question.table(rows))


@command(
    "sql",
    RESULTS,
    "查已发布的库(只读,不碰任何文件)",
    'sql "select * from mart_regional_gap limit 5"',
)
def sql(
    query: Annotated[str, typer.Argument(metavar="SQL", help="一条查询")],
    format: TableOrData = "table",
    release: Annotated[str | None, typer.Option(metavar="ID", help="查以前的发布,见 jiuzhu releases")] = None,
    out: Out = None,
    audience: Audience = "analyst",
) -> None:
    from flows import query as question
    from flows import show

    rows = question.run(question.database(audience, release), query)
    show.deliver(rows, format, out, audience, lambda: show.generic(rows))


@command(
    "balance",
    RESULTS,
    "给任意一张地区表算均衡指标(基尼、泰尔、变异系数等)",
    "balance 表.xlsx --area 地区 --population 人口 --events 人数",
)
def balance(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="任何地区的表:csv、xls、xlsx")],
    area: Annotated[str, typer.Option(metavar="COL", help="地区名称所在的列")],
    population: Annotated[str, typer.Option(metavar="COL", help="人口所在的列")],
    parent: Annotated[str | None, typer.Option(metavar="COL", help="上级地区所在的列,用于分解")] = None,
    events: Annotated[str | None, typer.Option(metavar="COL", help="总数所在的列(人数、金额)")] = None,
    value: Annotated[str | None, typer.Option(metavar="COL", help="人均值所在的列")] = None,
    format: Annotated[Literal["table", "json"], typer.Option(help="输出样式")] = "table",
) -> None:
    from flows import show

    if (events is None) == (value is None):
        raise SettingsError("--events 和 --value 要且只要给一个:总数用 --events,人均值用 --value")
    show.readable(file)
    from flows import balance as question

    found = question.balance_file(file, area, parent, population, events, value)
    show.deliver(found, format, None, None, lambda: question.table(found))


@command(
    "check",
    DEPARTMENTS,
    "发送前自查一个文件,不收取:0 干净,1 可用但有问题,2 不能收",
    "check 低保花名册2025年6月.xlsx",
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要检查的文件")],
    table: Annotated[str | None, typer.Option("--as", metavar="TABLE", help="按哪张表检查;默认自己认")] = None,
    format: Annotated[Literal["table", "json"], typer.Option(help="输出样式")] = "table",
) -> None:
    from flows import show

    show.readable(file)
    from flows.check import check_file

    report = check_file(file, table)
    show.deliver(report.model_dump(mode="json"), format, None, None, lambda: show.pairs(report.model_dump()))
    raise typer.Exit(report.exit_code)


@command(
    "id",
    DEPARTMENTS,
    "核对身份证号:从标准输入逐行读,每行输出一个 JSON",
    "id < 号码.txt",
)
def identity() -> None:
    import json
    import sys

    from flows.normalise import describe_id

    for line in sys.stdin:
        if text := line.rstrip("\r\n"):
            typer.echo(json.dumps(describe_id(text), ensure_ascii=False))


@command(
    "rejects",
    DEPARTMENTS,
    "退回部门的更正清单(xlsx):文件、表、行、列、问题、怎么改",
    "rejects --department civil_affairs",
)
def rejects(
    department: Annotated[str | None, typer.Option(metavar="D", help="部门代码或名称;默认全部部门")] = None,
    reason: Annotated[str | None, typer.Option(help="写明理由才带上原值;谁、何时、为何都会记下")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="写到哪个文件夹")] = None,
) -> None:
    from flows.corrections import write
    from flows.show import say

    written = write(department, reason, out)
    for path, count in written.items():
        say(f"{path}  {count} 处")
    if not written:
        say("没有需要更正的内容")


@command(
    "withdraw",
    DEPARTMENTS,
    "撤回一批发错的报表;下一夜按撤回后的数据重建",
    'withdraw finance.funds.1a2b3c4d5e6f --reason "发错月份"',
)
def withdraw(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="批次号,见 jiuzhu status 或质量页")],
    reason: Annotated[str, typer.Option(help="撤回的原因")],
) -> None:
    if not reason.strip():
        raise SettingsError("--reason 不能为空;请写明撤回的原因")
    from flows.land import withdraw as take_out
    from flows.show import say

    take_out(delivery, reason.strip())
    say(f"已撤回 {delivery};请运行 jiuzhu nightly 重新发布")


@command(
    "start",
    DEPARTMENTS,
    "用自己的数据开始:空的收件箱,每个部门一个文件夹,每份报表一个模板",
    "start",
)
def start() -> None:
    from flows.show import say
    from flows.start import start as prepare

    written = prepare()
    folders = sorted({path.parent for path in written})
    say(f"写好 {len(written)} 个模板:")
    for folder in folders:
        say(f"  {folder}")
    say("每个模板都有“填写说明”;填好后按说明改名放回原文件夹,再运行 jiuzhu nightly")


@command(
    "worklist",
    DEPARTMENTS,
    "出一条规则、一个街道的核查清单(含姓名和身份证号,写明理由并留痕);填好放回收件箱",
    'worklist paid_after_death --street 甲街道 --reason "六月核查"',
)
def worklist(
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="规则代码或名称,见 dim_finding_rules")] = None,
    street: Annotated[str | None, typer.Option(metavar="S", help="街道名称或代码")] = None,
    reason: Annotated[str | None, typer.Option(help="为什么要看姓名;记入日志,勿写个人信息")] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="写到别处;默认数据文件夹里的 worklists")] = None,
    verify_log: Annotated[bool, typer.Option("--verify-log", help="只核对日志有没有被改过")] = False,
) -> None:
    from flows.show import say

    if verify_log:
        from flows.worklist import verify_log as verify

        say(f"核查清单日志完好:{verify()} 条")
        return
    if rule is None or street is None or reason is None:
        raise SettingsError("worklist: 要有规则、--street 和 --reason 三样;请补上(规则见 dim_finding_rules)")
    from flows.worklist import write

    path, count = write(rule, street, reason, output)
    say(f"{path}\n{count} 条线索;含个人信息,只给经办人,用完即删")


if __name__ == "__main__":
    app()
