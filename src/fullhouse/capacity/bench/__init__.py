"""The benchmark: the cost of the whole path, as ratios to two baselines of the same machine."""
