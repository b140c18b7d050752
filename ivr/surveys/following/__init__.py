"""Low answers become work: somebody looks at the call, rings back, writes down what came of it."""
