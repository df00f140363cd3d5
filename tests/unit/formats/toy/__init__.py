"""A toy format, made by the recipe of docs/architecture.md: lines of `file class x y w h`, in predictions a score."""
