"""Tests of jobs/mix."""
