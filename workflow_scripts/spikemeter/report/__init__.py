"""What a reader sees, made from the artifacts of the runs.

============================= ========================================================
runs                          reads what the runs left
quantities                    what is reported of a run, one entry each
published, ties               published studies, and networks' ties to their rows
inference_counts              operations of an inference, and of its first steps
statistics                    how networks are compared
marks, conditions             signs and sentences that several places print
notes                         the notes under all tables
table_names, tables/          the tables, with their columns and notes
formats                       tables as Markdown, CSV and LaTeX
figures/                      one module per figure
claims/                       the claims of published studies, judged
energy/                       published energies and estimates from them
answer                        the sentences at the top of the page
page/                         report.html: template, tables, figures
============================= ========================================================
"""
