"""Campaign folders: the least that loads, one with everything, and ways to spoil them."""

import io
from pathlib import Path

from PIL import Image

MINIMAL = """
slug = "xiangzhen-2026"
title = "十佳乡镇推选"
wording = "推选"
fee_free = true
[approval]
number = "云表彰组〔2026〕3号"
[organisers]
host = ["云岭市人民政府办公室"]
[schedule]
voting = ["2026-11-12 09:00", "2026-12-12 18:00"]
[ballot]
scope = "day"
ballots = 1
picks = [1, 2]
[[categories]]
name = "城郊乡镇"
"""

FULL = '''
slug = "xiangzhen-2026"
title = "云岭市第三届“十佳乡镇政府”推选活动"
theme = "我心中的十佳乡镇"
wording = "表彰"
purpose = """第一段 \\\\ "引号"

- 第二段"""
colour = "blue"
cover = "media/cover.png"
fee_free = true
results = "daily 18:00"
recount = "public"
signed = true

[approval]
number = "云表彰组〔2026〕3号"

[organisers]
host = ["云岭市人民政府办公室"]
undertaker = ["云岭市政务服务管理局"]
supervisor = ["云岭市纪委监委机关"]
phone = "0800-0000000"
supervision_phone = "0800-0000001"
email = "pingxuan@example.gov.cn"

[schedule]
publicity = ["2026-11-01 09:00", "2026-11-08 18:00"]
nomination = ["2026-11-02 09:00", "2026-11-08 18:00"]
review = ["2026-11-08 18:00", "2026-11-12 09:00"]
voting = ["2026-11-12 09:00", "2026-12-12 18:00"]
counting = ["2026-12-12 18:00", "2026-12-15 09:00"]
notice = ["2026-12-15 09:00", "2026-12-22 18:00"]

[ballot]
scope = "day"
ballots = 2
picks = [1, 3]
repeat = "never"
hours = ["07:00", "24:00"]
order = "stroke"
eligibility = "roster"
min_batch = 7
quiet = 90
publish_every = 60

[[categories]]
name = "城郊乡镇"
seats = 3
picks = [0, 2]

[[categories]]
name = "山区乡镇"

[[criteria]]
key = "service"
name = "服务质量"
weight = 60

[[criteria]]
key = "创新做法"
name = "创新做法"
weight = 40

[weights]
public = 40
expert = 30
satisfaction = 20
objective = 10
public_score = "cap"
cap = 5000
expert_score = "points"
trim = false
decimals = 4
ties = ["expert", "public", "lot"]
missing = "drop"
region_cap = 2
sheets = "public"
panel = "named"
min_answers = 50
notice_days = 7

[electorate]
population = 412000
source = "云岭市2025年统计公报，常住人口"

[audit]
auditors = ["audit.example+76a85be9+AX3ihzbUhIZSlb8VCqJl2ziByjouzcBMvdgu0pEahWB8"]
quorum = 1

[[void_rules]]
id = "R1"
text = "同一来源在短时间内集中产生的异常选票"

[[void_rules]]
id = "R2"
text = "组织方核实的代投"
'''

CANDIDATES = """no,name,category
,青石镇人民政府,城郊乡镇
,白水乡人民政府,城郊乡镇
"""

FULL_CANDIDATES = """no,name,category,level,region,slogan,summary,service,创新做法,image,video
7,青石镇人民政府,城郊乡镇,乡级,530102,马上办,"第一行
第二行",**一窗**受理,办事日历,a.png;media/b.jpg,clip.mp4
,白水乡人民政府,山区乡镇,,云岭市,,=1+1,,,b.jpg,
,红岩乡人民政府,城郊乡镇,县级,,,- 列表,,,,
"""

SURVEY = """
id = "feedback"
title = "参与体验问卷"
audience = "voters"
phase = ["voting", "notice"]
anonymous = true

[[questions]]
id = "q1"
type = "single"
text = "您是否满意？"
options = ["满意", "不满意"]
required = true

[[questions]]
id = "q2"
type = "text"
text = "为什么不满意？"
show_if = "q1 = 不满意"

[[questions]]
id = "q3"
type = "matrix"
text = "请评价"
options = { rows = ["态度", "效率"], columns = ["好", "一般", "差"] }

[[questions]]
id = "q4"
type = "scale"
text = "打分"
per_candidate = true
"""


def picture(*, colour="red", size=(600, 400), mode="RGB", kind="PNG") -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind)
    return target.getvalue()


def make_folder(folder: Path, toml: str = MINIMAL, bodies: str | None = CANDIDATES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "campaign.toml").write_text(toml, encoding="utf-8")
    if bodies is not None:
        (folder / "candidates.csv").write_text(bodies, encoding="utf-8", newline="")
    return folder


def make_full_folder(folder: Path) -> Path:
    make_folder(folder, FULL, FULL_CANDIDATES)
    (folder / "media").mkdir()
    (folder / "media" / "cover.png").write_bytes(picture(colour="blue"))
    (folder / "media" / "a.png").write_bytes(picture(mode="RGBA", colour=(255, 0, 0, 90)))
    (folder / "media" / "b.jpg").write_bytes(picture(kind="JPEG"))
    (folder / "media" / "clip.mp4").write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + b"\0" * 99)
    (folder / "roster.csv").write_text("label\n张三\n李四\n", encoding="utf-8")
    (folder / "surveys").mkdir()
    (folder / "surveys" / "feedback.toml").write_text(SURVEY, encoding="utf-8")
    return folder


def toml_with(old: str, new: str, toml: str = MINIMAL) -> str:
    assert old in toml
    return toml.replace(old, new)
