"""Long work: import, measure, make a sandbox. Every job reports progress, can be cancelled and resumed."""
