"""Source code as an outline: the same few shapes for TypeScript, JavaScript and Python."""
