"""Wire formats that several services share."""
