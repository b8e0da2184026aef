"""Expert review, imported figures, and the composite result that they make with the votes."""
