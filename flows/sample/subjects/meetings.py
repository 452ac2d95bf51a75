"""The joint meetings: each quarter's tasks, who leads them, and whether they were done in time."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.sample.months import LAST, days, label
from flows.sample.offices import Habit

if TYPE_CHECKING:
    from flows.sample.subjects import World

LEADS = ("民政", "医保", "教育", "住建", "残联", "人社", "财政", "卫健")
TASKS = (
    ("数据共享", "按月报送比对名单"),
    ("因病致困", "核实高额医疗费用家庭"),
    ("困难学生", "补齐学生资助征询"),
    ("住房保障", "复核只差一项的申请"),
    ("残疾人两补", "逐人核实未享受补贴的重度残疾人"),
    ("就业帮扶", "对登记失业人员推荐岗位"),
    ("资金保障", "按时下达救助资金"),
    ("联审协同", "会商疑难个案"),
)
TERM_DAYS = 60
LIST = Habit(
    "联席会议任务{label}.xlsx",
    dates="serial number",
    above=("{district}社会救助工作联席会议任务清单", "({label})"),
    footer=(("制表人:桑落晚", "", "", "(盖章)"),),
    changed=LAST - 2,
    words=1,
)


def send(world: "World") -> list[dict[str, Any]]:
    """Send each quarter the tasks it set and those still open from before; return which were not done in time."""
    tasks = _tasks(world)
    for number in range(world.first, LAST + 1):
        if number % 3 == 2:
            start, end = days(number - 2).item(), days(number, 31).item()
            is_done = pl.col("completed_date") <= end
            rows = tasks.filter(
                (pl.col("meeting_date") <= end)
                & (pl.col("completed_date").is_null() | (pl.col("completed_date") >= start))
            ).with_columns(
                completed_date=pl.when(is_done).then("completed_date"),
                task_status_code=pl.when("is_cancelled")
                .then(pl.lit("cancelled"))
                .when(is_done)
                .then(pl.lit("done"))
                .otherwise(pl.lit("open")),
            )
            world.send("meeting_tasks", rows, number, habit=LIST)
    late = tasks.filter(~pl.col("is_cancelled") & (pl.col("due_date") <= days(LAST, 31).item()))
    late = late.with_columns(
        fault=pl.when(pl.col("completed_date").is_null())
        .then(pl.lit("meeting_task_overdue"))
        .when(pl.col("completed_date") > pl.col("due_date"))
        .then(pl.lit("meeting_task_late"))
        .when(pl.col("completed_date") == pl.col("due_date"))
        .then(pl.lit("meeting_task_on_the_day"))
    ).filter(pl.col("fault").is_not_null())
    return [
        {
            "fault": fault,
            "outcome": "in time" if fault == "meeting_task_on_the_day" else "finding",
            "extract": "meeting_tasks",
            "months": label((due.year - 1970) * 12 + due.month - 1),
            "meeting_date": met.isoformat(),
            "task_no": task,
            "lead_department_name": lead,
        }
        for fault, due, met, task, lead in late.select(
            "fault", "due_date", "meeting_date", "task_no", "lead_department_name"
        ).iter_rows()
    ]


def _tasks(world: "World") -> pl.DataFrame:
    rng = world.rng
    # The meeting sits in the second month of each quarter.
    quarters = np.arange(world.first + (1 - world.first) % 3, LAST + 1, 3)
    count = len(quarters) * len(TASKS)
    met = days(np.repeat(quarters, len(TASKS)), 16)
    order = np.tile(np.arange(len(TASKS)), len(quarters))
    due = met + TERM_DAYS
    took = rng.integers(20, TERM_DAYS - 4, size=count)
    took[order == 3] = TERM_DAYS + rng.integers(3, 40, size=len(quarters))  # one lead is always late
    took[order == 4] = TERM_DAYS
    completed = met + took
    # Of the first meeting one task is never done, and one is given up.
    completed[6] = np.datetime64("NaT")
    is_cancelled = np.arange(count) == 7
    completed[7] = np.datetime64("NaT")
    completed = np.where(completed > days(LAST, 31), np.datetime64("NaT"), completed)
    return pl.DataFrame(
        {
            "meeting_date": met,
            "task_no": (order + 1).astype(str),
            "topic_name": np.array([topic for topic, _ in TASKS])[order],
            "task_name": np.array([task for _, task in TASKS])[order],
            "lead_department_name": np.array(LEADS)[order],
            "due_date": due,
            "completed_date": completed,
            "is_cancelled": is_cancelled,
        }
    )
