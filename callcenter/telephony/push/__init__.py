"""Instructions to switches that can be called: the same that `GET /instructions` tells, sent the moment they are known."""
