"""What must be right for the installation to run: database, machine, network. `doctor` says it."""
