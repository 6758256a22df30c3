"""Processes, devices, compiled code and files. Knows no biology."""
