# Draws bench.csv: a point for each line of the table, and its limit as a bar.
# Needs the variables csv and plot_to.
#
# Columns: 1 name, 8 figure, 11 relation, 12 limit, 13 met.

rows = int(system("wc -l < " . csv)) - 1

set terminal svg size 900, 140 + 28 * rows enhanced font "sans,12" background "white"
set output plot_to
set datafile separator ","

set title "memreg against plain PostgreSQL: each figure and its limit" noenhanced
set xlabel "ratio A/B (the withdrawal: milliseconds more)" noenhanced
set logscale x
set yrange [rows - 0.4:-0.6]
set ytics noenhanced scale 0
set grid xtics lc rgb "#dddddd"
set key below

# A logarithmic axis has no place for nothing, nor for less.
shown(figure) = figure < 0.01 ? 0.01 : figure
row_if(at, word) = strcol(at) eq word ? column(0) : NaN

plot csv using (NaN):0:ytic(1) every ::1 notitle, \
	"" using 12:(row_if(11, "<=") - 0.35):(0):(0.7) every ::1 with vectors nohead lw 3 lc rgb "#333333" title "limit: at most", \
	"" using 12:(row_if(11, ">=") - 0.35):(0):(0.7) every ::1 with vectors nohead lw 3 lc rgb "#2166ac" title "limit: at least", \
	"" using (shown($8)):(row_if(13, "yes")) every ::1 with points pt 7 ps 1.2 lc rgb "#1b7837" title "met", \
	"" using (shown($8)):(row_if(13, "no")) every ::1 with points pt 7 ps 1.2 lc rgb "#b2182b" title "not met", \
	"" using (shown($8)):(row_if(13, "no limit")) every ::1 with points pt 6 ps 1.2 lc rgb "#555555" title "to compare with"
