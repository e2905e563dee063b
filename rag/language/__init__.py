"""The one home of language: normalising with an offset map, sentences, tokens, values, and which language it is."""
