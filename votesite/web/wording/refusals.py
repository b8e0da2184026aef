"""What visitors read after a refusal: all the sentences, in their language."""

from datetime import datetime

from flask_babel import gettext as _

from votesite import clock
from votesite.errors import (
    BadPicture,
    Busy,
    CheckRequired,
    Closed,
    Fault,
    Halted,
    InvalidBallot,
    InvalidFields,
    LimitReached,
    Refused,
    SecondCode,
    TooManyRequests,
)
from votesite.web.templating import beijing, page_locale


def title(refusal: Refused) -> str:
    """What happened, in a few words."""
    if isinstance(refusal, Busy) and refusal.is_stuck:
        return _("网站暂时写不进数据")
    if isinstance(refusal, SecondCode):
        return _("一人只用一个投票码")
    return _titles().get(refusal.name, _("这次没有办成"))


def sentence(refusal: Refused) -> str:
    """What happened, what did not, and what to do next."""
    if isinstance(refusal, Closed):
        return _closed(refusal)
    if isinstance(refusal, LimitReached):
        return refusal.reason or _limit(refusal)
    if isinstance(refusal, InvalidBallot):
        return _ballot(refusal)
    if isinstance(refusal, Busy) and refusal.is_stuck:
        return _("这次没有投出，没有占用次数。我们已经在处理，请过几分钟再试。")
    if isinstance(refusal, CheckRequired) and refusal.fault:
        return _check(refusal)
    if isinstance(refusal, BadPicture):
        return bad_picture(refusal)
    if isinstance(refusal, InvalidFields):
        return _("还有 %(n)s 处需要补充或改正。您填的内容都还在。", n=len(refusal.fields))
    return _of_type(refusal) or _sentences().get(
        refusal.name, _("没有保存任何内容。请返回再试一次。")
    )


def named(name: str) -> tuple[str, str] | None:
    """Title and sentence of a problem by its name, for `/problems/<name>`, or None."""
    if name not in _titles():
        return None
    return _titles()[name], _sentences().get(name, _("没有保存任何内容。请返回再试一次。"))


def _of_type(refusal: Refused) -> str:
    """The sentence of a refusal that shares its name, but not what is to be done, with others."""
    if isinstance(refusal, SecondCode):
        return _("您已经用过一个投票码。一人只用一个，这个码没有用掉，请交还主办单位。")
    return ""


def _titles() -> dict[str, str]:
    return {
        "bad-picture": _("这张图片不能用"),
        "being-made": _("文件正在生成"),
        "busy": _("现在投票的人很多"),
        "check-required": _("请让手机先算一道题"),
        "closed": _("现在没有开放"),
        "conflict": _("同事刚才改了同一处"),
        "consent-required": _("请先阅读并同意个人信息说明"),
        "csrf": _("页面放得太久了"),
        "forbidden": _("您没有这项权限"),
        "foreign-origin": _("请从本站页面提交"),
        "frozen": _("已经冻结，不能直接修改"),
        "invalid-answers": _("问卷还没填完"),
        "invalid-ballot": _("选票还不能投出"),
        "invalid-fields": _("还有内容需要改正"),
        "invalid-nomination": _("提名还没填完"),
        "invalid-objection": _("异议还没填完"),
        "invalid-sheet": _("评分表还不能交"),
        "invalid-signature": _("签字不对"),
        "lapsed": _("这份提议已经失效"),
        "last-owner": _("这个位置只有他一人"),
        "limit-reached": _("次数已经用完"),
        "malformed-fields": _("内容里有无法识别的字符"),
        "malformed-request": _("地址不完整"),
        "method-not-allowed": _("请从页面上的按钮操作"),
        "not-eligible": _("您不在本次投票的范围内"),
        "not-a-signer": _("您还不是签字人"),
        "not-found": _("没有这个页面"),
        "not-identified": _("请到微信里投票"),
        "not-signed-in": _("请先登录"),
        "second-person-needed": _("须由另一人确认"),
        "server-fault": _("网站出了问题"),
        "snapshot-user": _("请打开完整服务后再投票"),
        "too-large": _("内容太大"),
        "too-many-requests": _("操作太快了"),
        "try-later": _("暂时查不到关注状态"),
        "unknown-year": _("日历里没有这一年"),
        "unsupported-form": _("请从本站页面提交"),
        "wechat-unavailable": _("微信没有回应"),
    }


def _sentences() -> dict[str, str]:
    return {
        "bad-picture": _("请换一张 JPG、PNG 或 WebP 图片再试。"),
        "being-made": _("下载的人多，文件还没有生成好。请过十秒再试，账本没有变化。"),
        "busy": _("这次没有投出，没有占用次数。请过几秒再试一次。"),
        "check-required": _(
            "刚才有程序从您用的网络或同样的浏览器集中投票。这次没有投出，没有占用次数；页面算好后会自动投出，算不了就等一分钟。"
        ),
        "closed": _("没有保存任何内容。开放时间写在活动全程里。"),
        "conflict": _("没有保存任何内容。请看过现在的内容再改。"),
        "consent-required": _("勾选同意后才能继续。不同意也可以继续浏览。"),
        "csrf": _("没有保存任何内容，没有占用次数。请返回，刷新页面后再试。"),
        "forbidden": _("这一步要由有相应权限的同事来做。"),
        "foreign-origin": _("没有保存任何内容。请在本站页面里重新操作。"),
        "frozen": _(
            "投票规则、日程、编号和名称已经公布。要改动，请提出规则变更，由另一人确认后公开记入账本。"
        ),
        "invalid-answers": _("您填的内容都还在，请补充后再交。"),
        "invalid-ballot": _("没有占用次数。请按提示修改后再投。"),
        "invalid-fields": _("您填的内容都还在，请按提示修改。"),
        "invalid-nomination": _("您填的内容都还在，请补充后再交。"),
        "invalid-objection": _("您填的内容都还在，请补充后再交。"),
        "invalid-sheet": _("您填的内容都还在。请按提示补全或改正，再交一次。"),
        "invalid-signature": _(
            "没有签字，或者签的不是这段原文、不是账本认得的密钥。什么也没有改变。"
        ),
        "lapsed": _("提议超过 24 小时，或者情况已经变化。需要的话请重新提出。"),
        "last-owner": _("全站管理员和账号员都不能空缺。请先让另一位同事担任。"),
        "limit-reached": _("没有再记入。您可以在“我的”里看已有的记录。"),
        "malformed-fields": _("没有保存任何内容。请删去特殊符号后再试。"),
        "malformed-request": _("请从页面上的链接进入。"),
        "method-not-allowed": _("没有保存任何内容。请返回页面再操作。"),
        "not-eligible": _("没有投出，没有占用次数。参加范围写在活动规则里。"),
        "not-a-signer": _("账本的签字人里没有这个账号，或者写入不满 24 小时。请其他同事来办。"),
        "not-found": _("地址可能写错了，或者内容还没有公布。"),
        "not-identified": _("微信只用来避免重复投票，不读取昵称、头像和手机号。"),
        "not-signed-in": _("没有保存任何内容。请在登录管理页登录后再试。"),
        "second-person-needed": _("提出的人不能自己确认。请另一位有权限的同事来确认。"),
        "server-fault": _("没有办成，我们已经记录下来。请过一会儿再试。"),
        "snapshot-user": _("请点击页面底部“使用完整服务”，打开后再投票。这次没有占用次数。"),
        "too-large": _("没有保存任何内容。请减少内容或换小一些的图片。"),
        "too-many-requests": _("没有保存任何内容，没有占用次数。请过一分钟再试。"),
        "try-later": _("这次没有投出，没有占用次数。请过几分钟再试。"),
        "unknown-year": _("还不知道那一年的节假日。请管理员先到“节假日”里载入国务院办公厅的安排。"),
        "unsupported-form": _("没有保存任何内容。请在本站页面里重新操作。"),
        "wechat-unavailable": _("没有登录成功，没有占用次数。请过一会儿再试一次。"),
    }


def _check(refusal: CheckRequired) -> str:
    return {
        "answer": _("答案没有通过，可能放得太久了。没有投出，没有占用次数；正在换一道题。"),
        "ticket": _("还没有等够。没有投出，没有占用次数；请再等一会儿。"),
        "used": _("这个答案已经用过一次。没有投出，没有占用次数；正在换一道题。"),
    }[refusal.fault]


def _closed(refusal: Closed) -> str:
    if isinstance(refusal, Halted):
        return halted()
    if refusal.reason:
        return refusal.reason
    if refusal.next_at is None:
        return _("投票没有开放或已经结束。没有投出，没有占用次数。")
    return _("现在没有开放。%(when)s 开放后可以再来。", when=moment(refusal.next_at))


def halted() -> str:
    """Why nobody can vote while the ledger disagrees with what was published before."""
    return _("账本与先前公布的状态不一致，投票已停止。工作人员查明并把情况写入公开账本后恢复。")


def _limit(refusal: LimitReached) -> str:
    if refusal.next_at is None:
        return _("您的次数已经用完，这次没有再记入。")
    return _("这一期的次数已经用完。%(when)s 后可以再投。", when=moment(refusal.next_at))


def _ballot(refusal: InvalidBallot) -> str:
    detail = {"name": "", "n": 0, "no": 0, **refusal.detail}
    words = {
        "token": _("这张选票的页面信息不完整。请返回选票页重新提交，没有占用次数。"),
        "twice": _("同一个编号选了两次。每个候选只能选一次。"),
        "unknown": _("有一个编号不在候选名单里。请返回重新选择。"),
        "withdrawn": _("%(no)s 号已退出，不能再选。请去掉后再投。", **detail),
        "too-few": _("还差 %(n)s 个。", **detail),
        "too-many": _("多选了 %(n)s 个。请先去掉再投。", **detail),
        "category-too-few": _("“%(name)s”还差 %(n)s 个。", **detail),
        "category-too-many": _("“%(name)s”多选了 %(n)s 个。请先去掉再投。", **detail),
        "picked-before": _("%(no)s 号您已经投过，不能重复投。请换一个。", **detail),
    }
    return words[refusal.fault]


def wrong_passwords(refusal: TooManyRequests) -> str:
    """How long to wait after several wrong passwords, one's own or those of strangers."""
    if refusal.reason == "crowded":
        return _("现在有太多人在试密码，这一次没有核对。请过几秒再试。")
    if refusal.reason == "guessed":
        return _(
            "有人在各处猜这个账号的密码，没登录过的电脑要等 %(n)s 分钟。请用登录过的电脑登录，或请账号员提出重设密码。",
            n=-(-refusal.retry_after // 60),
        )
    if refusal.retry_after < 60:
        return _("密码错了几次。请过 %(n)s 秒再试。", n=refusal.retry_after)
    return _("密码错了几次。请过 %(n)s 分钟再试。", n=-(-refusal.retry_after // 60))


def bad_picture(refusal: BadPicture) -> str:
    """Why a picture was refused, and which one where there may be several."""
    return _picture_of(refusal.file, picture(refusal.reason, **refusal.detail))


def _picture_of(file: str, why: str) -> str:
    return _("“%(name)s”：%(why)s", name=file[:80], why=why) if file else why


def picture(reason: str, **detail: str | int) -> str:
    """Why a picture was refused, what it has and may have, and what to do."""
    measures = {"width": 0, "height": 0, "limit": 0, **detail}
    measures["wan"] = int(measures["limit"]) // 10_000
    return {
        "not-a-picture": _("这不是 JPG、PNG 或 WebP 图片。请换一张。"),
        "too-many-pixels": _(
            "这张图片是 %(width)s × %(height)s 像素，最多 %(wan)s 万像素。请缩小后再试。",
            **measures,
        ),
        "too-long": _(
            "这张图片是 %(width)s × %(height)s 像素，每边最多 %(limit)s 像素。请缩小后再试。",
            **measures,
        ),
        "too-narrow": _(
            "这张图片是 %(width)s × %(height)s 像素，太狭长，长边最多是短边的 %(limit)s 倍。请裁剪后再试。",
            **measures,
        ),
        "too-small": _(
            "这张图片是 %(width)s × %(height)s 像素，太小了，每边至少 %(limit)s 像素。请换一张。",
            **measures,
        ),
        "too-large": _("图片文件太大，最多 20 MB。请压缩后再试。"),
        "too-costly": _("这张图片处理不了。请另存为普通的 JPG 再试。"),
        "damaged": _("图片文件不完整，打不开。请换一张。"),
    }[reason]


def moment(when: datetime) -> str:
    """A moment in Beijing time within a sentence: 11月24日 0:00, 24 Nov 00:00."""
    if page_locale() == "en":
        return beijing(when)
    local = when.astimezone(clock.CST)
    return _(
        "%(month)s月%(day)s日 %(hour)s:%(minute)s",
        month=local.month,
        day=local.day,
        hour=local.hour,
        minute=f"{local.minute:02}",
    )


def fault(found: Fault) -> str:
    """The sentence beside a field."""
    detail = {"n": 0, "max": 0, "min": 0, "name": "", **found.detail}
    if found.code == "bad-picture":
        reason, file = str(detail.pop("reason")), str(detail.pop("file", ""))
        return _picture_of(file, picture(reason, **detail))
    words = {
        "missing": _("请填写这一项。"),
        "too-long": _("最多 %(max)s 字，现在多了 %(n)s 字。", **detail),
        "too-short": _("至少 %(min)s 字，还差 %(n)s 字。", **detail),
        "control-characters": _("里面有无法识别的字符，请删去后再试。"),
        "unknown-choice": _("请从列出的选项里选。"),
        "not-a-link": _("请填写以 http:// 或 https:// 开头的网址。"),
        "already-candidate": _("“%(name)s”已经是候选，不用再提名。", **detail),
        "too-few": _("至少选 %(min)s 项。", **detail),
        "too-many": _("最多选 %(max)s 项。", **detail),
        "taken": _("这个名字已经用过，请换一个。"),
        "file-too-large": _("文件太大，最多 10 MB。请压缩后再试，或者分几张拍。"),
        "file-kind": _("这不是 PDF、JPG 或 PNG 文件：看的是内容，不是文件名。请换一份。"),
        "file-damaged": _("文件不完整，打不开。请重新导出或拍照后再试。"),
        "file-active": _(
            "这份 PDF 里有脚本、附件或会运行的内容，不能收。请打印成新的 PDF，或者拍照再交。"
        ),
        "file-locked": _("这份 PDF 加了密码，打不开。请去掉密码后再交。"),
        "file-costly": _("这份文件处理不了。请打印成新的 PDF，或者拍照再交。"),
        "not-in-notice": _("收到的时间要在公示期内，也不能晚于现在。"),
        "login-name": _("账号里只能有字母、数字、汉字和 . _ -，不能有空格。"),
        "invalid": _("这一项填得不对，请检查。"),
    }
    return words[found.code]
