"""The sending side's store, said once for both databases."""
