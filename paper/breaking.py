r"""Long displayed expressions, broken at relations and sums into lines that fit."""

import re

LONGEST = 78  # glyphs of a line
MOST_LINES = 6
COMMAND = re.compile(r"\\(?:left|right|mathrm|operatorname|displaystyle|tfrac|dfrac|frac|sqrt|text)\b|\\[,;! ]")
FRACTION = r"\frac"
RELATIONS = (" = ", " > ", " < ", r" \geq ", r" \leq ", r" \neq ")
SIGNS = (" + ", " - ")


def glyphs(tex):
    """About how many glyphs wide an expression is; a fraction counts with both of its parts."""
    return len(re.sub(r"\\[A-Za-z]+", "x", re.sub(r"[{}^_\s]", "", COMMAND.sub("", tex))))


def broken(tex):
    """The expression in as many lines as it needs; None if these are too many, or one does not fit."""
    if glyphs(tex) <= LONGEST or r"\begin" in tex:
        return tex if glyphs(tex) <= 2 * LONGEST else None
    lines = []
    for side in pieces(tex, RELATIONS):
        lines += filled(pieces(side, SIGNS)) if glyphs(side) > LONGEST else [side]
    if len(lines) > MOST_LINES or any(glyphs(line) > LONGEST for line in lines):
        return None
    return r"\begin{aligned} " + r" \\ ".join(f"& {line}" for line in lines) + r" \end{aligned}"


def filled(terms):
    """Terms in lines, each as full as it can be; later lines are set in."""
    lines = [""]
    for term in terms:
        if lines[-1] and glyphs(lines[-1] + term) > LONGEST:
            lines.append(r"\quad ")
        lines[-1] += term
    return lines


def pieces(tex, separators):
    """An expression cut before its separators, where these stand in no bracket."""
    depth, start, found = 0, 0, []
    for place, character in enumerate(tex):
        depth += (character in "{([") - (character in "})]")
        if depth == 0 and place > start and tex.startswith(separators, place):
            found.append(tex[start:place])
            start = place
    return [*found, tex[start:]]
