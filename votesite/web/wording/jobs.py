"""Long work in words: what each kind makes, how far a piece is, and why it came to nothing."""

from flask_babel import gettext as _

from votesite.models.jobs import Job


def title(kind: str) -> str:
    """What a kind of work makes, as the heading of its page; one without words stays as it is."""
    titles = {"notice-pdf": _("公示的 PDF"), "award-xlsx": _("名次的 Excel 表")}
    return titles.get(kind, kind)


def state(job: Job) -> str:
    """Where a piece of work stands."""
    if job.state == "running" and job.total:
        return _("正在做：%(done)s / %(total)s", done=job.done, total=job.total)
    return {
        "waiting": _("排队中"),
        "running": _("正在做"),
        "done": _("做好了"),
        "failed": _("没有做成"),
    }[job.state]


def reason(job: Job) -> str:
    """Why a piece of work came to nothing, and what to do."""
    reasons = {
        "ended": _("做到一半，服务器停了，或者进程被结束了。什么都没有保存，请再做一次。"),
        "memory": _("内容太大，内存不够。请把文件分小一些再试。"),
        "time": _("做了太久，已经停下。请过一会儿再试；还不行，请找技术人员。"),
        "invalid-fields": _("里面有不对的地方。请改好再试。"),
    }
    return reasons.get(str(job.answer.get("reason")), _("出了意外，已经记下。请找技术人员看日志。"))
