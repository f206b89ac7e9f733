"""The LaTeX sources for submission, as one archive whose bytes depend on nothing but its files."""

import gzip
import io
import json
import re
import tarfile

import typeset


def archive(manuscript, folder):
    """A gzipped tar of the manuscript and all that it takes in, with the references as a .bbl file."""
    source = manuscript.read_text(encoding="utf-8")
    names = [f"{name}.tex" for name in re.findall(r"\\input\{([^}]+)\}", source)]
    names += re.findall(r"\\includegraphics(?:\[[^]]*\])?\{([^}]+)\}", source)
    files = {"main.tex": source.encode(), "main.bbl": bibliography(folder, source).encode()}
    files |= {name: (folder / name).read_bytes() for name in (*names, "references.bib")}
    return packed(files)


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
    """The cited references as BibTeX's style `plain` would set them."""
    cited = {key.strip() for keys in re.findall(r"\\cite\{([^}]+)\}", source) for key in keys.split(",")}
    entries = json.loads(typeset.pandoc("-f", "bibtex", "-t", "csljson", folder / "references.bib", folder=folder))
    entries = sorted((entry for entry in entries if entry["id"] in cited), key=order)
    items = [f"\\bibitem{{{entry['id']}}}\n{item(entry)}\n" for entry in entries]
    return "\n".join([f"\\begin{{thebibliography}}{{{len(items)}}}\n", *items, "\\end{thebibliography}\n"])


def order(entry):
    return [person.get("family", person.get("literal", "")) for person in entry.get("author", [])], year(entry)


def year(entry):
    return str(entry["issued"]["date-parts"][0][0])


def item(entry):
    """One reference: authors, title, where it appeared, year."""
    people = [name(person) for person in entry.get("author", [])]
    authors = " and ".join(filter(None, [", ".join(people[:-1]), *people[-1:]]))
    venue = f"\\emph{{{latex(entry['container-title'])}}}" if "container-title" in entry else ""
    volume = entry.get("volume", "") + (f"({entry['issue']})" if "issue" in entry else "")
    volume += f":{entry['page'].replace('–', '--')}" if "page" in entry else ""
    where = ", ".join(filter(None, [venue, volume, latex(entry.get("publisher", "")), latex(entry.get("note", ""))]))
    parts = [latex(authors), latex(entry["title"]), ", ".join(filter(None, [where, year(entry)]))]
    return "\n\\newblock ".join(f"{part}." for part in parts if part)


def name(person):
    return person.get("literal") or f"{person.get('given', '')} {person['family']}".strip()


def latex(text):
    """Text of a reference as LaTeX, in ASCII."""
    text = re.sub(r"<[^>]+>", "", text)
    for sign, command in {"&": r"\&", "%": r"\%", "_": r"\_", "–": "--", "’": "'", "é": r"\'e", "ř": r"\v{r}",
                          "Č": r"\v{C}", "í": r"\'{\i}", "ö": r'\"o', "ü": r'\"u'}.items():  # fmt: skip
        text = text.replace(sign, command)
    return text
