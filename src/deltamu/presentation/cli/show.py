"""Print the program that is generated for a move."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.options import add_model, add_policy, named
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    parser.add_argument("what", choices=("step", "run"), help="one move (before and in the loop), or all of a run")
    add_policy(parser)
    add_model(parser)
    parser.add_argument("--format", choices=("numpy", "text", "latex", "javascript"), default="numpy")


def run(options: argparse.Namespace) -> None:
    from deltamu.codegen.compile import compile_program
    from deltamu.codegen.printers import javascript
    from deltamu.codegen.program import move_programs
    from deltamu.model import symbols as sym
    from deltamu.model.models import find_model
    from deltamu.model.policies import TRUST_REGION, find_policy, one_move
    from deltamu.model.published import PUBLISHED

    policy = named(options.policy, find_policy, "policy") or TRUST_REGION
    model = named(options.model, find_model, "model") or PUBLISHED
    programs = move_programs(one_move(policy, model), (sym.expected_improvement, sym.gain, sym.acceptance))
    chosen = list(programs) if options.what == "run" else [programs.before, programs.step]
    if options.format == "javascript":
        streams.write("-", javascript(chosen) + "\n")
    elif options.format == "latex":
        streams.write("-", "\n\n".join(program.latex() for program in chosen) + "\n")
    elif options.format == "text":
        print("\n\n".join(map(str, chosen)))
    else:
        streams.write("-", "\n\n".join(compile_program(program).source for program in chosen))
