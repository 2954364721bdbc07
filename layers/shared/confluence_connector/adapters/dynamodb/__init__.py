"""The State and Cache tables: keys, codec, and one store per noun."""
