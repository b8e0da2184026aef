"""The people of the simulator: a dozen citizens, and one who only sees a snapshot page."""

import re
from dataclasses import dataclass

SNAPSHOT = "kuaizhao"
VOIDED = "zhou-hao"  # the demo's story voids a ballot of this one
_ID = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class Persona:
    """Somebody who can press the button in WeChat."""

    id: str
    name: str
    about: str
    follows: bool = False

    @property
    def is_snapshot(self) -> bool:
        """Whether WeChat shows this one a snapshot page."""
        return self.id == SNAPSHOT


PERSONAS = (
    Persona("zhang-guilan", "张桂兰", "68 岁，退休教师，青石镇", follows=True),
    Persona("li-jianguo", "李建国", "54 岁，茶农，云上乡"),
    Persona("wang-xiumei", "王秀梅", "45 岁，村医，河口镇", follows=True),
    Persona("chen-zhiqiang", "陈志强", "38 岁，中学教师，城关街道", follows=True),
    Persona("yang-lihua", "杨丽华", "33 岁，社区网格员，东山街道", follows=True),
    Persona("zhao-wei", "赵伟", "29 岁，快递员，城关街道"),
    Persona("liu-yang", "刘洋", "21 岁，大学生，白沙镇"),
    Persona("huang-mei", "黄梅", "41 岁，客栈老板，古渡镇", follows=True),
    Persona(VOIDED, "周浩", "36 岁，护林员，松林乡。演示里有一张选票被作废，可以申诉"),
    Persona("wu-fang", "吴芳", "27 岁，银行柜员，东山街道"),
    Persona("mu-aping", "木阿萍", "59 岁，刺绣传承人，雪岭乡", follows=True),
    Persona("he-zhenghua", "和正华", "72 岁，老支书，雪岭乡"),
    Persona(SNAPSHOT, "快照页访客", "微信只让他看快照页，给出的标识不是本人"),
)
_BY_ID = {persona.id: persona for persona in PERSONAS}


def persona_of(name: str) -> Persona | None:
    """A persona by id; any other well-formed id is one more citizen, for tests that need many."""
    if not _ID.fullmatch(name):
        return None
    return _BY_ID.get(name) or Persona(name, name, "")
