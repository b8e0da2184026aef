"""The painters of the demo's pictures: landscapes and service halls, drawn by program.

The finished pictures are committed beside the demo's campaign folders; nothing here runs when the
demo is seeded. `python -m tools.demo_pictures` paints them all again, the same byte for byte as
long as Pillow stays the same.
"""
