"""A local companion service and a scripted person, to show and test the whole path without any account."""
