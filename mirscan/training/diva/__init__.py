"""DIVA and its ablations on modmiRBase."""
