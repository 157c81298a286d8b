"""Load as it comes in life: arrivals that wait for nobody, and latency as the guest feels it."""
