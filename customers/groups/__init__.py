"""Who a group is, beside everybody: shares, index and interval; small cells are never shown."""
