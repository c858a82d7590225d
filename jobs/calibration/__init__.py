"""Calibration of the verdict: on families whose true safe share is known, how often its limit covers and decides."""
