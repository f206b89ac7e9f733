# `latexmk -pdf main.tex` in this folder compiles the same source with TeX, once `make paper` has generated its inputs.
ensure_path('TEXINPUTS', './build');
$out_dir = 'build/latex';
