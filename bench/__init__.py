"""Drivers that measure the product from outside, as a user meets it; nothing in the product imports them."""
