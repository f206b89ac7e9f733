"""Every link of a built site is followed: to files, to places inside them, and none loads anything from elsewhere."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}
NAVIGATION = {"canonical", "alternate", "index", "search", "next", "prev", "author", "copyright"}


class Page(HTMLParser):
    """The links and the places of one page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.places = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.places |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        elif tag in LOADED and (target := found.get(LOADED[tag])):
            navigates = tag == "link" and set((found.get("rel") or "").split()) & NAVIGATION
            (self.links if navigates else self.loads).append(target)


def problems(site):
    """What is wrong with the links of a site, one line each.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.html").write_text('<a href="b.html">b</a> <a href="#here">here</a> <p id="there">')
    >>> problems(folder)
    ['a.html: b.html leads nowhere', 'a.html: #here leads nowhere']
    """
    site = Path(site).resolve()
    paths = (path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts)
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in paths}
    found = []
    for path, page in pages.items():
        where = path.relative_to(site)
        for target in dict.fromkeys([*page.links, *page.loads]):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if target in page.loads and parts.scheme != "data":
                    found.append(f"{where}: {target} is loaded from elsewhere")
            elif not leads(path, parts, pages):
                found.append(f"{where}: {target} leads nowhere")
    return found


def leads(path, parts, pages):
    """Whether a link inside the site leads to a file, and to a place in it if it names one."""
    file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not file.exists():
        return False
    place = unquote(parts.fragment)
    return not place or file not in pages or place in pages[file].places


if __name__ == "__main__":
    sys.exit("\n".join(problems(sys.argv[1])) or None)
