"""The library: from published pages to cited answers. Knows no screen."""
