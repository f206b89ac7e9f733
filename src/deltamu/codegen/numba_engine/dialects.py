"""What differs between the languages that lanes are printed in; arithmetic and comparisons are one text in both."""

from dataclasses import dataclass

__all__ = ["PYTHON", "C", "Dialect"]


@dataclass(frozen=True)
class Dialect:
    """A language, as format strings.

    Attributes
    ----------
    declare, declare_whole : str
        A line that names a number, or a 64-bit whole number.
    select : str
        One of two numbers, both of which are there: no branch.
    root, infinity, negation : str
        Square root, infinity, "not" of a condition.
    truncated : str
        A number below 2³¹ in size without its fraction, as a number.
    single : str
        A number rounded to single precision.
    bits, number : str
        The bits of a number as a whole number, and the number that has these bits.
    whole : str
        A number without fraction as a whole number.
    """

    declare: str
    declare_whole: str
    select: str
    root: str
    infinity: str
    negation: str
    truncated: str
    single: str
    bits: str
    number: str
    whole: str


PYTHON = Dialect(
    declare="{name} = {text}",
    declare_whole="{name} = {text}",
    select="select({condition}, {yes}, {no})",
    root="sqrt({0})",
    infinity="inf",
    negation="(not {0})",
    truncated="np.float64(np.int32({0}))",
    single="np.float64(np.float32({0}))",
    bits="np.float64({0}).view(np.int64)",
    number="np.int64({0}).view(np.float64)",
    whole="np.int64(np.int32({0}))",
)

C = Dialect(
    declare="const double {name} = {text};",
    declare_whole="const int64_t {name} = {text};",
    select="({condition} ? {yes} : {no})",
    root="sqrt({0})",
    infinity="INFINITY",
    negation="(!{0})",
    truncated="((double)(int32_t)({0}))",
    single="((double)(float)({0}))",
    bits="bits_of({0})",
    number="number_of({0})",
    whole="((int64_t)(int32_t)({0}))",
)
