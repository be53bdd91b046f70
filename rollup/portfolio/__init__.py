"""Choosing between candidate projects: what each is worth, what there is to spend, and what fits under it.

It proposes; people decide. Formulas and their sources: docs/portfolio.md.
"""
