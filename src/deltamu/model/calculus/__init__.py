"""Derivatives as formulas: `chain_rule` on programs, `derivatives`, and `signs` that hold everywhere."""
