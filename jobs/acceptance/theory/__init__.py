"""Exact values of the acceptance results, as functions of their settings.

Generation 1 is the first model, which is fitted on real rows alone. Lengths are in units of the population's standard
deviation and variances in units of its variance, unless a parameter says otherwise.
"""
