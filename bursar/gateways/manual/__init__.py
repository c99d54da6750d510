"""Money that no gateway tells of: cash, cheques and bank transfers, as a clerk or a bank statement says."""
