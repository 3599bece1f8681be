"""Measures the product on this machine, beside the best that could be had on it: `make bench`.

A figure without a peer from the same run says little, so ours and theirs are taken in turn, round by round.
"""
