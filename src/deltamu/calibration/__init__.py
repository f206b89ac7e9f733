"""What data say: the model fitted to logs of runs, with its uncertainty, and carried on to settings.

Rooms, in the order in which data flows through them:

* `logs`: one tidy table from any known log, checked, counted and told back;  `importers`: one known form a module;
* `parameters`: what is fitted, on which scale;  `laws`: what a log shows, as records of symbols;
* `rows`, `gathered`, `tables`: tidy rows of a log, checked, and gathered into the counts that a law reads;
* `compiled`, `likelihood`: cells with exact slopes from the symbols; likelihood, score and information;
* `optimum`, `intervals`: maximum likelihood and profile likelihood, many data sets at once;
* `problem`, `estimates`, `fitting`: `fit`;  `bootstrap`, `report`: how well, and in words;
* `profiles`, `comparison`, `designs`, `prediction`: one parameter, against baselines, what an experiment could
  tell, what a new run will show;
* `curves`: first passes as seen and as the law has them, for pictures;
* `measured`: on to settings;  `public`: the public counts that ship with the package.
"""

from deltamu.calibration.comparison import compare_fits
from deltamu.calibration.curves import first_pass_curves
from deltamu.calibration.designs import DESIGNS, identifiability
from deltamu.calibration.fitting import fit
from deltamu.calibration.laws.law import Law
from deltamu.calibration.laws.registry import LAWS
from deltamu.calibration.logs import ends_of, log_from_counts, read_log, rows_of, told
from deltamu.calibration.measured import calibrated, draws, sources
from deltamu.calibration.prediction import predict
from deltamu.calibration.profiles import profile
from deltamu.calibration.tables import Table, first_passes, plain_table
