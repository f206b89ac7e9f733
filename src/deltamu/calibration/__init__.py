"""What data say: the model fitted to logs of runs, with its uncertainty, and carried on to settings.

Rooms, in the order in which data flows through them:

* `parameters`: what is fitted, on which scale;  `laws`: what a log shows, as records of symbols;
* `rows`, `tables`: tidy rows of a log, gathered into the counts that a law reads;
* `compiled`, `likelihood`: cells with exact slopes from the symbols; likelihood, score and information;
* `optimum`, `intervals`: maximum likelihood and profile likelihood, many data sets at once;
* `fitting`: `fit`;  `problem`: a fit's likelihood again;  `bootstrap`, `diagnostics`, `report`: how well, in words;
* `comparison`, `identifiability`, `prediction`: against baselines, what could be known, what a new run will show;
* `calibrated`: on to settings;  `public`: the public counts that ship with the package.
"""
