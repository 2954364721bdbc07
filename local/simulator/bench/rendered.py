"""Storage format as `body.view` and `body.export_view`: near enough for what other connectors make of it."""

import re
from html import escape
from urllib.parse import quote, quote_plus

CODE = re.compile(
    r'<ac:structured-macro [^>]*ac:name="code".*?<ac:plain-text-body><!\[CDATA\[(.*?)\]\]></ac:plain-text-body>'
    r"</ac:structured-macro>",
    re.DOTALL,
)
PANEL = re.compile(r'<ac:structured-macro [^>]*ac:name="(info|note|tip|warning)"[^>]*>')
RICH = re.compile(r"</?ac:rich-text-body>")
IMAGE = re.compile(r'<ac:image[^>]*>\s*<ri:attachment ri:filename="([^"]*)"[^>]*?/?>.*?</ac:image>', re.DOTALL)
PAGE_LINK = re.compile(
    r'<ac:link[^>]*><ri:page ri:content-title="([^"]*)"[^>]*/>(?:<ac:link-body>(.*?)</ac:link-body>)?</ac:link>',
    re.DOTALL,
)
MENTION = re.compile(r'<ac:link[^>]*><ri:user ri:account-id="([^"]*)"[^>]*/></ac:link>')
TASK = re.compile(
    r"<ac:task>.*?<ac:task-status>(\w+)</ac:task-status><ac:task-body>(.*?)</ac:task-body></ac:task>", re.DOTALL
)
TASKS = re.compile(r"<(/?)ac:task-list>")
PARAMETER = re.compile(r"<ac:parameter[^>]*>.*?</ac:parameter>", re.DOTALL)
REST = re.compile(r"</?(?:ac|ri):[^>]*>|<!\[CDATA\[|\]\]>")


def rendered(storage: str, content_id: str, space_key: str) -> str:
    """HTML. What has no place in HTML loses its tags and keeps its text."""

    def image(found: re.Match[str]) -> str:
        return (
            f'<img class="confluence-embedded-image" src="/wiki/download/attachments/{content_id}/{quote(found[1])}" />'
        )

    def link(found: re.Match[str]) -> str:
        return f'<a href="/wiki/display/{space_key}/{quote_plus(found[1])}">{found[2] or found[1]}</a>'

    html = CODE.sub(lambda found: f'<div class="code panel pdl"><pre>{escape(found[1])}</pre></div>', storage)
    html = IMAGE.sub(image, html)
    html = PAGE_LINK.sub(link, html)
    html = MENTION.sub(r'<a class="confluence-userlink" data-account-id="\1" href="/wiki/people/\1">@\1</a>', html)
    html = TASK.sub(lambda found: f'<li class="{"checked" * (found[1] == "complete")}">{found[2]}</li>', html)
    html = TASKS.sub(r"<\1ul>", html)
    html = PANEL.sub(r'<div class="confluence-information-macro confluence-information-macro-\1">', html)
    html = RICH.sub("", html).replace("</ac:structured-macro>", "</div>")
    return REST.sub("", PARAMETER.sub("", html))
