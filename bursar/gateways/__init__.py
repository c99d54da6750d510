"""Edge to money: one package per vendor. Vendor words enter here and never leave."""
