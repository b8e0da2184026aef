"""What the ledger's page says of this campaign: who signs, who vouches, who may vote, what stays
unproved. All of it follows from entry 0, which never changes.
"""

from collections.abc import Sequence

from flask_babel import gettext as _

from votesite.domain.ledger import tiles
from votesite.domain.ledger.cosignatures import Cosigner
from votesite.domain.ledger.disclosure import Disclosed
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.publication import LedgerFigures
from votesite.web.templating import beijing, number


def signing(opening: Entry) -> str:
    """Whether what two people decide is signed with keys of their own."""
    if opening["signed"]:
        return _("每项由两个人决定的事，都带着两人各用自己的密钥签的字，谁都可以核对。")
    return _("由两个人决定的事没有签字：账本只写着是哪两个工作账号先后确认的。")


def vouching(opening: Entry, cosigners: Sequence[Cosigner], close_n: int | None) -> list[str]:
    """Who answers for the count beside the log itself, and how far they have got."""
    if opening["rules"]["recount"] == "public":
        return [
            _("投票结束后，选票内容和打开选票的钥匙全部公开，谁都可以从头重算，不必相信任何一方。")
        ]
    said = [
        _("选票内容不公开。外人自己重算不了票数，要靠开账时指定的审计方逐张核对，再联署计票结果。")
    ]
    quorum = opening["quorum"]
    if not quorum:
        return [*said, _("这次没有规定要由审计方联署，所以计票以后也得不出“核对无误”的结论。")]
    said.append(_("开账时写定：至少要有 %(n)s 个审计方联署计票结果。", n=quorum))
    if close_n is not None:
        signed = sum(each.is_named and each.size > close_n for each in cosigners)
        said.append(_progress(signed, quorum))
    return said


def _progress(signed: int, quorum: int) -> str:
    if signed >= quorum:
        return _("现在公布的计票结果已有 %(n)s 个审计方联署，够了。", n=signed)
    return _(
        "现在公布的计票结果有 %(n)s 个审计方联署，还差 %(more)s 个。",
        n=signed,
        more=quorum - signed,
    )


def cosigner(cosigner: Cosigner) -> tuple[str, str, str]:
    """A line of the table of auditors: name, where the key comes from, what it has signed last."""
    named = _("开账时指定") if cosigner.is_named else _("后来登记")
    return cosigner.name, named, _last_signed(cosigner)


def _last_signed(cosigner: Cosigner) -> str:
    """What somebody has signed last, and when by their own clock."""
    if not cosigner.size:
        return _("还没有签")
    n = number(cosigner.size)
    if cosigner.at is None:
        return _("签到前 %(n)s 条；签名里没有时间", n=n)
    return _("签到前 %(n)s 条；签名自记的时间是 %(at)s", n=n, at=beijing(cosigner.at, "long"))


def electorate(figures: LedgerFigures) -> list[str]:
    """How many may vote, by the roster or by what the organiser states, and how many have."""
    said = []
    stated = figures.opening["electorate"]
    if figures.opening["rules"]["eligibility"] == "roster":
        said.append(_("名册上现有 %(n)s 个投票码，一人一码。", n=number(figures.roster_size)))
    if stated["population"]:
        said.append(
            _(
                "主办单位说明可以投票的有 %(n)s 人（依据：%(source)s）。",
                n=number(stated["population"]),
                source=stated["source"],
            )
        )
    elif not said:
        said.append(_("主办单位没有说明有多少人可以投票，所以看不出投票的人是不是多得出奇。"))
    return [*said, _voters(figures)]


def _voters(figures: LedgerFigures) -> str:
    n = number(figures.voters)
    if figures.opening["rules"]["repeat"] == "daily":
        return _("投票人最多的一天，有 %(n)s 个不同的投票人。", n=n)
    return _("到现在有 %(n)s 个不同的投票人。", n=n)


def limits(opening: Entry) -> list[str]:
    """What the ledger cannot prove, in plain words (ledger.md section 1)."""
    rules = opening["rules"]
    return [
        _("不能证明每个微信号背后都是真实、自愿的人。"),
        _("不能证明运营方没有凭空添加投票人。"),
        *_about_the_electorate(opening),
        _("账本里有身份设置的指纹，只供检查机关核对；公布的材料打不开它。"),
        _about_two_people(opening["signed"]),
        _about_counting(rules["recount"]),
        _(
            "票数每次至少合并 %(n)s 位投票人才公布；自己控制这么多账号的人，仍能看出别人投了谁。",
            n=rules["min_batch"],
        ),
        _(
            "计票以后的作废和恢复，每三天合并起来重新公布一次；合并起来只有一两张的，从前后之差仍看得出它们选了谁。"
        ),
        _("投票期间公布的票数，要等结束后选票打开，才能重新核算。"),
        _("事先约好的一种选法，可能在公布的选票里被认出来。"),
        _("同时拿到服务器访问日志和已打开选票的人，可能按先后推断某次访问投的是哪一张。"),
        *_about_honours(opening),
        _("如果从来没有人保存过指纹或回执，整本重写就无从发现。所以请您留一份。"),
    ]


def _about_honours(opening: Entry) -> list[str]:
    """What stays conduct or somebody's word between the count and the list of honours."""
    award, said = opening["award"], []
    if award["expert"]:
        said.append(
            _("打开评分表的钥匙在服务器上。评分结束前没有人偷看，靠的是纪律，账本证明不了。")
        )
        said.append(_("几号评委是哪个人，以任命评委的两个人的话为准。"))
    if award["satisfaction"] or award["objective"]:
        said.append(_("录入的数据是否属实，要去查注明的来源；账本只能证明录入以后没有改过。"))
    if said:
        said.append(_("不署名的反映不记入账本；有没有漏掉，账本看不出来。"))
    return said


def _about_the_electorate(opening: Entry) -> list[str]:
    if opening["rules"]["eligibility"] == "roster":
        return [_("不能证明名册上都是该有的人：账本里只有名册的人数和指纹，指纹只供检查机关核对。")]
    return []


def _about_two_people(signed: int) -> str:
    if signed:
        return _(
            "两个签名说明用了两把密钥，密钥是在本网站自己的页面上生成的；哪把是谁的，以开账记录和登记它的两个人的话为准。签了字的决定，也可能晚些才记进账本。"
        )
    return _("两个工作账号先后确认，不能证明背后是两个人。")


def _about_counting(recount: str) -> str:
    if recount == "auditors":
        return _(
            "外人不能自己重算票数，只能看审计方有没有联署；审计方的联署说明他们核对过，不能替您核对他们。"
        )
    return _("结束以后，谁有回执码，谁就能看到那张选票选了谁；所以它防不住有人拿回执卖票、查票。")


def honours(opening: Entry) -> list[str]:
    """What of the way from the count to the list of honours can be checked, and by whom."""
    award, rules = opening["award"], opening["rules"]
    said = [_("票数、评分和数据怎样合成名单，开账时就写定了；公示的综合结果可以照着重算一遍。")]
    if award["expert"]:
        said.append(_("算数的评分表都在评分结束以前封存进账本；以后改不了，也补不进去。"))
        said.append(
            _("公示开始以后，算数的评分表全部公开，专家分谁都可以重算。")
            if award["sheets"] == "public"
            else _("评分表不公开：专家分由审计方核对，外人能核对其余各项和总分。")
        )
    if award["satisfaction"]:
        said.append(
            _("满意度用本网站问卷算出的，计票以后答案也公开，平均分谁都可以重算。")
            if rules["recount"] == "public"
            else _("满意度用本网站问卷算出的，答案只给审计方，由审计方核对平均分。")
        )
    return [
        *said,
        _("每份评分、每张数据表、每次作废，是在知道票数以前记下的还是以后记下的，账本里看得出来。"),
        _(
            "提异议的人有回执；凭回执可以查，记入账本的异议一份也少不了。每份都有答复，名单才能确定。"
        ),
    ]


def addresses(
    size: int, shown: Disclosed, *, is_closed: bool, is_opened: bool
) -> list[tuple[str, str]]:
    """The addresses for programs that answer now, below the ledger's, and what each has.

    Of several tables the newest is named.
    """
    tile = "tile/entries/000" + (f".p/{size}" if size < tiles.WIDTH else "")
    listed = [
        (True, "checkpoint", _("最近一次盖印")),
        (True, "checkpoints", _("历次盖印")),
        (True, "vkey", _("核对盖印的公钥")),
        (True, "auditors", _("审计方的公钥")),
        (True, "candidates.json", _("候选名单")),
        (True, "log.jsonl", _("全部记录")),
        (True, "entries?from=0&to=10", _("一段记录")),
        (True, tile, _("按 C2SP 标准分块的记录")),
        (is_closed, "result.json", _("计票结果")),
        (is_closed, "archive.zip", _("整套存档")),
        (is_opened, "open.key", _("打开选票的钥匙")),
        (is_opened, "openings.jsonl", _("全部选票内容")),
        (shown.data, f"data?n={_last(shown.data)}", _("最近录入的数据")),
        (shown.answers, f"answers?n={_last(shown.answers)}", _("数据所依据的问卷答案")),
        (shown.rankings, "ranking.json", _("公示的综合结果")),
        (shown.shows_sheets, "sheets.jsonl", _("算数的评分表")),
        (shown.shows_panel, "panel.json", _("评委名单")),
    ]
    return [(address, what) for answers, address, what in listed if answers]


def _last(numbers: Sequence[int]) -> int | str:
    return numbers[-1] if numbers else ""


def kind(k: str, *, is_opened: bool) -> str:
    """An entry of this kind in a few words."""
    ballot = _("一张选票，内容已在存档里公开") if is_opened else _("一张选票，内容已封存")
    words = {
        "open": _("开账：规则、名单和日期从此固定"),
        "vote": ballot,
        "tally": _("公布票数"),
        "void": _("作废选票"),
        "restore": _("恢复选票"),
        "rule": _("规则变更，由两个工作账号先后确认"),
        "signer": _("登记可以参与决定的人"),
        "drop": _("取消一个人参与决定的资格"),
        "incident": _("事件记录"),
        "close": _("投票结束，公布计票结果"),
        "recount": _("作废或恢复后重新公布结果"),
        "judge": _("任命评委"),
        "dismiss": _("评委退出"),
        "sheet": _("评委交评分表，内容已封存"),
        "panel": _("评分结束"),
        "data": _("录入数据"),
        "ranking": _("得出综合结果"),
        "notice": _("公示综合结果"),
        "objection": _("收到异议，内容已封存"),
        "answer": _("答复异议"),
        "final": _("名单确定"),
        "revoke": _("撤销荣誉"),
    }
    return words.get(k, k)
