"""The knowledge base: questions kept with their blanks, asked again with other values; and who is like somebody."""
