"""What is concluded about customers, for those who work with it: circles, fraud, groups, clusters, nights."""
