"""Who holds the contract, who pays and who uses: customer, account and subscription are three things."""
