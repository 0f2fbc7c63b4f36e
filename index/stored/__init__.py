"""What machines keep of their replicas in a store of objects, so that an empty one need not read a log from 1."""
