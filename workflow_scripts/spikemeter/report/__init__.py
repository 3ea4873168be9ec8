"""What a reader sees, made from the artifacts of the runs.

===================================== ================================================
runs  reads what the runs left
paper, quantities, costs              published figures, and ours
operations, anytime, twins            operations, their course, whom they compare with
statistics                            intervals and tests over seeds
marks, conditions, interruptions      signs and sentences that several places print
notes                                 the notes under all tables
tables/                               a module a table, with its columns and notes
formats, markdown                     tables as Markdown, CSV and LaTeX
figures/                              a module a figure
claims/                               the claims as they are stated, judged and printed
energy/                               published energies and estimates from them
answer/                               the sentences at the top of the page
page/                                 report.html: template, captions, what stands on it
===================================== ================================================
"""
