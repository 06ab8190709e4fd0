"""The builder: Markdown in, a whole site out, switched in one step.

content -> scan -> pages (Markdown, cached) -> outputs (pure) -> a new release -> `current`
"""
