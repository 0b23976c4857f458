"""Assessments to what people see."""
