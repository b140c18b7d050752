"""Signs of fraud, named and weighed, and cases that people decide. No caller is ever refused by a score."""
