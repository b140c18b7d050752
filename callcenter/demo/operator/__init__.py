"""The synthetic operator Zhiyin Mobile 知音移动: invented people on a market of plain facts. One module a concern."""
