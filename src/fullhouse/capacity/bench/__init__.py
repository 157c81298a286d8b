"""The benchmark: what the whole path costs, as ratios to what the machine can do at all."""
