"""Draw the picture of the README: the paper's figure of convergence, as preview/convergence.svg."""

from pathlib import Path

from deltamu.presentation.figures import find_figure, save

NAME = "convergence"


def main():
    folder = Path(__file__).resolve().parent / "preview"
    folder.mkdir(exist_ok=True)
    figure = find_figure(NAME)
    save(figure, figure.data(), folder / f"{NAME}.svg")


if __name__ == "__main__":
    main()
