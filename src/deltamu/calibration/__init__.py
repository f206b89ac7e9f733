"""What data say: logs of coding agents, and the laws that are fitted to them.

* `logs`: one tidy table from any known log, checked, counted and told back;
* `importers`: one known form of a log a module.
"""
