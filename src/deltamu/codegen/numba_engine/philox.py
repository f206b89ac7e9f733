"""Philox4x32-10, a counter-based generator, as lines: random numbers of any run and move without those before them.

The generator is that of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from deltamu.codegen.numba_engine.lower import Lines

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
INCREMENTS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
WORD = 2**32 - 1
BITS = 42  # of each of three numbers from the 128 bits of a counter
ONE = 1023 << 52  # the bits of 1.0


def philox(lines: Lines, counter: tuple[str, str, str, str], key: tuple[str, str]) -> tuple[str, ...]:
    """Four random words of 32 bits, each in a 64-bit whole number; so are the words of counter and key."""
    first, second, third, fourth = counter
    for turn in range(ROUNDS):
        one, other = (
            lines.let(f"({word} + {turn * increment}) & {WORD}", whole=True)
            for word, increment in zip(key, INCREMENTS, strict=True)
        )
        a = lines.let(f"{first}*{MULTIPLIERS[0]}", whole=True)
        b = lines.let(f"{third}*{MULTIPLIERS[1]}", whole=True)
        first, third = (
            lines.let(f"(({product} >> 32) & {WORD}) ^ {word} ^ {round_key}", whole=True)
            for product, word, round_key in ((b, second, one), (a, fourth, other))
        )
        second, fourth = (lines.let(f"{product} & {WORD}", whole=True) for product in (b, a))
    return first, second, third, fourth


def uniforms(lines: Lines, words: tuple[str, ...]) -> list[str]:
    """Three numbers (n + 1/2)/2**42 from four random words: never 0 or 1, and as far from 1 as from 0."""
    *three, last = words
    found = []
    for place, word in enumerate(three):
        few = f"(({last} >> {place * (BITS - 32)}) & {2 ** (BITS - 32) - 1})"
        bits = lines.let(f"({word} << 20) | ({few} << {52 - BITS}) | {ONE}", whole=True)
        found.append(lines.let(f"({lines.number(bits)} - 1.0) + {2.0 ** -(BITS + 1)!r}"))
    return found
