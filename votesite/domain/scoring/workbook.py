"""`award.xlsx`: the ranking beside live formulas that compute it again from votes and sheets.

Whoever changes a figure sees what follows. Every number is a whole number below 2^53, which a
spreadsheet holds exactly; rounding half up of a/b is QUOTIENT(2a + b, 2b). The formulas use only
functions that Excel 2007 and LibreOffice know. A spreadsheet has no SHA-256: the digests of a lot
stand as texts, and formulas compare their first 72 bits.
"""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from votesite.domain.scoring.composite import COMPONENTS, MIN_TRIMMED, SHEET_FULL, Inputs, Ranking
from votesite.domain.spreadsheets import MAX_CELL, sheet_name

WORDS = {
    "ranking": "排名",
    "components": "折算",
    "groups": "组别",
    "votes": "选票",
    "scores": "评委打分",
    "values": "评委得分",
    "figures": "数据",
    "honours": "授予",
    "rules": "规则",
    "no": "编号",
    "name": "名称",
    "category": "组别",
    "group": "组别序号",
    "region": "地区",
    "region_group": "地区序号",
    "net": "有效票数",
    "rank": "名次",
    "awarded": "授予",
    "total": "总分",
    "public": "公众投票",
    "expert": "专家评审",
    "satisfaction": "满意度",
    "objective": "客观数据",
    "published": "公布",
    "computed": "公式",
    "check": "核对",
    "alike": "一致",
    "different": "不一致",
    "all_alike": "全部一致",
    "unit": "分数均为整数，单位（分）：",
    "judge": "评委",
    "sheets": "评分表份数",
    "sum": "合计",
    "highest": "最高",
    "lowest": "最低",
    "counted": "计入份数",
    "counted_sum": "计入合计",
    "mean": "平均分",
    "seats": "名额",
    "candidates": "候选数",
    "most": "最高票数",
    "trimmed": "去掉最高最低",
    "scored": "有评分的候选数",
    "weight": "计入权重",
    "weights": "权重合计",
    "before": "前面各组候选数",
    "weighted": "加权合计",
    "digest": "抽签摘要",
    "digest_first": "摘要前段",
    "digest_second": "摘要后段",
    "position": "次序",
    "row": "行",
    "alike_region": "同名次同地区数",
    "awarded_before": "本组已授予",
    "held_before": "本地区已授予",
    "decimals": "小数位数",
    "full": "满分",
    "public_score": "投票折算方法",
    "cap": "封顶票数",
    "expert_score": "评审折算方法",
    "trim": "去掉最高最低分",
    "missing": "缺分处理",
    "region_cap": "每个地区最多",
    "ties": "同分时依次比较",
    "lot": "抽签结果",
    "criteria": "评审指标",
    "criteria_weights": "指标权重",
}

_SHOWN = ("rank", "awarded", "total", *COMPONENTS)
_RULES = (
    *("decimals", "full", *COMPONENTS),
    *("public_score", "cap", "expert_score", "trim", "missing", "region_cap", "ties", "lot"),
)
_CRITERIA_ROW = len(_RULES) + 2  # of the sheet `rules`, as spreadsheets count
_DIGITS = 9  # hexadecimal digits of a digest in one number: HEX2DEC takes ten, the tenth a sign


def award_workbook(
    inputs: Inputs,
    ranking: Ranking,
    names: Mapping[int, str],
    criteria: Sequence[str] = (),
    words: Mapping[str, str] = WORDS,
) -> bytes:
    """Returns the workbook of a ranking and of what it was made of.

    `names` are those of the candidates, `criteria` those of the criteria (their keys where it is
    empty), `words` the heads by what they are about. The sheet `ranking` has every published number
    beside the formula's, and says in each row whether they are alike.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_urls": False})
    _Book(book, inputs, ranking, (names, criteria, words)).fill()
    book.close()
    return target.getvalue()


class _Page:
    """A worksheet whose columns have names, its rows counted from 1 as spreadsheets do."""

    def __init__(self, book: Any, title: str, heads: Sequence[tuple[str, str]], top: int) -> None:
        self.sheet = book.add_worksheet(title)
        self.quoted = "'" + title.replace("'", "''") + "'"
        self.top, self.rows = top, 0
        self.columns = {key: at for at, (key, _) in enumerate(heads)}
        style = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for at, (_, head) in enumerate(heads):
            self.sheet.write_string(top - 1, at, head, style)
        self.sheet.freeze_panes(top, min(2, len(heads)))

    def letter(self, key: str) -> str:
        """Returns a column's letters."""
        return str(xl_col_to_name(self.columns[key]))

    def cell(self, key: str, row: int) -> str:
        """Returns the address of a cell from any sheet; row 1 is the first below the heads."""
        return f"{self.quoted}!${self.letter(key)}${self.top + row}"

    def column(self, key: str) -> str:
        """Returns the address of a whole column without its head."""
        return f"{self.cell(key, 1)}:${self.letter(key)}${self.top + self.rows}"

    def above(self, key: str, row: int) -> str:
        """Returns the part of a column above a row, its head included, which counts as nothing."""
        first, last = self.cell(key, 0), self.top + row - 1
        return f"{first}:${self.letter(key)}${last}"

    def put(self, row: int, key: str, value: Any, *, known: Any = "") -> None:
        """Write a number, a text, a formula (begun with =, its value where `known`), or nothing."""
        at = (self.top + row - 1, self.columns[key])
        if isinstance(value, _Formula):
            self.sheet.write_formula(*at, value, None, known)
        elif isinstance(value, str):
            self.sheet.write_string(*at, value[:MAX_CELL])
        elif value is not None:
            self.sheet.write_number(*at, value)


class _Formula(str):
    """A text that is meant as a formula: nobody's words ever are."""

    __slots__ = ()


def _half_up(numerator: str, denominator: str) -> str:
    return f"QUOTIENT(2*({numerator})+{denominator},2*({denominator}))"


class _Book:
    """The sheets of the workbook; those of candidates have a row for each, ascending by number."""

    def __init__(
        self,
        book: Any,
        inputs: Inputs,
        ranking: Ranking,
        texts: tuple[Mapping[int, str], Sequence[str], Mapping[str, str]],
    ) -> None:
        self.inputs, self.award, self.ranking = inputs, inputs.award, ranking
        self.names, criteria, self.words = texts
        self.titles: set[str] = set()
        self.criteria = list(criteria) or [each["key"] for each in self.award["criteria"]]
        self.candidates = sorted(inputs.candidates)
        self.groups_of = {name: at for at, (name, _) in enumerate(self.award["seats"], 1)}
        has_sheets = bool(self.award["expert"] and inputs.sheets)
        self.judges = len(inputs.sheets) if has_sheets else 0
        self.ranked = self._page(
            book,
            "ranking",
            ["no", "name", "category", "region"],
            [
                *(
                    (f"{key}-{side}", f"{self.words[key]}（{self.words[side]}）")
                    for key in _SHOWN
                    for side in ("published", "computed")
                ),
                ("check", self.words["check"]),
            ],
            top=3,
        )
        self.parts = self._page(
            book,
            "components",
            ["no", "name", "group", "net", *COMPONENTS, "weighted", "weights", "total"],
            self._heads("digest", "digest_first", "digest_second", "rank", "awarded", "position"),
        )
        self.groups = self._page(
            book,
            "groups",
            ["group", "category", "seats", "candidates", "most", "trimmed", "scored"],
            [
                *((key, f"{self.words['weight']}：{self.words[key]}") for key in COMPONENTS),
                *self._heads("weights", "before"),
            ],
        )
        self.groups.rows = len(self.award["seats"])
        self.votes = self._page(
            book,
            "votes",
            ["no", "name", "category", "group", "region", "region_group", "net"],
        )
        judges = range(1, self.judges + 1)
        self.scores = self._page(
            book,
            "scores",
            ["no", "name"],
            [
                (f"{judge}-{at}", f"{self.words['judge']}{judge} {name}")
                for judge in judges
                for at, name in enumerate(self.criteria)
            ],
        )
        self.values = self._page(
            book,
            "values",
            ["no", "name"],
            [
                *((str(judge), f"{self.words['judge']}{judge}") for judge in judges),
                *self._heads("sheets", "sum", "highest", "lowest", "counted", "counted_sum"),
                *self._heads("mean"),
            ],
        )
        self.figures = self._page(book, "figures", ["no", "name", "satisfaction", "objective"])
        self.honours = self._page(
            book,
            "honours",
            ["position", "row", "group", "rank", "region_group", "alike_region"],
            self._heads("awarded_before", "held_before", "awarded"),
        )
        if not self.award["region_cap"]:
            self.honours.sheet.hide()
        self.rules = _Page(book, self._title("rules"), self._heads("rules", "published"), 1)

    def fill(self) -> None:
        """Write everything."""
        self._fill_rules()
        self._fill_groups()
        for row, candidate in enumerate(self.candidates, 1):
            for page in (
                *(self.ranked, self.parts, self.votes, self.scores, self.values, self.figures),
            ):
                page.put(row, "no", candidate.no)
                page.put(row, "name", self.names[candidate.no])
        published = {row[0]: dict(zip(_SHOWN, row[1:], strict=True)) for row in self.ranking.rows}
        self._fill_votes()
        self._fill_scores()
        for row, candidate in enumerate(self.candidates, 1):
            self._fill_values(row, candidate.no)
            self._fill_parts(row, candidate.no, published[candidate.no])
            self._fill_honours(row)
            self._fill_ranking(row, published[candidate.no])
        self._fill_summary()

    def _page(
        self,
        book: Any,
        title: str,
        keys: Sequence[str],
        more: Sequence[tuple[str, str]] = (),
        top: int = 1,
    ) -> _Page:
        page = _Page(book, self._title(title), [*self._heads(*keys), *more], top)
        page.rows = max(len(self.candidates), 1)
        return page

    def _title(self, key: str) -> str:
        return sheet_name(self.words[key], self.titles)

    def _heads(self, *keys: str) -> list[tuple[str, str]]:
        return [(key, self.words[key]) for key in keys]

    def _rule(self, key: str) -> str:
        return f"{self.rules.quoted}!$B${_RULES.index(key) + 2}"

    def _fill_rules(self) -> None:
        for at, key in enumerate(_RULES, 1):
            value = self.award.get(key)
            self.rules.put(at, "rules", self.words[key])
            if key == "full":
                value = _Formula(f"=IF({self._rule('decimals')}=4,1000000,10000)")
            elif key == "lot":
                value = self.inputs.lot
            elif key == "ties":
                value = " ".join(self.award["ties"])
            self.rules.put(at, "published", value, known=self.inputs.full)
        sheet, style = self.rules.sheet, None
        sheet.write_string(_CRITERIA_ROW - 1, 0, self.words["criteria"], style)
        sheet.write_string(_CRITERIA_ROW, 0, self.words["criteria_weights"], style)
        for at, criterion in enumerate(self.award["criteria"], 1):
            sheet.write_string(_CRITERIA_ROW - 1, at, self.criteria[at - 1][:MAX_CELL])
            sheet.write_number(_CRITERIA_ROW, at, criterion["weight"])

    def _fill_groups(self) -> None:
        own = self.parts.column("group")
        sheets = self.values.column("sheets")
        for row, (name, seats) in enumerate(self.award["seats"], 1):
            group = self.groups.cell("group", row)
            few = f'COUNTIFS({own},{group},{sheets},">0",{sheets},"<{MIN_TRIMMED}")'
            scored = self.groups.cell("scored", row)
            fields: dict[str, Any] = {
                "group": row,
                "category": name,
                "seats": seats,
                "candidates": f"=COUNTIF({own},{group})",
                "most": f"=SUMPRODUCT(MAX(({own}={group})*{self.parts.column('net')}))",
                "scored": f'=COUNTIFS({own},{group},{sheets},">0")',
                "trimmed": f"=IF({self._rule('trim')}=0,0,IF({scored}=0,0,IF({few}=0,1,0)))",
                "before": f"=SUM({self.groups.above('candidates', row)})",
            }
            for each in COMPONENTS:
                weight = self._rule(each)
                lacking = f"COUNTIFS({own},{group},{self.parts.column(each)},-1)"
                is_dropped = f'AND({self._rule("missing")}="drop",{lacking}>0)'
                fields[each] = f"=IF({is_dropped},0,{weight})"
            first, last = (self.groups.cell(COMPONENTS[at], row) for at in (0, -1))
            fields["weights"] = f"=SUM({first}:{last.partition('!')[2]})"
            for key, value in fields.items():
                is_formula = isinstance(value, str) and key != "category"
                self.groups.put(row, key, _Formula(value) if is_formula else value)

    def _fill_votes(self) -> None:
        regions = sorted({candidate.region for candidate in self.candidates} - {""})
        for row, candidate in enumerate(self.candidates, 1):
            self.votes.put(row, "category", candidate.category)
            self.votes.put(row, "group", self.groups_of[candidate.category])
            self.votes.put(row, "region", candidate.region)
            place = regions.index(candidate.region) + 1 if candidate.region else 0
            self.votes.put(row, "region_group", place)
            self.votes.put(row, "net", self.inputs.votes.get(candidate.no, 0))
            for key in ("satisfaction", "objective"):
                self.figures.put(row, key, getattr(self.inputs, key).get(candidate.no))

    def _fill_scores(self) -> None:
        rows = {candidate.no: row for row, candidate in enumerate(self.candidates, 1)}
        for judge in range(1, self.judges + 1):
            for no, scores in self.inputs.sheets[judge - 1]:
                for at, score in enumerate(scores):
                    if no in rows:
                        self.scores.put(rows[no], f"{judge}-{at}", score)

    def _fill_values(self, row: int, no: int) -> None:
        page, last = self.values, len(self.criteria) - 1
        weights = f"{self.rules.quoted}!$B${_CRITERIA_ROW + 1}:"
        weights += f"${xl_col_to_name(last + 1)}${_CRITERIA_ROW + 1}"
        for judge in range(1, self.judges + 1):
            first = self.scores.cell(f"{judge}-0", row)
            given = f"{first}:{self.scores.cell(f'{judge}-{last}', row).partition('!')[2]}"
            value = f'=IF(COUNT({given})=0,"",SUMPRODUCT({given},{weights}))'
            page.put(row, str(judge), _Formula(value))
        trimmed = f"INDEX({self.groups.column('trimmed')},{self.parts.cell('group', row)})"
        sheets, total = page.cell("sheets", row), page.cell("sum", row)
        counted, counted_sum = page.cell("counted", row), page.cell("counted_sum", row)
        highest, lowest = page.cell("highest", row), page.cell("lowest", row)
        mean = _half_up(f"{self._rule('full')}*{counted_sum}", f"({SHEET_FULL}*{counted})")
        formulas = {
            "counted": f"=IF({trimmed}=1,MAX({sheets}-2,0),{sheets})",
            "counted_sum": f"=IF({trimmed}=1,{total}-{highest}-{lowest},{total})",
            "mean": f"=IF({sheets}=0,-1,{mean})",
        }
        for key, function in (
            *(("sheets", "COUNT"), ("sum", "SUM"), ("highest", "MAX"), ("lowest", "MIN")),
        ):
            formulas[key] = f"={function}({self._values_of(row)})"
        for key, formula in formulas.items():
            known = self.ranking.expert_points.get(no, -1) if key == "mean" else ""
            page.put(row, key, _Formula(formula), known=known)

    def _values_of(self, row: int) -> str:
        """Returns the cells of a candidate's sheets; without any, an empty cell of the scores."""
        if not self.judges:
            return f"{self.scores.quoted}!$C${row + 1}"
        last = self.values.cell(str(self.judges), row).partition("!")[2]
        return f"{self.values.cell('1', row)}:{last}"

    def _fill_parts(self, row: int, no: int, published: Mapping[str, int]) -> None:
        page = self.parts
        digest = hashlib.sha256(f"{self.inputs.lot}|{no}".encode()).hexdigest()
        has_lot = "lot" in self.award["ties"]
        page.put(row, "digest", digest if has_lot else None)
        text = page.cell("digest", row)
        formulas: dict[str, str] = {
            "group": f"={self.votes.cell('group', row)}",
            "net": f"={self.votes.cell('net', row)}",
            "weighted": "="
            + "+".join(
                f"INDEX({self.groups.column(each)},{page.cell('group', row)})"
                f"*MAX({page.cell(each, row)},0)"
                for each in COMPONENTS
            ),
            "weights": f"=INDEX({self.groups.column('weights')},{page.cell('group', row)})",
            "total": self._total(row),
            "rank": "=1+" + "+".join(self._better(row)),
            "awarded": self._awarded(row),
            "position": self._position(row),
            **{each: self._points(each, row) for each in COMPONENTS},
        }
        if has_lot:
            formulas["digest_first"] = f"=HEX2DEC(MID({text},1,{_DIGITS}))"
            formulas["digest_second"] = f"=HEX2DEC(MID({text},{_DIGITS + 1},{_DIGITS}))"
        for key, formula in formulas.items():
            page.put(row, key, _Formula(formula), known=published.get(key, ""))

    def _points(self, component: str, row: int) -> str:
        ways: dict[str, Callable[[int], str]] = {
            "public": self._public,
            "expert": self._expert,
        }
        figure = self.figures.cell(component, row) if component in self.figures.columns else ""
        way = ways.get(component)
        points = way(row) if way else f"IF(ISNUMBER({figure}),{figure},-1)"
        return f"=IF({self._rule(component)}=0,-1,{points})"

    def _public(self, row: int) -> str:
        full, net = self._rule("full"), self.parts.cell("net", row)
        group = self.parts.cell("group", row)
        if self.award["public_score"] == "rank":
            count = f"INDEX({self.groups.column('candidates')},{group})"
            return self._by_place(row, self.parts.column("net"), net, count)
        if self.award["public_score"] == "cap":
            cap = self._rule("cap")
            return _half_up(f"{full}*MIN({net},{cap})", cap)
        most = f"INDEX({self.groups.column('most')},{group})"
        return f"IF({most}=0,0,{_half_up(f'{full}*{net}', most)})"

    def _expert(self, row: int) -> str:
        mean = self.values.cell("mean", row)
        if self.award["expert_score"] == "points":
            return mean
        count = f"INDEX({self.groups.column('scored')},{self.parts.cell('group', row)})"
        return f"IF({mean}<0,-1,{self._by_place(row, self.values.column('mean'), mean, count)})"

    def _by_place(self, row: int, figures: str, mine: str, count: str) -> str:
        """Returns FULL × (count − how many have more) / count, half up."""
        own, group = self.parts.column("group"), self.parts.cell("group", row)
        above = f'COUNTIFS({own},{group},{figures},">"&{mine})'
        return _half_up(f"{self._rule('full')}*({count}-{above})", count)

    def _total(self, row: int) -> str:
        weighted, weights = self.parts.cell("weighted", row), self.parts.cell("weights", row)
        return f"=IF({weights}=0,0,{_half_up(weighted, weights)})"

    def _better(self, row: int) -> list[str]:
        """Returns counts of who stands above, by total and then by what decides ties."""
        own, group = self.parts.column("group"), self.parts.cell("group", row)
        alike, found = f"{own},{group}", []
        for key, sign in self._deciders():
            column, mine = self.parts.column(key), self.parts.cell(key, row)
            found.append(f'COUNTIFS({alike},{column},"{sign}"&{mine})')
            alike += f",{column},{mine}"
        return found

    def _deciders(self) -> list[tuple[str, str]]:
        found = [("total", ">")]
        for member in self.award["ties"]:
            if member == "lot":
                found += [("digest_first", "<"), ("digest_second", "<")]
            else:
                found.append(("net" if member == "public" else member, ">"))
        return found

    def _awarded(self, row: int) -> str:
        if self.award["region_cap"]:
            return f"=INDEX({self.honours.column('awarded')},{self.parts.cell('position', row)})"
        seats = f"INDEX({self.groups.column('seats')},{self.parts.cell('group', row)})"
        return f"=IF({self.parts.cell('rank', row)}<={seats},1,0)"

    def _position(self, row: int) -> str:
        """Returns where a candidate stands among all: categories in turn, then rank, number."""
        own, group = self.parts.column("group"), self.parts.cell("group", row)
        rank, no = self.parts.cell("rank", row), self.parts.cell("no", row)
        before = f"INDEX({self.groups.column('before')},{group})"
        equal = f"COUNTIFS({own},{group},{self.parts.column('rank')},{rank},"
        return f'={before}+{rank}+{equal}{self.parts.column("no")},"<"&{no})'

    def _fill_honours(self, position: int) -> None:
        """Award in the order of positions: each row looks at those above it alone."""
        if not self.award["region_cap"]:
            return
        page = self.honours
        at = {key: page.cell(key, position) for key in page.columns}
        above = {key: page.above(key, position) for key in page.columns}
        parts, regions = self.parts, self.votes.column("region_group")
        same = f"{above['group']},{at['group']},{above['rank']}"
        in_region = f"{above['awarded']},{above['region_group']},{at['region_group']}"
        room = f"{at['held_before']}+{at['alike_region']}<={self._rule('region_cap')}"
        seats = f"INDEX({self.groups.column('seats')},{at['group']})"
        group_mates = f"SUMIFS({in_region},{same},{at['rank']})"
        formulas = {
            "row": f"MATCH({at['position']},{parts.column('position')},0)",
            "group": f"INDEX({parts.column('group')},{at['row']})",
            "rank": f"INDEX({parts.column('rank')},{at['row']})",
            "region_group": f"INDEX({regions},{at['row']})",
            "alike_region": f"COUNTIFS({parts.column('group')},{at['group']},"
            f"{parts.column('rank')},{at['rank']},{regions},{at['region_group']})",
            "awarded_before": f'SUMIFS({above["awarded"]},{same},"<"&{at["rank"]})',
            "held_before": f"SUMIFS({in_region})-{group_mates}",
            "awarded": f"IF({at['awarded_before']}>={seats},0,"
            f"IF({at['region_group']}=0,1,IF({room},1,0)))",
        }
        page.put(position, "position", position)
        for key, formula in formulas.items():
            page.put(position, key, _Formula(f"={formula}"))

    def _fill_ranking(self, row: int, published: Mapping[str, int]) -> None:
        page = self.ranked
        candidate = self.candidates[row - 1]
        page.put(row, "category", candidate.category)
        page.put(row, "region", candidate.region)
        pairs = []
        for key in _SHOWN:
            page.put(row, f"{key}-published", published[key])
            formula = _Formula(f"={self.parts.cell(key, row)}")
            page.put(row, f"{key}-computed", formula, known=published[key])
            pairs.append(
                f"{page.cell(f'{key}-published', row)}={page.cell(f'{key}-computed', row)}"
            )
        verdict = f"{self._text('alike')},{self._text('different')}"
        page.put(row, "check", _Formula(f"=IF(AND({','.join(pairs)}),{verdict})"))

    def _text(self, key: str) -> str:
        """Returns words as a formula holds them."""
        return '"' + self.words[key].replace('"', '""') + '"'

    def _fill_summary(self) -> None:
        sheet = self.ranked.sheet
        unit = "0." + "0" * (self.award["decimals"] - 1) + "1"
        sheet.write_string(0, 0, self.words["unit"] + unit)
        checks = f"COUNTIF({self.ranked.column('check')},{self._text('alike')})"
        verdict = f"{self._text('all_alike')},{self._text('different')}"
        formula = f"=IF({checks}={len(self.candidates)},{verdict})"
        sheet.write_string(1, 0, self.words["check"])
        sheet.write_formula(1, 1, formula, None, "")
