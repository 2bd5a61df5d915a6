"""The practice base for AI assistants, by the Model Context Protocol: tools that read, notes as resources.

What stands in notes is passed on as quoted material, marked as such; the server's own words stand apart from it.
"""
