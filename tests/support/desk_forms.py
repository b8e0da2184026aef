"""Forms of the desk as a browser sends them."""

import html
import re


def fields_of(page):
    """The fields a browser would send of the page's form with marks, or else of its first one."""
    forms = re.findall(r"<form.*?</form>", page, re.S)
    form = next((form for form in forms if 'name="seen"' in form), forms[0])
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        is_chosen = kind not in ("radio", "checkbox") or " checked" in tag
        if is_chosen and kind != "file":
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        value = (chosen[1] if chosen[1] is not None else chosen[2]) if chosen else ""
        found.setdefault(name, []).append(value)
    for name, value in re.findall(
        r'<textarea[^>]*name="([\w-]+)"[^>]*>\n?(.*?)</textarea>', form, re.S
    ):
        found.setdefault(name, []).append(value)
    return {name: [html.unescape(value) for value in values] for name, values in found.items()}
