"""Draw the picture of the README: the paper's figure of convergence, as preview/convergence.svg."""

import io

import make
import matplotlib

from deltamu.files import write_whole
from deltamu.plotting import STYLE

NAME = "convergence"


def main():
    module = make.load(make.HERE / "figures" / f"{NAME}.py")
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE | {"svg.hashsalt": NAME, "svg.fonttype": "path"}):
        module.draw(module.data()).savefig(buffer, format="svg", metadata={"Date": None}, facecolor="white")
    folder = make.HERE / "preview"
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{NAME}.svg", buffer.getvalue())


if __name__ == "__main__":
    main()
