"""Northlight: a made company with twelve months behind it, the same for the same seed and moment."""

from sandbox.company.build import make_company

__all__ = ["make_company"]
