"""The words every part shares: time, ids, money, errors and limits. Pure, and below everything."""
