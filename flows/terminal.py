"""How the command line speaks: help in Chinese, and every failure one sentence with its exit code.

Kept apart from the commands because it is about typer, not about assistance.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from flows.errors import JiuzhuError

UNEXPECTED = 1


class _ChineseHelp:
    """Turn the fixed English words of typer's help page into Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return `--help` with a Chinese explanation."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "显示本说明后退出"
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page under Chinese headings."""
        from typer import rich_utils

        rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
        rich_utils.OPTIONS_PANEL_TITLE = "选项"
        rich_utils.COMMANDS_PANEL_TITLE = "命令"
        rich_utils.DEFAULT_STRING = "[默认: {}]"
        rich_utils.REQUIRED_LONG_STRING = "[必填]"
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_ChineseHelp, TyperCommand):
    """A command whose help is Chinese."""


class Group(_ChineseHelp, TyperGroup):
    """The whole command line: Chinese help, one sentence for every failure."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command and exit with its code; print a failure as one sentence on standard error."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a terminal that cannot show a character must not end the night
        extra |= {"standalone_mode": False, "prog_name": "jiuzhu"}
        try:
            result = super().main(*args, **extra)
        except JiuzhuError as error:
            fail(str(error), error.exit_code)
        except typer.Abort:
            fail("已中断", 130)
        except Exception as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                sys.exit(0)
            if hasattr(error, "ctx") and hasattr(error, "format_message"):
                fail(_usage_sentence(error), 2)
            if os.environ.get("JIUZHU_DEBUG"):
                raise
            fail(unexpected(error), UNEXPECTED)
        sys.exit(result if isinstance(result, int) else 0)


def fail(sentence: str, exit_code: int) -> None:
    """Print one sentence on standard error and exit."""
    typer.echo(f"错误:{sentence}", err=True)
    sys.exit(exit_code)


def _usage_sentence(error: Any) -> str:
    parameter = getattr(error, "param", None)
    name = "、".join(parameter.opts) if parameter is not None and parameter.param_type_name == "option" else None
    if parameter is not None and name is None:
        name = parameter.display_name_raw
    choices = getattr(getattr(parameter, "type_descriptor", None), "choices", None)
    kind = type(error).__name__
    if kind == "NoSuchOption":
        sentence = f"没有选项 {error.option_name}"
        if error.possibilities:
            sentence += f",是不是 {'、'.join(sorted(error.possibilities))}"
    elif kind == "MissingParameter":
        sentence = f"缺少 {name}"
    elif choices:
        sentence = f"{name} 只能是 {'、'.join(str(choice) for choice in choices)} 之一"
    elif name:
        sentence = f"{name} 的值不对({error.message.rstrip('.')})"
    else:
        sentence = f"命令写法不对({error.message.rstrip('.')})"
    command = error.ctx.command_path if error.ctx else "jiuzhu"
    return f"{sentence};请看 {command} --help"


def unexpected(error: Exception) -> str:
    """Return a sentence for an exception nobody foresaw: its class and place only, its message may quote a cell."""
    project = Path(__file__).resolve().parent.parent
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        file = Path(frame.filename)
        if project in file.parents and "site-packages" not in file.parts:
            place = f"{file.relative_to(project)} 第 {frame.lineno} 行"
    return f"程序出错({type(error).__name__}{',' + place if place else ''});已发布的结果未受影响,请把这一行告诉维护者"
