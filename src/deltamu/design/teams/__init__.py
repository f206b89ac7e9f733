"""Teams of candidates and reviewers: what they are worth, and which are best.

* `saturation`: the accuracy of a team of any size in two numbers, the ends and the scale that follow from them;
* `values`: values of any teams over a sweep;
* `reviewers`: what one more reviewer is worth, and when no more is to be had from them;
* `best_team`: how many reviewers are best;
* `thresholds`: the correlation from which on one more reviewer does not pay;
* `candidates`: a budget of model calls split between candidates and reviewers.
"""
