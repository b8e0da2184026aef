"""Settings of a campaign in words: steps, keys, what is wrong with a value."""

import re
from collections.abc import Mapping

from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns.presets import WORDINGS
from votesite.domain.schemas import top_of
from votesite.errors import Fault
from votesite.models.candidates import LEVELS
from votesite.web.templating import beijing
from votesite.web.wording import award, calendar, phases, refusals, scores


def levels() -> list[tuple[str, str]]:
    """Levels of a body: the stored word and the word to read."""
    return list(zip(LEVELS, (_("市级"), _("县级"), _("乡级")), strict=True))


def wordings() -> list[tuple[str, str, str]]:
    """What a campaign may be called: stored word, word to read, what it takes."""
    read = (_("表彰"), _("推选"), _("展示"), _("案例征集"))
    takes = (_("须有批准文号。"), _("最常用。"), "", "")
    return list(zip(WORDINGS, read, takes, strict=True))


def step(name: str) -> str:
    """A step of the set-up."""
    return {
        "basics": _("基本信息"),
        "basis": _("主办与依据"),
        "schedule": _("日程"),
        "rules": _("投票规则"),
        "oversight": _("签字与审计"),
        "categories": _("类别与维度"),
        "candidates": _("候选"),
        "weights": _("权重与并列"),
        "look": _("外观"),
        "publish": _("检查并发布"),
    }[name]


def fault(found: Fault) -> str:
    """The sentence beside a field of a form."""
    if found.code == "setting":
        if found.detail.get("problem") == "too-long":
            return refusals.fault(Fault("too-long", n=found.detail["n"], max=found.detail["max"]))
        return _setting(str(found.detail["key"]), str(found.detail.get("problem", "")))
    if found.code.startswith("roster-"):
        return _roster(found)
    if found.code in scores.CODES:
        return scores.fault(found)
    if found.code in calendar.CODES:
        return calendar.fault(found)
    detail = {**dict.fromkeys(_FIGURES, 0), "name": "", **found.detail}
    own = {
        "form-too-large": _(
            "问卷“%(name)s”要填的太多，会交不上来：全部填满有 %(fields)s 项、%(kilobytes)s KB，"
            "最多 %(max_fields)s 项、%(max_kilobytes)s KB。请减少逐个提问的题目。",
            **detail,
        ),
        "in-use": _("“%(name)s”下面还有 %(n)s 个候选，先把它们改到别的类别。", **detail),
        "texts-in-use": _(
            "“%(name)s”下面有 %(n)s 个候选写了文字，先到候选档案里把这些文字移走。", **detail
        ),
        "few-keys": _(
            "两人决定要签字，登记了签字密钥的同事只有 %(n)s 位，至少要 %(least)s 位："
            "密钥丢了，要由另外两位换新。请同事各自在“签字密钥”里登记。",
            **detail,
        ),
        "signers-without-phone": _(
            "能决定这个活动的同事里，有 %(n)s 位还没有开启两步验证。请各自在“我的账号”里开启。",
            **detail,
        ),
        "few-signers": _(
            "能决定这个活动的同事只有 %(n)s 位，至少要 %(least)s 位："
            "发布以后，暂停、作废、改截止时间都要两个人。",
            **detail,
        ),
        "needs-criteria": _experts(),
        "too-many-candidates": _("候选最多 %(n)s 个，不能再加。", **detail),
        "needed": _(
            "它退出后，剩下的候选不够一张选票最少要选的个数，谁也投不了票。可以先暂停投票。"
        ),
        "nominated": _("它来自群众提名，不能直接移除。投票开始后可以办理退出。"),
        "more-than-candidates": _(
            "要选 %(picks)s 个，候选只有 %(candidates)s 个。请改规则或补充候选。", **detail
        ),
        "must-be-true": _("须承诺不收取任何费用才能发布。"),
        "needs-approval": _("用“表彰”须填批准文号；否则请用推选、展示或案例征集。"),
        "over": _("投票时间已经过去，请改日程。"),
        "same-end": _("这就是现在的截止时间，请填另一个。"),
        "before-begin": _("截止时间要晚于投票开始的时间。"),
        "in-the-past": _("截止时间不能早于现在。"),
        "nothing-to-pause": _("投票已经暂停，不用再提。"),
        "nothing-to-resume": _("投票没有暂停，不用恢复。"),
        "shown-alone": _(
            "重新公布时改动的选票只来自 %(n)s 位投票人，不到 %(least)s 位：看得出其中的票选了谁，"
            "而有投票人没有同意。可以和别的申诉一起恢复；凑不够就驳回，在答复里写明。",
            **detail,
        ),
        "waits-already": _("已经有一份同样的提议在等确认，不用再提。"),
        "signs-alone": _("这个活动的决定要签字，不能在这里代为确认。请把同事的账号和密码清空。"),
        "signers-not-frozen": _("账本还没有开启。开账时，有决定权的同事自动列为签字人。"),
        "no-roster": _("这个活动不凭投票码投票，没有名单。"),
        "not-oneself": _("自己的事由另外两位同事决定。"),
        "no-key-yet": _("这位同事还没有登记签字密钥。"),
        "signs-already": _("这位同事已经是签字人，密钥也没有变。"),
        "last-signers": _("至少要留下两位签字人。"),
        "no-signing-key": _("没有收到浏览器生成的密钥。请刷新页面再试。"),
        "no-proof": _("浏览器没有证明它持有这把密钥。请刷新页面再试。"),
        "key-known": _("这把密钥登记过，不能再用。请刷新页面，重新生成。"),
        "too-many-keys": _(
            "最多登记 %(max)s 个浏览器。请先停用一个。", max=found.detail.get("max", 0)
        ),
        "own-name": _("请填您自己的账号。"),
        "not-frozen": _("规则还没有冻结，可以直接在设置和候选档案里修改。"),
        "roles-apart": _(
            "账号员、审计员和评委在同一个活动里不能兼任别的角色。"
            "请先收回他现有的角色，或者另找一位同事。"
        ),
        "whole-site-only": _("账号员只能管全站，请选“全部活动”。"),
        "held-already": _("他已经有这个角色。"),
        "step-up": _("密码或动态码不对，请再填一次。"),
        "voids-codes": _(
            "名单里少了人，会作废 %(n)s 个还没有用过的投票码，拿着它们的人投不了票。"
            "确实要作废，请在这里勾选，再保存一次。",
            **detail,
        ),
        "empty-roster": _("凭投票码投票，名单却还是空的。请先在“名单与投票码”里写好名单。"),
        "no-ledger": _("账本还没有开启，没有可以写入的地方。"),
    }
    return own.get(found.code) or award.fault(found) or refusals.fault(found)


AWARD = ("experts-see-figures", "trim-needs-six", "votes-outweigh", "short-notice")


def warning(found: Fault) -> str:
    """What publishing now would pass over."""
    if found.code in ("few-at-once", "short-quiet", "too-often"):
        return _small_steps(found)
    if found.code in ("no-step", "few-voters"):
        return _no_steps(found)
    if found.code in ("no-quorum", "unchecked-quorum", "no-spare-auditor"):
        return _audit(found)
    if found.code in AWARD:
        return _award(found)
    at = beijing(clock.parse_minute(str(found.detail["at"])), "long")
    if found.code == "freezes-at-once":
        return _(
            "投票已在 %(at)s 开始：一发布就冻结，规则、日程、编号和名称不能再直接修改。", at=at
        )
    phase = phases.in_schedule(str(found.detail["phase"]))
    if found.code in ("runs-into", "outlasts"):
        return _overlap(found.code, phase, phases.in_schedule(str(found.detail["other"])), at)
    if found.code == "phase-over":
        return _("“%(phase)s”已在 %(at)s 结束，公众没有看到。", phase=phase, at=at)
    return _("“%(phase)s”已在 %(at)s 开始。", phase=phase, at=at)


def _award(found: Fault) -> str:
    """Where the way to the honours holds less than one may think."""
    return {
        "experts-see-figures": _(
            "有专家评审，票数却边投边公布：还没有交表的评委看得到票数，打分难说不受影响。"
            "建议投票结束后再公布，或者在投票开始以前收齐打分。"
        ),
        "trim-needs-six": _(
            "去掉最高分和最低分，要求每一类至少有五张评分表。"
            "请每类请六位评委：即使有一位回避，也还有五张。不足五张就都不去，公示时会写明。"
        ),
        "votes-outweigh": _(
            "得票按最高票的比例、专家按分数：得票悬殊而分数接近，结果大半由得票决定。"
            "想让各项真正按写明的权重起作用，两项都按名次折算。"
        ),
        "short-notice": _(
            "日程里的公示只有 %(n)s 个工作日，规定不少于 %(least)s 个；到时公示会比日程更长。",
            n=found.detail.get("n", 0),
            least=found.detail.get("least", 0),
        ),
    }[found.code]


def _small_steps(found: Fault) -> str:
    """Steps of the published figures in which single ballots can be seen."""
    if found.code == "few-at-once":
        return _(
            "票数每合并 %(n)s 位投票人的选票就公布，少于 %(least)s 位：旁观者可能看出单张选票。",
            **found.detail,
        )
    if found.code == "short-quiet":
        return _(
            "截止前只有 %(n)s 分钟不更新票数，短于 %(least)s 分钟："
            "最后几张选票投了谁，旁观者可能看出来。",
            **found.detail,
        )
    return _("票数每 %(n)s 秒更新一次，短于 %(least)s 秒：旁观者可能看出单张选票。", **found.detail)


def _no_steps(found: Fault) -> str:
    """Why no figures can be published before the end."""
    if found.code == "few-voters":
        return _(
            "能投票的只有 %(n)s 人，每次更新却要合并 %(least)s 位投票人的选票："
            "投票期间一次也公布不了，到计票时才有票数。",
            **found.detail,
        )
    if found.detail["time"]:
        return _(
            "投票期间一次票数也公布不了："
            "开始投票以后、截止前 %(quiet)s 分钟以前，没有一个 %(time)s。"
            "请改公布的时刻、日程，或者改为结束后公布。",
            **found.detail,
        )
    return _(
        "投票期间一次票数也公布不了：截止前 %(quiet)s 分钟以前，没有可以投票的时间。"
        "请改每天开放的时间、日程，或者改为结束后公布。",
        **found.detail,
    )


def _audit(found: Fault) -> str:
    """Who is missing to vouch for the count."""
    if found.code == "no-quorum":
        return _(
            "计票结果交给审计方核对，却没有规定要谁联署：外人永远得不出“核对无误”。"
            "请改为任何人都能重新计票，或者写上审计方的公钥；"
            "要几方联署，就多写一方，因为密钥丢了补不上。"
        )
    if found.code == "unchecked-quorum":
        return _(
            "要 %(n)s 方联署，可核对程序会验的公钥只有 %(able)s 把：外人永远得不出“核对无误”。",
            **found.detail,
        )
    return _(
        "要 %(n)s 方联署，公钥也正好写了这么多：丢一把密钥，外人就永远得不出“核对无误”。"
        "请多写一方。",
        **found.detail,
    )


def _overlap(code: str, phase: str, other: str, at: str) -> str:
    """A phase that goes on although another has begun, or is over."""
    if code == "runs-into":
        return _(
            "“%(phase)s”还没有结束，“%(other)s”在 %(at)s 已经开始，请核对日程。",
            phase=phase,
            other=other,
            at=at,
        )
    return _(
        "“%(other)s”在 %(at)s 结束，“%(phase)s”却还没有截止，请核对日程。",
        phase=phase,
        other=other,
        at=at,
    )


def _experts() -> str:
    return _("专家按评价维度打分：请到“类别与维度”填写维度，或者把专家评审改为 0。")


def _roster(found: Fault) -> str:
    """What is wrong with a roster that was typed or uploaded, and in which line."""
    row = found.detail["row"]
    line = _("第 %(row)s 行：", row=row) if row else ""
    why = {
        "encoding": _("认不出文件的编码。请在 Excel 或 WPS 里另存为“CSV UTF-8”再上传。"),
        "unreadable": _("文件打不开。请在 Excel 或 WPS 里另存为 xlsx 或 CSV 再上传。"),
        "syntax": _("引号不成对，从这里起读不下去。"),
        "empty": _("文件里没有名字。"),
        "too-large": _("文件太大，最多 4 MB。"),
        "too-many": _("名单最多 %(n)s 人。", n=found.detail["voters"]),
        "columns": _("不止一列，看不出名字在哪一列。请在第一行写上“姓名”或“编号”，或者只留一列。"),
        "hidden": _("有隐藏的行、列或工作表。请取消隐藏，或者删去后再上传。"),
        "no-value": _("有出错或还没有算出结果的单元格。"),
        "blank": _("没有名字。"),
        "twice": _(
            "和上面一行是同一个名字（全角半角、大小写不算区别）。"
            "同名的两个人，请在名字后面加上单位或编号。"
        ),
        "used": _("这个人的投票码已经用过，不能换发。"),
        "kind": _("只收 CSV、xlsx 或 txt 文件。"),
        "too-long": _("名字最多 %(max)s 字。", max=found.detail["max"]),
        "control-characters": _("里面有看不见或无法识别的字符。"),
        "stray-character": _("里面有看不见或无法识别的字符。"),
    }[found.code.removeprefix("roster-")]
    others = found.detail["others"]
    more = _("另外还有 %(n)s 处。", n=others) if others else ""
    return f"{line}{why}{more}"


def _setting(key: str, code: str) -> str:
    """What a setting must be; the check itself is the campaign folder's."""
    if key.startswith("schedule."):
        return _window(code)
    picks = _("填两个整数：最少不大于最多，总的最少至少为 1，并且各类别合起来能选够。")
    name = _("请填写名称，最多 60 字，不能重复。")
    phone = _("请填写电话号码，只用数字、+、-、括号和空格；几个号码用顿号隔开，分机写“转”。")
    words = {
        "slug": _("用 3 至 60 个小写字母、数字或连字符。"),
        "title": _("请填写名称，最多 120 字。"),
        "wording": _("用“表彰”须填批准文号；否则请用推选、展示或案例征集。"),
        "results": _("请选公布方式；每天公布的要写时刻，如 18:00。"),
        "approval": _("填批准文号；没有批准文号，就填性质和理由。两种只填一种。"),
        "organisers.host": _("至少写一个主办单位，每行一个。"),
        "organisers.phone": phone,
        "organisers.supervision_phone": phone,
        "organisers.email": _("请填写完整的邮箱地址，如 pingxuan@example.gov.cn。"),
        "schedule": _("开始要早于结束，都是整分钟；计票和公示不能早于投票结束。投票必须填写。"),
        "ballot.ballots": _("填 1 至 1000 的整数。"),
        "ballot.picks": picks,
        "ballot.hours": _("开始要早于结束，写成 08:00；24:00 只能作结束。"),
        "ballot.min_batch": _("填 1 至 1000 的整数。"),
        "ballot.quiet": _("填 0 至 1440 的整数（分钟）。"),
        "ballot.publish_every": _("填 1 至 86400 的整数（秒）。"),
        "categories": _("至少一个类别，名称不能重复。"),
        "categories.name": name,
        "categories.seats": _("填 1 至 10000 的整数。"),
        "categories.picks": picks,
        "criteria": _("各维度权重相加要等于 100。"),
        "criteria.key": _("用字母开头的一个词，不能重复；也可以不填。"),
        "criteria.name": name,
        "criteria.weight": _("填 1 至 100 的整数。"),
        "weights.expert": _experts(),
        "weights.cap": _("“到顶为止”要写封顶票数，1 以上的整数；别的折算办法不写。"),
        "weights.decimals": _("填 2 或 4。"),
        "weights.ties": _("每种比法只能用一次，抽签只能放在最后。"),
        "weights.region_cap": _("填 0 至 10000 的整数。"),
        "weights.min_answers": _("填 5 以上的整数。"),
        "weights.notice_days": _("填 5 至 60 的整数。"),
        "weights": _("群众投票、专家评审、满意度、客观指标相加要等于 100。"),
        "electorate.population": _("填人数；写了出处就要写人数。没有可靠的数字，两格都留空。"),
        "electorate.source": _("写明数字从哪里来，最多 200 字。没有可靠的数字，两格都留空。"),
        "audit.auditors": _("每行一把完整的公钥，名字不能重复，也不能是本活动账本自己的名字。"),
        "audit.quorum": _("填整数，不能多过写上的公钥。"),
        "void_rules": _("每条规则要有编号和文字，编号不能重复；全部规则加起来不能太长。"),
        "void_rules.id": _("请写编号，如 R1，不能重复。"),
        "void_rules.text": _("请写明规则，最多 500 字。"),
    }
    part = "" if key.startswith("approval.") else top_of(key)
    return words.get(_ROW.sub("", key)) or words.get(part) or _("这一项填得不对，请检查。")


def _window(code: str) -> str:
    """What is wrong with the window of a phase."""
    words = {
        "missing": _("投票的开始和结束都要填。"),
        "reversed": _("结束要晚于开始。"),
        "too-early": _("要在投票结束以后开始。"),
        "no-beginning": _("开始还没有填。"),
        "no-end": _("结束还没有填。"),
    }
    return words.get(code) or _("写到分钟的日期和时刻，如 2026-11-12 09:00。")


def fault_rows(faults: dict[str, str]) -> list[tuple[str, str, str]]:
    """Faults of a set-up form for its summary: the field's id, its name, the sentence."""
    return [(f"f-{field_of(key)}", key_label(key), said) for key, said in faults.items()]


def faults_below(faults: dict[str, str], part: str) -> list[str]:
    """The sentences for the rows of a part, with their row numbers."""
    found = [(key, said) for key, said in faults.items() if top_of(key) == part]
    return [
        _("第 %(n)s 行：%(said)s", n=row[1], said=said) if (row := _ROW.search(key)) else said
        for key, said in found
    ]


def field_of(key: str) -> str:
    """The field of the form that a key of `campaign.toml` is filled in by."""
    part, _dot, last = key.rpartition(".")
    row = _ROW.search(key)
    if row:
        prefix = {"categories": "category", "criteria": "criterion", "void_rules": "rule"}
        return f"{prefix.get(part.partition('[')[0], 'category')}-{row[1]}"
    if part == "schedule":
        return f"{last}_from"
    firsts = {
        "weights": "public",
        "picks": "picks_min",
        "hours": "hours_from",
        "approval": "number",
    }
    parts = {"categories": "category-1", "criteria": "criterion-1", "void_rules": "rule-1"}
    return firsts.get(last) or parts.get(last) or last


def as_text(value: object, key: str = "") -> str:
    """A value as two versions of it are shown side by side: a line an entry, choices in words."""
    if isinstance(value, str) and (word := _choices().get((key.rpartition(".")[2], value))):
        return word
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return " · ".join(as_text(part) for part in value.values() if part not in ("", None))
    if isinstance(value, list):
        return "\n".join(as_text(part) for part in value)
    return "" if value is None else str(value)


def _choices() -> dict[tuple[str, str], str]:
    """The words of what is chosen from a list, by key and stored word."""
    return {
        ("scope", "day"): _("每天"),
        ("scope", "campaign"): _("全程"),
        ("repeat", "daily"): _("次日可再选"),
        ("repeat", "never"): _("全程只能选一次"),
        ("order", "number"): _("按编号"),
        ("order", "stroke"): _("按笔画"),
        ("order", "random"): _("随机"),
        ("results", "live"): _("实时"),
        ("results", "hidden"): _("结束后"),
        ("eligibility", "anyone"): _("任何微信用户"),
        ("eligibility", "followers"): _("关注公众号的人"),
        ("eligibility", "roster"): _("名单内的人，凭一次性投票码"),
        ("recount", "auditors"): _("审计方"),
        ("recount", "public"): _("任何人"),
        ("colour", "red"): _("红"),
        ("colour", "blue"): _("蓝"),
        ("colour", "green"): _("绿"),
        ("public_score", "share"): _("按最高票的比例"),
        ("public_score", "rank"): _("按名次"),
        ("public_score", "cap"): _("按票数，到顶为止"),
    }


def key_label(key: str) -> str:
    """The name of the setting behind a key."""
    part, _dot, last = key.rpartition(".")
    if part == "schedule":
        return phases.in_schedule(last)
    top = {
        "categories": _("类别"),
        "criteria": _("评价维度"),
        "void_rules": _("作废规则"),
        "weights": _("权重"),
        "audit": _("审计方"),
        "candidates": _("候选"),
        "surveys": _("问卷"),
    }
    return top.get(top_of(key)) or _labels().get(last, key)


def _labels() -> dict[str, str]:
    return {
        "title": _("活动名称"),
        "slug": _("网址里的名字"),
        "theme": _("主题语"),
        "wording": _("怎么称呼"),
        "purpose": _("活动说明"),
        "fee_free": _("不收取任何费用"),
        "approval": _("批准依据"),
        "number": _("批准文号"),
        "exempt": _("性质"),
        "reason": _("不需要批准的理由"),
        "host": _("主办单位"),
        "undertaker": _("承办单位"),
        "supervisor": _("监督单位"),
        "phone": _("咨询电话"),
        "supervision_phone": _("监督电话"),
        "email": _("电子邮箱"),
        "picks": _("每张选几个"),
        "scope": _("多久可投"),
        "ballots": _("可投几张"),
        "repeat": _("同一候选"),
        "order": _("排列次序"),
        "eligibility": _("谁可以投"),
        "recount": _("谁能重新计票"),
        "hours": _("每天开放时间"),
        "results": _("票数何时公布"),
        "min_batch": _("至少合并几位投票人"),
        "quiet": _("截止前几分钟不更新"),
        "signed": _("签字"),
        "electorate": _("可投票的人数"),
        "population": _("可投票的人数"),
        "source": _("数字从哪里来"),
        "publish_every": _("多久更新一次"),
        "cover": _("封面照片"),
        "colour": _("主题颜色"),
    }


_FIGURES = (
    "least",  # what the sentences about a fault mention
    "n",
    "least",
    "picks",
    "candidates",
    "fields",
    "kilobytes",
    "max_fields",
    "max_kilobytes",
)
_ROW = re.compile(r"\[(\d+)\]")
