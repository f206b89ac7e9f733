"""The one exception of the build, so that a mistake in the paper can be told from a defect of its scripts."""


class PaperError(Exception):
    """The paper cannot be built as it stands; the message has one line for each finding."""
