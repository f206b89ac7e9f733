"""The explorer: the article's interactive page in one file, its model part printed from the formulas.

* `programs`: the programs that the page runs, and their JavaScript; `picture`: one candidate of a move, as it is drawn;
* `facts`: symbols, keys and dependencies as data; `presets`: where to start from; `story`: the tour and its claims,
  with their `evidence`; `tips`: what a control says of itself;
* `mathematics`: MathML; `layout`: what stands where; `page`: the page put together;
* ``assets``: templates, style, and the hand-written script.  Of the model's side ``run``, ``grids``, ``reach``,
  ``tangents``, ``fan`` and ``rescue``; of the page's ``settings``, ``words``, figures, ``picture`` and what is touched.
"""

from collections.abc import Iterable

from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import Policy

__all__ = ["explorer_page"]


@checked
def explorer_page(*, policies: Iterable[Policy] = (), models: Iterable[Model] = (), embed: bool = False) -> str:
    """The explorer as one self-contained HTML text: it needs no server and no network.

    Parameters
    ----------
    policies, models : iterable of Policy, of Model, optional
        Offered besides deltamu's own; the controls that they bring along need defaults, and get a slider where they
        have one.
    embed : bool
        A fragment for an article instead of a page: one element with the id ``llm-codegen-simulator``, its style
        scoped to it, and a script that leaves no global name behind.

    Returns
    -------
    str

    Raises
    ------
    InputError
        The extra ``explorer`` is not installed, two policies or models have one name, or a control has no default.

    Examples
    --------
    >>> from deltamu import explorer_page
    >>> page = explorer_page()  # doctest: +SKIP
    """
    from deltamu.model.models import MODELS
    from deltamu.model.policies import POLICIES
    from deltamu.presentation.explorer.facts import Contents
    from deltamu.presentation.explorer.page import whole_page

    return whole_page(Contents((*MODELS.values(), *models), (*POLICIES.values(), *policies)), embed=embed)
