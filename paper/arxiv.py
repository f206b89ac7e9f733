"""The LaTeX sources for submission, as one archive whose bytes depend on nothing but its files."""

import gzip
import io
import re
import tarfile

from manuscript import TAKEN_IN, whole

MOST_AUTHORS = 12  # of more, only the first is named
ENTRY = re.compile(r"@(\w+)\{(\w+),\n(.*?)\n\}", re.DOTALL)
HEAD = re.compile(r"(\\begin\{longtable\}\S*\n\\caption.*?\\\\\n)(.*?)\\endhead", re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", re.MULTILINE)


def archive(parts, folder):
    """A gzipped tar of the manuscript's files and all that they take in, with the references as a .bbl file."""
    source = whole(parts)
    names = [f"{name}.tex" for name in TAKEN_IN.findall(source) if f"{name}.tex" not in parts]
    names += re.findall(r"\\includegraphics(?:\[[^]]*\])?\{([^}]+)\}", source)
    files = {name: captioned_once(text).encode() for name, text in parts.items()}
    files["main.bbl"] = bibliography(folder, source).encode()
    files |= {name: (folder / name).read_bytes() for name in (*names, "references.bib")}
    return packed(files)


def captioned_once(tex):
    """Long tables with the caption above their first page only: TeX repeats it else, pandoc knows but one head."""
    return HEAD.sub(r"\1\2\\endfirsthead\n\2\\endhead", tex)


def packed(files):
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), 0o644
            tar.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def bibliography(folder, source):
    """The cited references, by author and year, in the manner of BibTeX's style `plain`."""
    cited = {key.strip() for keys in re.findall(r"\\cite\{([^}]+)\}", source) for key in keys.split(",")}
    found = ENTRY.findall((folder / "references.bib").read_text(encoding="utf-8"))
    entries = {key: (kind, dict(FIELD.findall(text))) for kind, key, text in found if key in cited}
    chosen = sorted(entries, key=lambda key: (entries[key][1].get("author", ""), entries[key][1]["year"]))
    items = [f"\\bibitem{{{key}}}\n{item(*entries[key])}\n" for key in chosen]
    return "\n".join([f"\\begin{{thebibliography}}{{{len(items)}}}\n", *items, "\\end{thebibliography}\n"])


def item(kind, entry):
    """One reference: authors, title, where it appeared, year."""
    title = rf"\emph{{{entry['title']}}}" if kind == "book" else entry["title"]
    number = entry.get("volume", "") + (f"({entry['number']})" if "number" in entry else "")
    if kind == "article":
        where = [rf"\emph{{{entry['journal']}}}", number + (f":{entry['pages']}" if "pages" in entry else "")]
    else:
        edition = f"edition {entry['edition']}" if "edition" in entry else ""
        proceedings = rf"In \emph{{{entry['booktitle']}}}" if "booktitle" in entry else ""
        pages = f"pages {entry['pages']}" if "pages" in entry else ""
        volume = f"volume {number}" if number else ""
        where = [proceedings, volume, pages, entry.get("publisher", ""), edition, entry.get("howpublished", "")]
    doi = rf"\href{{https://doi.org/{entry['doi']}}}{{doi:{entry['doi']}}}" if "doi" in entry else ""
    parts = [authors(entry.get("author", "")), title, ", ".join(filter(None, [*where, entry["year"], doi]))]
    return "\n\\newblock ".join(f"{part}." for part in parts if part)


def authors(names):
    """Names as they are spoken; of many only the first."""
    people = [" ".join(reversed(name.split(", "))) for name in names.split(" and ")]
    people = people if len(people) <= MOST_AUTHORS else [people[0], "others"]
    return " and ".join(filter(None, [", ".join(people[:-1]), people[-1]]))
